"""Problems of synchronisation 同步: ops, cursors, the epoch and rescue zips 抢救包."""

from __future__ import annotations

from inspect_server.core.problems.base import Problem
from inspect_server.core.sentences import sentence


class EpochMismatch(Problem):
    """The server was restored from a backup after the last exchange with this phone."""

    slug, status, title = "epoch-mismatch", 409, sentence("服务器已恢复备份")
    advice = sentence("手机会自动核对全部记录并补传，无需手动操作。")


class CursorInvalid(Problem):
    """The pull cursor is invalid, or from before a restore."""

    slug, status, title = "cursor-invalid", 409, sentence("同步位置已失效")
    advice = sentence("手机会自动从头拉取；未上传的记录不受影响。")


class OpIdReused(Problem):
    """The op id was used before with other content."""

    slug, status, title = "op-id-reused", 409, sentence("操作编号重复")
    advice = sentence("先到的内容不受影响；本次内容已留存，由督查员核对。")


class KindUnknown(Problem):
    """The kind of the op is unknown to this server."""

    slug, status, title = "kind-unknown", 422, sentence("暂不支持的操作类型")
    advice = sentence("内容已留存；服务器升级后由管理员处理。")


class ParentQuarantined(Problem):
    """An op that must come before this one is in quarantine 隔离区."""

    slug, status, title = "parent-quarantined", 409, sentence("前一步操作待核对")
    advice = sentence("前一步由督查员核对后，本操作会一并处理。")


class ParentMissing(Problem):
    """The op or record that must come before this op has not arrived yet."""

    slug, status, title, retryable = "parent-missing", 409, sentence("前一步尚未送达"), True
    advice = sentence("手机会保留本操作并自动重试。")


class EntityExists(Problem):
    """The record id was created by another op."""

    slug, status, title = "entity-exists", 409, sentence("该记录已存在")
    advice = sentence("服务器上的记录不受影响；如需更正请用更正功能。")


class RescueUnreadable(Problem):
    """The file is not a complete rescue zip 抢救包."""

    slug, status, title = "rescue-unreadable", 422, sentence("不是完整的抢救包")
    advice = sentence(
        "请用手机导出的原文件（rescue-….zip），不要改动；若原件已坏，请让手机重新导出。"
    )


class RescueAuthorUnknown(Problem):
    """The author of the rescue zip is not in the register of people."""

    slug, status, title = "rescue-author-unknown", 422, sentence("名册中没有这位人员")
    advice = sentence("这个包来自别的服务器，或此人已不在名册；未导入，请保存好文件并核对。")


class RescueOfficeMove(Problem):
    """Decisions of supervisors are not imported from a file; they sign in and make them."""

    slug, status, title = "rescue-office-move", 422, sentence("督查操作不能由文件补录")
    advice = sentence("立案、核查等操作请由本人登录后办理。")


class RescueDamaged(Problem):
    """An entry of the zip differs from its hash in the manifest or in its record."""

    slug, status, title = "rescue-damaged", 422, sentence("内容已损坏")
    advice = sentence("这一项与登记的校验值不同，未导入；请让手机重新导出，其余各项不受影响。")


class RescueMissing(Problem):
    """The phone had no bytes of this photo when the zip was made."""

    slug, status, title = "rescue-missing", 422, sentence("包内没有这张照片")
    advice = sentence("导出时手机上已没有它的内容；记录会标明缺这张照片。")


class RescueUnclaimed(Problem):
    """No record of the zip names this file."""

    slug, status, title = "rescue-unclaimed", 422, sentence("没有记录用到这个文件")
    advice = sentence("未导入；文件仍在抢救包里，请保存好原包。")


class RescuedDraft(Problem):
    """A draft 草稿 was never submitted: it is put into quarantine, not applied."""

    slug, status, title = "rescued-draft", 422, sentence("未保存的草稿")
    advice = sentence("草稿不是正式记录，已留存；请联系本人补报。")
