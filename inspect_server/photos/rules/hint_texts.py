"""Texts of hints 筛查提示文案 in Chinese and English, as templates of `str.format`. Data only."""

from __future__ import annotations

from typing import NamedTuple

from inspect_server.core.sentences import sentence


class Text(NamedTuple):
    """A text in both languages of the wire."""

    zh: str
    en: str


# --- a record ------------------------------------------------------------------------------------

FAR_FROM_POINT = Text(
    sentence("上报位置距所选点位 {metres} 米"), "reported {metres} m from the point chosen"
)
RECORD_POOR_ACCURACY = Text(
    sentence("上报位置误差约 {metres} 米"), "position good to {metres} m only"
)
CLOCK_SLOW = Text(
    sentence("上报手机时钟慢 {minutes} 分钟"), "the phone's clock is {minutes} min slow"
)
CLOCK_FAST = Text(
    sentence("上报手机时钟快 {minutes} 分钟"), "the phone's clock is {minutes} min fast"
)

# --- a similar photo -----------------------------------------------------------------------------

BEFORE_SAME_FILE = Text(
    sentence("与本案整改前照片为同一个文件"), "is the same file as a before-photo of this case"
)
BEFORE_SAME_EXPOSURE = Text(
    sentence("与本案整改前照片为同一次拍摄{detail}"),
    "is the same exposure as a before-photo of this case{detail}",
)
SAME_FILE = Text(sentence("与{name}为同一个文件"), "is the same file as {name}")
SAME_EXPOSURE = Text(
    sentence("与{name}为同一次拍摄{detail}"), "is the same exposure as {name}{detail}"
)
NO_DETAIL = Text("", "")
DETAIL = Text(sentence("（{differences}）"), " ({differences})")
MIRRORED = Text(sentence("左右翻转"), "mirrored")
CROPPED = Text(sentence("裁剪"), "cropped")
CHANGED = Text(sentence("局部不同，疑有涂改"), "partly different, perhaps painted over")
OTHER_AFTER = Text(sentence("本案另一张整改后照片"), "another photo of this case")
OTHER_REPORTED = Text(sentence("本案另一张上报照片"), "another photo of this case")
OF_CASE = Text(sentence("案件 {number} 的照片"), "a photo of case {number}")
OUT_OF_SCOPE = Text(sentence("您辖区外的一张照片"), "a photo outside your district")

# --- a photo -------------------------------------------------------------------------------------

EDITED = Text(
    sentence("文件带修图软件标记：{software}"), "the file names an editing program: {software}"
)
TAKEN_BEFORE_DISPATCH = Text(
    sentence("拍摄于派遣之前（{taken_at}）"), "taken before the dispatch ({taken_at})"
)
OLD_FILE = Text(sentence("文件早在 {taken_at} 拍摄"), "the file was made as early as {taken_at}")
NOT_SHUTTER = Text(
    sentence("不是应用内快门所拍（{source}）"), "not taken with the app's shutter ({source})"
)
FAR_FROM_PROBLEM = Text(sentence("距问题位置 {metres} 米"), "{metres} m from the place")
OUTSIDE_DISTRICT = Text(sentence("拍摄位置不在{name}"), "taken outside {name}")
PHOTO_POOR_ACCURACY = Text(
    sentence("拍摄位置误差约 {metres} 米"), "position good to {metres} m only"
)
DARK = Text(sentence("画面过暗"), "the picture is dark")
BLURRED = Text(sentence("画面模糊"), "the picture is blurred")
