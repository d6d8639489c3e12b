"""Reasons of moves 原因, and the findings of visits 现场复核."""

from __future__ import annotations

from schemas.vocabulary.tasks import Move

Reasons = tuple[tuple[str, str, str], ...]

# 其他: no reason of the list fits; the note then says it in words.
OTHER_REASON = "other"
_LISTED: dict[Move, Reasons] = {
    Move.REJECT: (
        ("not_a_problem", "不属于问题", "Not a problem"),
        ("duplicate", "重复上报", "Duplicate report"),
        ("unclear_evidence", "照片看不清", "Evidence unclear"),
        ("out_of_scope", "不在测评范围", "Out of scope"),
        ("light_soiling", "轻微污渍不采集", "Light soiling is not collected"),
    ),
    Move.VOID: (
        ("test_record", "测试记录", "Test record"),
        ("entered_by_mistake", "误操作", "Entered by mistake"),
        ("privacy", "涉及隐私", "Privacy"),
    ),
    Move.PROCEED: (
        ("photos_lost", "照片已无法补传", "Photos cannot be sent any more"),
        ("urgent", "情况紧急", "Urgent"),
    ),
    Move.HAND_BACK: (
        ("not_ours", "不属本单位职责", "Not our duty"),
        ("place_wrong", "位置不符", "Wrong place"),
        ("already_fixed", "现场已无此问题", "Already fixed"),
        ("needs_more", "信息不足", "Not enough information"),
    ),
    Move.ASK_MORE: (
        ("wider_view", "请补拍带参照物的全景", "A wider view with a landmark"),
        ("closer_view", "请补拍清晰的近景", "A clear close-up"),
        ("which_owner", "请拍清权属标识或编号", "The owner's mark or number"),
        ("where_exactly", "请说明具体位置", "Where exactly"),
    ),
    Move.ARBITRATE: (
        ("by_duty", "按职责清单裁定", "By the list of duties"),
        ("by_place", "按属地裁定", "By the place"),
        ("by_owner", "按权属裁定", "By the owner"),
    ),
    Move.REQUEST_EXTENSION: (
        ("weather", "天气原因", "Weather"),
        ("materials", "待材料或设备", "Waiting for materials"),
        ("other_works", "需与其他工程衔接", "Depends on other works"),
        ("funds", "待资金批复", "Waiting for funds"),
    ),
    Move.SHELVE: (
        ("major_works", "须立项改造", "Needs a project"),
        ("season", "受季节限制", "Season"),
        ("dispute", "权属有争议", "Ownership disputed"),
    ),
    Move.ESCALATE: (
        ("overdue", "超期未办结", "Overdue"),
        ("leader", "领导批示", "A leader's order"),
        ("key_case", "重点案件", "Key case"),
    ),
    Move.REOPEN: (
        ("came_back", "问题反弹", "The problem came back"),
        ("never_fixed", "实际未整改", "It was never fixed"),
        ("false_photo", "整改照片不实", "The after-photo was false"),
    ),
    Move.APPEAL: (
        ("not_ours", "不属本单位职责", "Not our duty"),
        ("was_in_time", "已按期整改", "Was done in time"),
        ("beyond_control", "不可抗力", "Beyond our control"),
    ),
    Move.FAIL: (
        ("not_fixed", "问题仍在", "Not fixed"),
        ("partly_fixed", "整改不彻底", "Partly fixed"),
        ("wrong_place", "照片非同一地点", "Another place"),
        ("reused_photo", "疑似使用旧照", "Re-used photo"),
        ("unclear_photo", "照片看不清", "Photo unclear"),
    ),
}

# Every list ends with 其他: nobody has to name a reason that is not theirs.
MOVE_REASONS: dict[Move, Reasons] = {
    move: (*listed, (OTHER_REASON, "其他", "Other")) for move, listed in _LISTED.items()
}

# The reasons in the events of a visit: its kind, or its kind and the finding.
VISIT_REASONS: dict[str, tuple[str, str]] = {
    "pre_check": ("核实（立案前）", "Before filing"),
    "pre_check_confirmed": ("核实：问题属实", "The problem is there"),
    "pre_check_not_confirmed": ("核实：未见此问题", "No such problem there"),
    "pre_check_cannot_tell": ("核实：无法判断", "Cannot tell"),
    "verify": ("核查（处置后）", "After the repair"),
    "verify_confirmed": ("核查：已整改到位", "It is fixed"),
    "verify_not_confirmed": ("核查：问题仍在", "It is not fixed"),
    "verify_cannot_tell": ("核查：无法判断", "Cannot tell"),
}

# Why a record was not merged into the case nearby that its reporter named 未并入附近案件.
JOIN_REASONS: dict[str, tuple[str, str]] = {
    "join_unknown": ("所选案件已找不到，另立一件", "That case is gone: a case of its own"),
    "join_ended": ("所选案件已办结，另立一件", "That case has ended: a case of its own"),
    "join_submitted": (
        "所选案件单位已报处置完成，另立一件供核查",
        "Its unit has submitted that case: a case of its own",
    ),
    "join_other_district": (
        "所选案件不在同一城区，另立一件",
        "In another district: a case of its own",
    ),
    "join_other_category": (
        "与所选案件类别不同，另立一件",
        "Of another category: a case of its own",
    ),
    "join_too_far": ("离所选案件太远，另立一件", "Too far from that case: a case of its own"),
    "join_unplaced": ("没有位置，无法比对，另立一件", "Without a position: a case of its own"),
    "join_settled": ("您已当场处理，另立一件", "Settled on the spot: a case of its own"),
    "join_more_severe": (
        "比所选案件更严重，另立一件",
        "More severe than that case: a case of its own",
    ),
}

# The moves with which a reviewer may annotate a photo 圈注.
ANNOTATED_MOVES = frozenset({Move.PASS, Move.FAIL, Move.REJECT, Move.ASK_MORE})

REASON_LABELS = {code: zh for reasons in MOVE_REASONS.values() for code, zh, _ in reasons} | {
    code: zh for code, (zh, _) in (VISIT_REASONS | JOIN_REASONS).items()
}
