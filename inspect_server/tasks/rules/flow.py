"""The case flow 案件流程 as one table: which move leads from where to where, by whom.

Pure data: imports the vocabulary only. `flow_checks` says which rows fit a case and a person.
Source of the states and moves: the official steps 立案 → 派遣 → 处置 → 核查 → 结案 as the city
runs them. A supervisor should be able to read `FLOW`; docs/task-flow.md is drawn from it.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from schemas.vocabulary import OPEN_STATES, Decision, Move, Role, TaskState

# After so many hand-backs 退回 only an arbiter sends the case on (DOMAIN §4).
MAX_HAND_BACKS = 2
# 延期: each adds one original limit.
MAX_EXTENSIONS = 2
# 挂账: once, and at most so long.
LONGEST_SHELVING = timedelta(days=365)
# 重开: how long after closing.
REOPENED_WITHIN = timedelta(days=15)


class Need(Enum):
    """What a move requires."""

    REASON = "reason"
    # The category of a case that was saved without one 待归类; any other case may get another one.
    CATEGORY = "category"
    UNIT = "unit"
    CLOSE_EVIDENCE = "close_evidence"
    PHOTO = "photo"
    INTO = "into"
    DECISION = "decision"
    UNTIL = "until"


class DeadlineEffect(Enum):
    """The effect of a step on the deadline 时限 of the task."""

    KEEP = auto()  # nothing
    FILING = auto()  # the supervisor's limit to file begins
    DISPATCHING = auto()  # the supervisor's limit to dispatch begins
    UNIT = auto()  # the unit's limit begins anew
    STOP = auto()  # time stops counting: the unit submitted, or somebody else has to act
    REST = auto()  # what was left of the unit's limit runs on
    EXTEND = auto()  # one original limit more
    END = auto()  # no deadline any more


class When(Enum):
    """The condition of a row, beside the state of the task."""

    ANY = "任何时候"
    OUTCOME_OPEN = "上报时未处置"
    OUTCOME_DONE = "上报时已整改或已劝导"
    DISPATCHED = "已有单位负责"
    NEVER_DISPATCHED = "没有单位负责"
    FEW_HAND_BACKS = "退回不满 2 次"
    MANY_HAND_BACKS = "已退回 2 次"
    NOTHING_ASKED = "没有在等补充"
    EXTENDABLE = "期限未过、延期不满 2 次、没有在审的申请"
    EXTENSION_ASKED = "延期待一级审批"
    EXTENSION_ENDORSED = "延期待二级审批"
    EXTENSION_WAITS = "延期在审"
    NEVER_SHELVED = "未曾挂账"
    NOT_ESCALATED = "未督办"
    FRESHLY_CLOSED = "结案 15 天内，由单位处置"
    FRESHLY_CLOSED_UNSENT = "结案 15 天内，未经派遣"
    UNAPPEALED = "由单位处置，未曾申诉"
    APPEALED = "申诉待裁决"
    DANGEROUS = "须先排险，尚未排险"


@dataclass(frozen=True, slots=True)
class Step:
    """One row: a move, the states it leaves, the state it reaches, who takes it, what it needs.

    With `reaches` None the state stays. `city` asks for somebody who oversees the whole city.
    `decision` is the decision the row is for, where the move decides something.
    """

    move: Move
    leaves: Set[TaskState]
    reaches: TaskState | None
    who: Set[Role]
    needs: tuple[Need, ...] = ()
    deadline: DeadlineEffect = DeadlineEffect.KEEP
    when: When = When.ANY
    decision: Decision | None = None
    city: bool = False


S, M, N, E, W, D = TaskState, Move, Need, DeadlineEffect, When, Decision
SUPERVISOR = frozenset({Role.SUPERVISOR})
HANDLER = frozenset({Role.HANDLER})
# 裁定: an arbiter, or a supervisor of the whole city.
ARBITER = frozenset({Role.ARBITER, Role.SUPERVISOR})
WITH_UNIT = frozenset({S.HANDLING, S.REWORK})
# 督办: somebody has to act on the case now.
ACTIVE = OPEN_STATES - {S.AWAITING_EVIDENCE, S.SHELVED}

# A failed verification 核查不通过 of a case that no unit answers for makes it a filed case: the
# observer only said that it was fixed. No step makes a filed case of 待归类 without a category.
# fmt: off
# ruff: noqa: E501
FLOW: tuple[Step, ...] = (
    #    move 操作            from 起                      to 至         who 由谁    needs 须有               deadline 时限  when 条件                 decision, city
    # 受理
    Step(M.PROCEED,           {S.AWAITING_EVIDENCE},       S.REPORTED,    SUPERVISOR, (N.REASON,),             E.FILING,      W.OUTCOME_OPEN),
    Step(M.PROCEED,           {S.AWAITING_EVIDENCE},       S.VERIFYING,   SUPERVISOR, (N.REASON,),             E.END,         W.OUTCOME_DONE),
    Step(M.FILE,              {S.REPORTED},                S.FILED,       SUPERVISOR, (N.CATEGORY,),           E.DISPATCHING, W.ANY),
    Step(M.REJECT,            {S.REPORTED},                S.REJECTED,    SUPERVISOR, (N.REASON,),             E.END,         W.ANY),
    Step(M.ASK_MORE,          {S.REPORTED},                None,          SUPERVISOR, (N.REASON,),             E.STOP,        W.NOTHING_ASKED),
    Step(M.MERGE,             {S.REPORTED, S.VERIFYING},   S.MERGED,      SUPERVISOR, (N.INTO,),               E.END,         W.ANY),
    Step(M.VOID,              OPEN_STATES,                 S.VOID,        SUPERVISOR, (N.REASON,),             E.END,         W.ANY),
    # 派遣
    Step(M.DISPATCH,          {S.FILED},                   S.DISPATCHED,  SUPERVISOR, (N.UNIT,),               E.UNIT,        W.ANY),
    Step(M.DISPATCH,          {S.HANDED_BACK},             S.DISPATCHED,  SUPERVISOR, (N.UNIT,),               E.UNIT,        W.FEW_HAND_BACKS),
    Step(M.ARBITRATE,         {S.HANDED_BACK},             S.DISPATCHED,  ARBITER,    (N.UNIT, N.REASON),      E.UNIT,        W.MANY_HAND_BACKS,        city=True),
    # 处置
    Step(M.ACCEPT,            {S.DISPATCHED},              S.HANDLING,    HANDLER,    (),                      E.KEEP,        W.ANY),
    Step(M.HAND_BACK,         {S.DISPATCHED},              S.HANDED_BACK, HANDLER,    (N.REASON,),             E.DISPATCHING, W.ANY),
    Step(M.MAKE_SAFE,         WITH_UNIT,                   None,          HANDLER,    (N.PHOTO,),              E.KEEP,        W.DANGEROUS),
    Step(M.SUBMIT,            WITH_UNIT,                   S.VERIFYING,   HANDLER,    (N.CLOSE_EVIDENCE,),     E.STOP,        W.ANY),
    # 延期
    Step(M.REQUEST_EXTENSION, WITH_UNIT,                   None,          HANDLER,    (N.REASON,),             E.KEEP,        W.EXTENDABLE),
    Step(M.DECIDE_EXTENSION,  WITH_UNIT,                   None,          SUPERVISOR, (N.DECISION,),           E.KEEP,        W.EXTENSION_ASKED,        D.APPROVE),
    Step(M.DECIDE_EXTENSION,  WITH_UNIT,                   None,          SUPERVISOR, (N.DECISION,),           E.EXTEND,      W.EXTENSION_ENDORSED,     D.APPROVE, city=True),
    Step(M.DECIDE_EXTENSION,  WITH_UNIT,                   None,          SUPERVISOR, (N.DECISION, N.REASON),  E.KEEP,        W.EXTENSION_WAITS,        D.REFUSE),
    # 挂账
    Step(M.SHELVE,            {S.HANDLING},                S.SHELVED,     SUPERVISOR, (N.REASON, N.UNTIL),     E.STOP,        W.NEVER_SHELVED),
    Step(M.RESUME,            {S.SHELVED},                 S.HANDLING,    SUPERVISOR, (),                      E.REST,        W.ANY),
    # 督办
    Step(M.ESCALATE,          ACTIVE,                      None,          SUPERVISOR, (N.REASON,),             E.KEEP,        W.NOT_ESCALATED),
    # 核查
    Step(M.PASS,              {S.VERIFYING},               S.CLOSED,      SUPERVISOR, (),                      E.KEEP,        W.ANY),
    Step(M.FAIL,              {S.VERIFYING},               S.REWORK,      SUPERVISOR, (N.REASON,),             E.REST,        W.DISPATCHED),
    Step(M.FAIL,              {S.VERIFYING},               S.FILED,       SUPERVISOR, (N.REASON, N.CATEGORY),  E.DISPATCHING, W.NEVER_DISPATCHED),
    # 结案之后
    Step(M.REOPEN,            {S.CLOSED},                  S.DISPATCHED,  SUPERVISOR, (N.REASON, N.PHOTO),     E.UNIT,        W.FRESHLY_CLOSED),
    Step(M.REOPEN,            {S.CLOSED},                  S.FILED,       SUPERVISOR, (N.REASON, N.PHOTO, N.CATEGORY), E.DISPATCHING, W.FRESHLY_CLOSED_UNSENT),
    Step(M.APPEAL,            {S.CLOSED},                  None,          HANDLER,    (N.REASON,),             E.KEEP,        W.UNAPPEALED),
    Step(M.DECIDE_APPEAL,     {S.CLOSED},                  None,          ARBITER,    (N.DECISION, N.REASON),  E.KEEP,        W.APPEALED,               D.APPROVE, city=True),
    Step(M.DECIDE_APPEAL,     {S.CLOSED},                  None,          ARBITER,    (N.DECISION, N.REASON),  E.KEEP,        W.APPEALED,               D.REFUSE, city=True),
)
# fmt: on
