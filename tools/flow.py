"""Writes docs/task-flow.md: the case flow as a diagram and a table, from the table itself."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

from inspect_server.tasks.rules import deadlines, flow, visits
from inspect_server.tasks.rules.flow import FLOW, DeadlineEffect, Need, Step, When
from schemas.vocabulary import OPEN_STATES, Role, SystemEvent, TaskState

PAGE = Path(__file__).resolve().parent.parent / "docs" / "task-flow.md"

NEEDS = {
    Need.REASON: "理由",
    Need.CATEGORY: "类别（待归类时）",
    Need.UNIT: "责任单位",
    Need.CLOSE_EVIDENCE: "结案证据",
    Need.PHOTO: "照片",
    Need.INTO: "并入的案件",
    Need.DECISION: "同意或不同意",
    Need.UNTIL: "恢复日期",
}
VISITED = " or ".join(state.zh for state in visits.KIND_IN)
DEADLINES = {
    DeadlineEffect.KEEP: "",
    DeadlineEffect.FILING: "立案时限起算",
    DeadlineEffect.DISPATCHING: "派遣时限起算",
    DeadlineEffect.UNIT: "处置时限起算",
    DeadlineEffect.STOP: "停表",
    DeadlineEffect.REST: "余下时限续算",
    DeadlineEffect.EXTEND: "加一个原时限",
    DeadlineEffect.END: "时限终止",
}


def page() -> str:
    """Return the whole page."""
    return "\n".join([*_head(), *_diagram(), *_table(), *_rules(), ""])


def _head() -> list[str]:
    return [
        "# The case flow 案件流程",
        "",
        "Generated from `inspect_server/tasks/rules/flow.py` by `python -m tools.flow`; a",
        "test checks that it is up to date. Words: [glossary.md](glossary.md).",
        "",
    ]


def _diagram() -> list[str]:
    arrows: dict[tuple[TaskState, TaskState], list[str]] = {}
    for step in FLOW:
        # 作废 is possible from every open state: one sentence below the diagram says so.
        if step.reaches is None or step.reaches is TaskState.VOID:
            continue
        for state in _ordered(step.leaves):
            labels = arrows.setdefault((state, step.reaches), [])
            if step.move.zh not in labels:
                labels.append(step.move.zh)
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"  {state}: {state.zh}" for state in TaskState]
    lines += [f"  [*] --> {TaskState.AWAITING_EVIDENCE}: {SystemEvent.OPENED.zh}"]
    for after in (TaskState.REPORTED, TaskState.VERIFYING):
        said = SystemEvent.EVIDENCE_SETTLED.zh
        arrows.setdefault((TaskState.AWAITING_EVIDENCE, after), []).insert(0, said)
    lines += [f"  {a} --> {b}: {'、'.join(words)}" for (a, b), words in arrows.items()]
    ends = [s for s in TaskState if s not in OPEN_STATES]
    lines += [f"  {state} --> [*]" for state in ends]
    return [*lines, "```", "", "作废 `void` leads from every open state to 作废.", ""]


def _table() -> list[str]:
    lines = [
        "| move 操作 | from 起 | to 至 | who 由谁 | needs 须有 | when 条件 | limit 时限 |",
        "|---|---|---|---|---|---|---|",
    ]
    return [*lines, *(_row(step) for step in FLOW), ""]


def _row(step: Step) -> str:
    states = _ordered(step.leaves)
    leaves = "各在办状态" if step.leaves == OPEN_STATES else "、".join(s.zh for s in states)
    who = "、".join(role.zh for role in Role if role in step.who)
    cells = [
        f"{step.move.zh} `{step.move}`" + (f"({step.decision.zh})" if step.decision else ""),
        leaves,
        step.reaches.zh if step.reaches else "(不变)",
        who + (",全市" if step.city else ""),
        "、".join(NEEDS[need] for need in step.needs),
        "" if step.when is When.ANY else step.when.value,
        DEADLINES[step.deadline],
    ]
    return "| " + " | ".join(cells) + " |"


def _rules() -> list[str]:
    days = flow.REOPENED_WITHIN.days
    return [
        "## Automatic steps 自动进行",
        "",
        f"- **{SystemEvent.EVIDENCE_SETTLED.zh}**: every declared photo is stored or refused.",
        f"- **{SystemEvent.MERGED_BY_RULE.zh}**: the reporter named an open case of the same",
        "  category and district, near enough, not more severe, and not submitted by its unit;",
        f"  otherwise **{SystemEvent.NOT_JOINED.zh}**, with the reason.",
        f"- **{SystemEvent.FILED_BY_RULE.zh}**: the category is set so, or the reporter is",
        "  trusted.",
        f"- **{SystemEvent.DISPATCHED_BY_RULE.zh}**: the category is set so and a rule names the",
        "  unit.",
        f"- **{SystemEvent.CLOSED_BY_RULE.zh}**: settled on the spot, with photos that show it;",
        "  of a hundred, the category's `spot_check_percent` are verified nevertheless, drawn",
        "  by the case's id.",
        f"- **{SystemEvent.RESUMED_BY_RULE.zh}**: a shelved case resumes on its day.",
        f"- **{SystemEvent.UNANSWERED.zh}**: {deadlines.ANSWER_WITHIN.days} days after 要求补充.",
        f"- **{SystemEvent.ESCALATED_BY_RULE.zh}**: {deadlines.ESCALATED_AFTER.days} day after the"
        " unit's limit ended.",
        f"- **{SystemEvent.RECOMPUTED.zh}**: the working calendar was edited or published.",
        "",
        "Reminders 提醒: 4 hours before a limit ends, or in the last quarter of a shorter one,",
        "when it has ended, when a danger was not removed in time, and when an observer who was",
        "asked to check on the spot did not come.",
        "",
        f"No move: while a case is {VISITED}, a supervisor may ask an observer to check on the",
        "spot 现场复核 (核实 before filing, 核查 after disposal). The state does not change, the",
        "limits continue, and the case may be decided before; when its state changes, the visit",
        "lapses.",
        "",
        f"Numbers: {flow.MAX_HAND_BACKS} hand-backs, then 裁定; {flow.MAX_EXTENSIONS}"
        f" extensions; shelved once, at most {flow.LONGEST_SHELVING.days} days; reopened"
        f" within {days} days.",
    ]


def _ordered(states: Set[TaskState]) -> list[TaskState]:
    return [state for state in TaskState if state in states]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
