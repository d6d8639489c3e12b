"""The base of all problems (RFC 9457): slug, status, 中文 title, and what to do."""

from __future__ import annotations

from typing import Any, ClassVar

from inspect_server.core.sentences import SOURCE_LANGUAGE, sentence, translated


class Problem(Exception):
    """A refusal or fault that a person or a phone is answered; `advice` says what to do next."""

    slug: ClassVar[str] = "server-error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = sentence("服务器出错")
    advice: ClassVar[str] = sentence("请稍后重试；若一直失败，把编号告诉管理员。")
    retryable: ClassVar[bool] = False
    # Whether the changes made before it was raised are committed nevertheless.
    keeps_changes: ClassVar[bool] = False

    def __init__(
        self,
        detail: str = "",
        *,
        errors: list[dict[str, str]] | None = None,
        retry_after: int | None = None,
        **more: Any,
    ) -> None:
        """`detail` explains this occurrence; `more` are further members of the document."""
        super().__init__(detail or self.title)
        self.detail = detail or self.advice
        self.errors = errors
        self.retry_after = retry_after
        self.more = more

    def document(
        self, instance: str | None = None, language: str = SOURCE_LANGUAGE
    ) -> dict[str, Any]:
        """Return the problem document; receipts contain the same object in Chinese."""
        document: dict[str, Any] = {
            "type": f"/problems/{self.slug}",
            "slug": self.slug,
            "title": translated(self.title, language),
            "status": self.status,
            "detail": translated(self.detail, language),
            "retryable": self.retryable,
        }
        if instance:
            document["instance"] = instance
        if self.errors:
            document["errors"] = [
                error | {"detail": translated(error["detail"], language)} for error in self.errors
            ]
        if self.retry_after is not None:
            document["retry_after"] = self.retry_after
        return document | self.more


class ServerError(Problem):
    """An unexpected error; its text is written to the log only."""
