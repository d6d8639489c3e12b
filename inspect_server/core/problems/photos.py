"""Problems of photos 照片 and their uploads."""

from __future__ import annotations

from inspect_server.core.problems.base import Problem
from inspect_server.core.sentences import sentence


class PhotoMismatch(Problem):
    """Another size or hash than declared, or than the stored photo has."""

    slug, status, title = "photo-mismatch", 409, sentence("照片与登记不一致")
    advice = sentence("已登记的照片不会被覆盖；本次内容已留存备查。")


class PhotoIdReused(Problem):
    """The photo id belongs to another record or another author."""

    slug, status, title = "photo-id-reused", 409, sentence("照片编号重复")
    advice = sentence("原照片不受影响；请重新拍摄或另存一张。")


class PhotoTooLarge(Problem):
    """A photo over 12 MB."""

    slug, status, title = "photo-too-large", 413, sentence("照片超过 12 MB")
    advice = sentence("请在应用内拍摄（自动压缩），或缩小后再传。")


class PhotoNotAnImage(Problem):
    """Not a JPEG, PNG or WebP photo by its content."""

    slug, status, title = "photo-not-an-image", 422, sentence("不是可识别的照片")
    advice = sentence("只接收 JPEG、PNG、WebP 照片。")


class PhotoHeic(Problem):
    """A photo in the format HEIC."""

    slug, status, title = "photo-heic", 422, sentence("暂不支持 HEIC 照片")
    advice = sentence("请在手机相机设置里选“兼容性最佳”（JPEG），或在应用内拍摄。")


class PhotoTrailingData(Problem):
    """The file contains data after the end of the picture."""

    slug, status, title = "photo-trailing-data", 422, sentence("照片尾部夹带其他数据")
    advice = sentence("请在应用内重新拍摄。")


class PhotoTruncated(Problem):
    """The file ends before the picture does."""

    slug, status, title = "photo-truncated", 422, sentence("照片文件不完整")
    advice = sentence("文件在手机上已损坏；请重新拍摄。")


class PhotoTooManyPixels(Problem):
    """More than 40 megapixels."""

    slug, status, title = "photo-too-many-pixels", 422, sentence("照片像素过高")
    advice = sentence("请把相机分辨率调到 4000 万像素以下。")


class PhotoManyFrames(Problem):
    """More than one frame."""

    slug, status, title = "photo-many-frames", 422, sentence("不接收动图")
    advice = sentence("请拍摄静态照片。")


class PhotoNotReady(Problem):
    """The review copy is still being made."""

    slug, status, title, retryable = "photo-not-ready", 404, sentence("照片正在处理"), True
    advice = sentence("请几秒后再看。")


class PhotoFailed(Problem):
    """No review copy could be made; the original is safe."""

    slug, status, title = "photo-failed", 404, sentence("无法生成审阅件")
    advice = sentence("原件完好保存；请由督查员调阅原件。")


class UploadOffset(Problem):
    """The bytes of the request do not begin at the offset of the upload."""

    slug, status, title, retryable = "upload-offset", 409, sentence("续传位置不符"), True
    advice = sentence("请先查询当前位置再继续。")


class UploadHash(Problem):
    """The bytes do not have the declared SHA-256; the upload starts again."""

    slug, status, title, retryable = "upload-hash", 460, sentence("照片校验不通过"), True
    advice = sentence("手机会从头重传这张照片。")


class UploadRejected(Problem):
    """The photo was checked and refused."""

    slug, status, title = "upload-rejected", 410, sentence("照片已被拒收")
    advice = sentence("请查看原因并重新拍摄。")


class UploadHeaders(Problem):
    """A tus header is missing or cannot be read."""

    slug, status, title = "upload-headers", 400, sentence("上传请求不正确")
    advice = sentence("请升级应用后重试。")


class UploadVersion(Problem):
    """Another protocol version than tus 1.0.0."""

    slug, status, title = "upload-version", 412, sentence("上传协议版本不支持")
    advice = sentence("请使用 tus 1.0.0。")


class UploadAttached(Problem):
    """A photo that belongs to a record cannot be deleted."""

    slug, status, title = "upload-attached", 403, sentence("已附到记录的照片不能删除")
    advice = sentence("证据只增不减；如有隐私问题请联系督查员。")


class LinkExpired(Problem):
    """A signed media link that is expired."""

    slug, status, title = "link-expired", 403, sentence("照片链接已过期")
    advice = sentence("请刷新页面重新获取。")
