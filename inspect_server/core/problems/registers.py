"""Problems of the registers 名册, their imports and printed sheets."""

from __future__ import annotations

from inspect_server.core.problems.base import Problem
from inspect_server.core.sentences import sentence


class StillUsed(Problem):
    """An entry that active entries refer to cannot be disabled."""

    slug, status, title = "still-used", 409, sentence("仍在使用，不能停用")
    advice = sentence("请先改派或结束用到它的条目，再停用。")


class TableUnreadable(Problem):
    """The file to import is not a readable table."""

    slug, status, title = "table-unreadable", 422, sentence("不是可导入的表格")
    advice = sentence("请下载模板，按模板的表头填写，存为 .xlsx 或 .csv 后再导入。")


class OutlinesWrong(Problem):
    """A file of outlines 界线 that cannot be imported; `errors` name the polygons."""

    slug, status, title = "outlines-wrong", 422, sentence("界线文件不能导入")
    advice = sentence("请按提示逐个改好后再导入。")


class TooManyForASheet(Problem):
    """More labels than one printed sheet may hold."""

    slug, status, title = "too-many-for-a-sheet", 422, sentence("一次打印的数量过多")
    advice = sentence("请按城区、单位或角色缩小范围，分几份打印。")
