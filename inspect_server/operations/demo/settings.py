"""Settings of the history: problems, places and hours with weights, and shares of outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

DAYS = 120
# This share of the records is of the last two days, so that lists hold something new.
RECENT_SHARE = 0.05
# Phones get open cases and those that ended lately, not a year of closed ones.
SENT_TO_PHONES_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem: its category, the scene of its photos, and its weight."""

    category: str
    scene: str
    weight: int


PROBLEMS = (
    Problem("MQ0101", "doorstep", 9),
    Problem("GG0402", "bins", 9),
    Problem("MQ0204", "scooters", 8),
    Problem("MQ0201", "trading", 8),
    Problem("BW0204", "bikes", 8),
    Problem("BW0104", "stickers", 7),
    Problem("MQ0203", "goods", 6),
    Problem("GG0106", "pavement", 6),
    Problem("GG0105", "pothole", 4),
    Problem("BW0404", "rubble", 4),
    Problem("BW0401", "trading", 4),
    Problem("BW0101", "doorstep", 4),
    Problem("GG0204", "cabinet", 3),
    Problem("GG0301", "rail", 3),
    Problem("GG0504", "treepit", 3),
    Problem("GG0601", "advert", 3),
    Problem("MQ0205", "laundry", 3),
    Problem("BW0201", "scooters", 3),
    Problem("GG0101", "manhole", 2),
    Problem("GG0109", "ponding", 2),
    Problem("GG0401", "bins", 2),
    Problem("GG0501", "branch", 2),
    Problem("MQ0103", "stickers", 2),
    Problem("GG0102", "manhole", 1),
    Problem("GG0107", "pavement", 1),
    Problem("GG0703", "pavement", 1),
    Problem("MQ0302", "treepit", 1),
    Problem("MQ0402", "doorstep", 1),
    Problem("WS0102", "advert", 1),
    Problem("WS0301", "advert", 1),
    Problem("ZY0101", "", 1),
    Problem("ZY0202", "advert", 1),
)
DISTRICT_WEIGHTS = {"maojian": 42, "zhangwan": 33, "yunyang": 15, "jingkai": 10}
# Hour → weight: no records at night, most on the morning and the afternoon round.
HOURS = {7: 4, 8: 9, 9: 14, 10: 13, 11: 8, 12: 4, 13: 4, 14: 8, 15: 12, 16: 12, 17: 7, 18: 4, 19: 2}

# Shares of outcomes, chosen to match the published figures: filed of received 94.5 %
# (those settled on the spot among them), closed of due 93.7 %, closed on time of due 75.8 %.
PHOTOS_LOST = 0.003
REJECTED = 0.037
VOIDED = 0.004
FIXED_ON_SPOT = 0.012
UNPLACED = 0.012
# Of ten reporters so many choose the point they stand at.
CHOOSES_POINT = 7
HANDED_BACK = 0.03
NEVER_ASSIGNED = 0.3
NEVER_SUBMITTED = 0.055
ON_TIME = 0.815
FAILED_ONCE = 0.085
# Some of the newest records wait longer for a decision.
NEW_FOR = timedelta(hours=26)
LEFT_WAITING = 0.4
SLOW_CHECK = 0.15

NOTES = {
    "bins": ("垃圾桶满溢，周边有散落垃圾", "桶满未清运，有异味", "袋装垃圾堆在桶外"),
    "manhole": ("井盖移位，已摆放锥桶", "井盖未盖严，行人易踩空"),
    "pavement": ("人行道砖破损松动", "路面砖拱起，影响通行"),
    "pothole": ("机动车道有坑槽", "路面坑洼，积有碎石"),
    "trading": ("桌凳摆到人行道上", "占用盲道经营"),
    "goods": ("货箱堆放在门前", "果筐占道摆放"),
    "doorstep": ("门前垃圾未清扫", "地面有污渍和散落垃圾"),
    "scooters": ("电动车停放杂乱", "占用盲道停车"),
    "stickers": ("卷帘门上小广告多处", "墙面乱贴"),
    "bikes": ("共享单车倒伏占道", "单车未入位停放"),
    "rail": ("护栏倒伏一档", "护栏移位"),
    "branch": ("行道树断枝落在人行道", ""),
    "treepit": ("树池缘石松动缺失", ""),
    "rubble": ("渣土和旧沙发堆放路边", "建筑垃圾未清运"),
    "advert": ("公益广告画面褪色破损", "版面需更换"),
    "ponding": ("雨后路边积水", ""),
    "laundry": ("沿街晾晒衣物", ""),
    "cabinet": ("箱体门敞开，线缆外露", ""),
    "": ("到点未见值守人员",),
}
DONE_NOTES = ("已清理完毕", "已恢复原状", "已安排人员整改到位", "已更换修复", "已劝离并清扫")
