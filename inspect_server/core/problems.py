"""Everything that can go wrong, each with its slug, 中文 title and what to do (RFC 9457).

Raised anywhere in the service, caught once at the door. Imports the standard library only.
"""

from __future__ import annotations

from typing import Any, ClassVar


class Problem(Exception):
    """Something a person or a phone has to be told; `advice` says what to do next."""

    slug: ClassVar[str] = "server-error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "服务器出错"
    advice: ClassVar[str] = "请稍后重试;若一直失败,把编号告诉管理员。"
    retryable: ClassVar[bool] = False
    # Whether what was written before it was raised is kept all the same.
    keeps_changes: ClassVar[bool] = False

    def __init__(
        self,
        detail: str = "",
        *,
        errors: list[dict[str, str]] | None = None,
        retry_after: int | None = None,
        **more: Any,
    ) -> None:
        """`detail` is this case; `more` are extra members of the document."""
        super().__init__(detail or self.title)
        self.detail = detail or self.advice
        self.errors = errors
        self.retry_after = retry_after
        self.more = more

    def document(self, instance: str | None = None) -> dict[str, Any]:
        """Return the problem document; the same object sits inside a receipt."""
        document: dict[str, Any] = {
            "type": f"/problems/{self.slug}",
            "slug": self.slug,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "retryable": self.retryable,
        }
        if instance:
            document["instance"] = instance
        if self.errors:
            document["errors"] = self.errors
        if self.retry_after is not None:
            document["retry_after"] = self.retry_after
        return document | self.more


class ServerError(Problem):
    """An unknown fault; its text stays in the log."""


class Malformed(Problem):
    """The request as a whole could not be read."""

    slug, status, title = "malformed", 400, "请求格式不正确"
    advice = "内容已留存备查;请升级应用后重试。"


class Invalid(Problem):
    """A field is missing, unknown or out of its range."""

    slug, status, title = "invalid", 422, "内容不符合要求"
    advice = "请按 errors 中指出的字段修改后再提交。"


class NotSignedIn(Problem):
    """No token, or one that is unknown or has run out."""

    slug, status, title = "not-signed-in", 401, "请先登录"
    advice = "请重新登录;手机里未上传的记录不会丢失。"


class TokenStolen(NotSignedIn):
    """A spent refresh token came back: its session ends with it."""

    keeps_changes = True


class WrongPassword(Problem):
    """Login and password do not belong together."""

    slug, status, title = "wrong-password", 401, "账号或密码不正确"
    advice = "请检查账号和密码;忘记密码请联系管理员重发邀请。"


class InvitationSpent(Problem):
    """The invitation was used, has run out, or never was."""

    slug, status, title = "invitation-spent", 401, "邀请链接已失效"
    advice = "邀请只能使用一次;请向管理员索取新的邀请。"


class AccountDisabled(Problem):
    """The person may not use the product any more."""

    slug, status, title = "account-disabled", 403, "账号已停用"
    advice = "请联系管理员;手机里未上传的记录可以导出。"


class NotAllowed(Problem):
    """The role may not do this."""

    slug, status, title = "not-allowed", 403, "没有此项权限"
    advice = "如需办理,请联系本城区督查员或管理员。"


class CsrfMissing(Problem):
    """A cookie session without its CSRF token."""

    slug, status, title = "csrf-missing", 403, "页面已过期"
    advice = "请刷新页面后再操作。"


class NotFound(Problem):
    """It does not exist, or is not yours to see."""

    slug, status, title = "not-found", 404, "找不到该内容"
    advice = "它可能已被移走,或不在您的范围内。"


class NameTaken(Problem):
    """Another entry of the same list has this name."""

    slug, status, title = "name-taken", 409, "名称已被使用"
    advice = "请换一个名称。"


class TooManyKept(Problem):
    """A person keeps as many of these as anybody may."""

    slug, status, title = "too-many-kept", 409, "保存的数量已达上限"
    advice = "请先删除不再使用的。"


class MethodNotAllowed(Problem):
    """The address exists, the method does not."""

    slug, status, title = "method-not-allowed", 405, "不支持的操作"
    advice = "请升级应用后重试。"


class EpochMismatch(Problem):
    """The server was restored from a backup since the phone last spoke to it."""

    slug, status, title = "epoch-mismatch", 409, "服务器已恢复备份"
    advice = "手机会自动核对全部记录并补传,无需手动操作。"


class CursorInvalid(Problem):
    """The pull cursor is not ours, or from before a restore."""

    slug, status, title = "cursor-invalid", 409, "同步位置已失效"
    advice = "手机会自动从头拉取;未上传的记录不受影响。"


class RequestUnfinished(Problem):
    """The client said nothing more before its request was whole."""

    slug, status, title, retryable = "request-unfinished", 408, "请求没有发完", True
    advice = "网络中断或太慢;手机会自动重试,记录都在手机上。"


class TooLarge(Problem):
    """More bytes than are accepted in one piece."""

    slug, status, title = "too-large", 413, "内容过大"
    advice = "请分批提交;一批不超过 100 条、256 KB,照片不超过 12 MB。"


class EncodingUnsupported(Problem):
    """A content encoding or type we do not read."""

    slug, status, title = "encoding-unsupported", 415, "不支持的编码"
    advice = "请求体请用 JSON,压缩只支持 gzip。"


class TooMany(Problem):
    """Too many tries in a short time."""

    slug, status, title, retryable = "too-many-requests", 429, "操作过于频繁", True
    advice = "请稍等片刻再试。"


class Unavailable(Problem):
    """The store or the database cannot be reached at the moment."""

    slug, status, title, retryable = "unavailable", 503, "服务暂时不可用", True
    advice = "请稍后重试,手机会自动重试;数据不会丢失。"


class OpIdReused(Problem):
    """The same op id came with other content."""

    slug, status, title = "op-id-reused", 409, "操作编号重复"
    advice = "先到的内容不受影响;本次内容已留存,由督查员核对。"


class KindUnknown(Problem):
    """An op of a kind this server does not know yet."""

    slug, status, title = "kind-unknown", 422, "暂不支持的操作类型"
    advice = "内容已留存;服务器升级后由管理员处理。"


class ParentQuarantined(Problem):
    """An op this one follows is in quarantine."""

    slug, status, title = "parent-quarantined", 409, "前一步操作待核对"
    advice = "前一步由督查员核对后,本操作会一并处理。"


class ParentMissing(Problem):
    """What this op follows or amends has not arrived yet."""

    slug, status, title, retryable = "parent-missing", 409, "前一步尚未送达", True
    advice = "手机会保留本操作并自动重试。"


class CategoryUnknown(Problem):
    """No such category."""

    slug, status, title = "category-unknown", 422, "问题类别不存在"
    advice = "记录已留存;督查员会改到正确的类别。"


class PlaceOutOfRange(Problem):
    """A position that is none on earth."""

    slug, status, title = "place-out-of-range", 422, "位置超出范围"
    advice = "记录已留存;督查员会补充位置。"


class TooManyPhotos(Problem):
    """More than nine photos in one record."""

    slug, status, title = "too-many-photos", 422, "照片超过 9 张"
    advice = "记录和照片都已留存;请把多出的照片另记一条。"


class EntityExists(Problem):
    """The same record id was created by another op."""

    slug, status, title = "entity-exists", 409, "该记录已存在"
    advice = "服务器上的记录不受影响;如需更正请用更正功能。"


class StaleVersion(Problem):
    """Somebody else was faster."""

    slug, status, title = "stale-version", 409, "内容已被他人更新"
    advice = "请查看最新内容后再操作;您的内容已留存。"


class MoveNotAllowed(Problem):
    """The flow has no such step from here for this role."""

    slug, status, title = "move-not-allowed", 409, "当前状态不能这样操作"
    advice = "请刷新案件,查看现在可以进行的操作。"


class ReasonMissing(Problem):
    """This step needs a reason."""

    slug, status, title = "reason-missing", 422, "请填写理由"
    advice = "理由会反馈给上报人和责任单位。"


class UnitMissing(Problem):
    """A dispatch needs a responsible unit."""

    slug, status, title = "unit-missing", 422, "请选择责任单位"
    advice = "该类别在此处没有匹配的派遣规则,请手动选择单位。"


class EvidenceMissing(Problem):
    """The close evidence of the category is not there."""

    slug, status, title = "evidence-missing", 422, "缺少整改后照片"
    advice = "请在现场补拍整改后照片再提交。"


class MoveIncomplete(Problem):
    """A move lacks what only its mover can say: a decision, another case, a day."""

    slug, status, title = "move-incomplete", 422, "操作内容不完整"
    advice = "请按提示补充后再提交。"


class PhotosNeverCame(Problem):
    """A move waited too long for its photos."""

    slug, status, title = "photos-never-came", 409, "照片迟迟未到"
    advice = "提交未生效,时限已继续计算;请重新拍摄并提交。"


class TooLateToAmend(Problem):
    """A record can be corrected or withdrawn only before it is filed."""

    slug, status, title = "too-late-to-amend", 409, "已立案,不能更正或撤回"
    advice = "请联系本城区督查员。"


class MoveIdReused(Problem):
    """The same move id came with other content."""

    slug, status, title = "move-id-reused", 409, "操作编号重复"
    advice = "先到的操作不受影响;请刷新后重新操作。"


class VisitUnderWay(Problem):
    """Somebody was asked to look on the spot already."""

    slug, status, title = "visit-under-way", 409, "已请人到现场复核"
    advice = "请等待结果;如需换人,请先撤回再请。"


class VisitorUnsuitable(Problem):
    """This person cannot be sent to look: not an observer, or a party to the case."""

    slug, status, title = "visitor-unsuitable", 422, "不能请这位人员复核"
    advice = "请从名单中选择另一位观察员。"


class VisitSettled(Problem):
    """There is a finding already: nothing is left to take back."""

    slug, status, title = "visit-settled", 409, "现场复核已有结果"
    advice = "结果已作为证据保存,不能撤回;请刷新案件查看。"


class VisitUnknown(Problem):
    """No such visit, or it was somebody else who was asked."""

    slug, status, title = "visit-unknown", 404, "没有交给您的这项现场复核"
    advice = "内容和照片已留存,由督查员核对。"


class VisitWithdrawn(Problem):
    """The desk took the visit back before its finding came."""

    slug, status, title = "visit-withdrawn", 409, "现场复核已撤回"
    advice = "督查员已不需要这项复核;内容和照片已留存,由督查员核对。"


class PhotoMismatch(Problem):
    """Another size or hash than declared, or than what is already there."""

    slug, status, title = "photo-mismatch", 409, "照片与登记不一致"
    advice = "已登记的照片不会被覆盖;本次内容已留存备查。"


class PhotoIdReused(Problem):
    """The photo id belongs to another record or another author."""

    slug, status, title = "photo-id-reused", 409, "照片编号重复"
    advice = "原照片不受影响;请重新拍摄或另存一张。"


class PhotoTooLarge(Problem):
    """A photo over 12 MB."""

    slug, status, title = "photo-too-large", 413, "照片超过 12 MB"
    advice = "请在应用内拍摄(自动压缩),或缩小后再传。"


class PhotoNotAnImage(Problem):
    """Not a JPEG, PNG or WebP photo by its content."""

    slug, status, title = "photo-not-an-image", 422, "不是可识别的照片"
    advice = "只接收 JPEG、PNG、WebP 照片。"


class PhotoHeic(Problem):
    """HEIC is refused plainly."""

    slug, status, title = "photo-heic", 422, "暂不支持 HEIC 照片"
    advice = "请在手机相机设置里选“兼容性最佳”(JPEG),或在应用内拍摄。"


class PhotoTrailingData(Problem):
    """Something is hidden behind the end of the picture."""

    slug, status, title = "photo-trailing-data", 422, "照片尾部夹带其他数据"
    advice = "请在应用内重新拍摄。"


class PhotoTruncated(Problem):
    """The file ends before the picture does."""

    slug, status, title = "photo-truncated", 422, "照片文件不完整"
    advice = "文件在手机上已损坏;请重新拍摄。"


class PhotoTooManyPixels(Problem):
    """More than 40 megapixels."""

    slug, status, title = "photo-too-many-pixels", 422, "照片像素过高"
    advice = "请把相机分辨率调到 4000 万像素以下。"


class PhotoManyFrames(Problem):
    """More than one frame."""

    slug, status, title = "photo-many-frames", 422, "不接收动图"
    advice = "请拍摄静态照片。"


class PhotoNotReady(Problem):
    """The review copy is still being made."""

    slug, status, title, retryable = "photo-not-ready", 404, "照片正在处理", True
    advice = "请几秒后再看。"


class PhotoFailed(Problem):
    """No review copy could be made; the original is safe."""

    slug, status, title = "photo-failed", 404, "无法生成审阅件"
    advice = "原件完好保存;请由督查员调阅原件。"


class UploadOffset(Problem):
    """The piece does not begin where the last one ended."""

    slug, status, title, retryable = "upload-offset", 409, "续传位置不符", True
    advice = "请先查询当前位置再继续。"


class UploadHash(Problem):
    """The bytes do not hash to what was promised; start again."""

    slug, status, title, retryable = "upload-hash", 460, "照片校验不通过", True
    advice = "手机会从头重传这张照片。"


class UploadRejected(Problem):
    """The photo was looked at and refused."""

    slug, status, title = "upload-rejected", 410, "照片已被拒收"
    advice = "请查看原因并重新拍摄。"


class UploadHeaders(Problem):
    """A tus header is missing or cannot be read."""

    slug, status, title = "upload-headers", 400, "上传请求不正确"
    advice = "请升级应用后重试。"


class UploadVersion(Problem):
    """Not tus 1.0.0."""

    slug, status, title = "upload-version", 412, "上传协议版本不支持"
    advice = "请使用 tus 1.0.0。"


class UploadAttached(Problem):
    """A photo that belongs to a record cannot be taken back."""

    slug, status, title = "upload-attached", 403, "已附到记录的照片不能删除"
    advice = "证据只增不减;如有隐私问题请联系督查员。"


class LinkExpired(Problem):
    """A signed media link that ran out."""

    slug, status, title = "link-expired", 403, "图片链接已过期"
    advice = "请刷新页面重新获取。"


class RescueUnreadable(Problem):
    """What was handed over is no whole rescue zip of ours."""

    slug, status, title = "rescue-unreadable", 422, "不是完整的抢救包"
    advice = "请用手机导出的原文件(rescue-….zip),不要改动;若原件已坏,请让手机重新导出。"


class RescueAuthorUnknown(Problem):
    """Nobody here has the id the rescue zip names as its author."""

    slug, status, title = "rescue-author-unknown", 422, "名册中没有这位人员"
    advice = "这个包来自别的服务器,或此人已不在名册;未导入,请保存好文件并核对。"


class RescueOfficeMove(Problem):
    """A judgement cannot be brought in by a file: only its judge, signed in, makes it."""

    slug, status, title = "rescue-office-move", 422, "督查操作不能由文件补录"
    advice = "立案、核查等操作请由本人登录后办理。"


class RescueDamaged(Problem):
    """An entry of the zip is not what its list, or its own record, says."""

    slug, status, title = "rescue-damaged", 422, "内容已损坏"
    advice = "这一项与登记的校验值不同,未导入;请让手机重新导出,其余各项不受影响。"


class RescueMissing(Problem):
    """The phone no longer had these bytes when the zip was made."""

    slug, status, title = "rescue-missing", 422, "包内没有这张照片"
    advice = "导出时手机上已没有它的内容;记录会标明缺这张照片。"


class RescueUnclaimed(Problem):
    """No record of the zip names this file."""

    slug, status, title = "rescue-unclaimed", 422, "没有记录用到这个文件"
    advice = "未导入;文件仍在抢救包里,请保存好原包。"


class RescuedDraft(Problem):
    """A draft was never handed in: it is kept for a person to look at, not applied."""

    slug, status, title = "rescued-draft", 422, "未保存的草稿"
    advice = "草稿不是正式记录,已留存;请联系本人补报。"


class StillUsed(Problem):
    """An entry of a register that others in force name cannot be switched off."""

    slug, status, title = "still-used", 409, "仍在使用,不能停用"
    advice = "请先改派或结束用到它的条目,再停用。"


class TableUnreadable(Problem):
    """What was handed over for an import is no table we can read."""

    slug, status, title = "table-unreadable", 422, "不是可导入的表格"
    advice = "请下载模板,按模板的表头填写,存为 .xlsx 或 .csv 后再导入。"


class TooManyForASheet(Problem):
    """More cards than one printed sheet may hold."""

    slug, status, title = "too-many-for-a-sheet", 422, "一次打印的数量过多"
    advice = "请按城区、单位或角色缩小范围,分几份打印。"


CATALOGUE: dict[str, type[Problem]] = {kind.slug: kind for kind in Problem.__subclasses__()}
