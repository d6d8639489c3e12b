"""Problems of any request: unreadable, not found, too large, too many, not available now."""

from __future__ import annotations

from inspect_server.core.problems.base import Problem
from inspect_server.core.sentences import sentence


class Malformed(Problem):
    """The request cannot be read."""

    slug, status, title = "malformed", 400, sentence("请求格式不正确")
    advice = sentence("内容已留存备查；请升级应用后重试。")


class Invalid(Problem):
    """A field is missing, unknown or out of range."""

    slug, status, title = "invalid", 422, sentence("内容不符合要求")
    advice = sentence("请按 errors 中指出的字段修改后再提交。")


class NotFound(Problem):
    """It does not exist, or the person may not see it."""

    slug, status, title = "not-found", 404, sentence("找不到该内容")
    advice = sentence("它可能已被移走，或不在您的范围内。")


class MethodNotAllowed(Problem):
    """The path exists, but not with this method."""

    slug, status, title = "method-not-allowed", 405, sentence("不支持的操作")
    advice = sentence("请升级应用后重试。")


class RequestUnfinished(Problem):
    """The client stopped sending before the request was complete."""

    slug, status, title, retryable = "request-unfinished", 408, sentence("请求没有发完"), True
    advice = sentence("网络中断或太慢；手机会自动重试，记录都在手机上。")


class TooLarge(Problem):
    """More bytes than one request may have."""

    slug, status, title = "too-large", 413, sentence("内容过大")
    advice = sentence("请分批提交；一批不超过 100 条、256 KB，照片不超过 12 MB。")


class EncodingUnsupported(Problem):
    """A content encoding or type that is not supported."""

    slug, status, title = "encoding-unsupported", 415, sentence("不支持的编码")
    advice = sentence("请求体请用 JSON，压缩只支持 gzip。")


class TooMany(Problem):
    """Too many requests in a short time."""

    slug, status, title, retryable = "too-many-requests", 429, sentence("操作过于频繁"), True
    advice = sentence("请稍等片刻后重试。")


class Unavailable(Problem):
    """The object store or the database is not available at the moment."""

    slug, status, title, retryable = "unavailable", 503, sentence("服务暂时不可用"), True
    advice = sentence("请稍后重试，手机会自动重试；数据不会丢失。")


class StaleVersion(Problem):
    """The entity was changed since the version the request refers to."""

    slug, status, title = "stale-version", 409, sentence("内容已被他人更新")
    advice = sentence("请查看最新内容后再操作；您的内容已留存。")


class NameTaken(Problem):
    """Another entry of the same list has this name."""

    slug, status, title = "name-taken", 409, sentence("名称已被使用")
    advice = sentence("请换一个名称。")


class TooManyKept(Problem):
    """The person has saved as many of these as allowed."""

    slug, status, title = "too-many-kept", 409, sentence("保存的数量已达上限")
    advice = sentence("请先删除不再使用的。")
