"""Problems of signing in and of permissions 登录与权限."""

from __future__ import annotations

from inspect_server.core.problems.base import Problem
from inspect_server.core.sentences import sentence


class NotSignedIn(Problem):
    """No access token, or one that is unknown or expired."""

    slug, status, title = "not-signed-in", 401, sentence("请先登录")
    advice = sentence("请重新登录；手机里未上传的记录不会丢失。")


class TokenStolen(NotSignedIn):
    """A refresh token was used after its successor; the session ends."""

    keeps_changes = True


class WrongPassword(Problem):
    """No such login, or another password."""

    slug, status, title = "wrong-password", 401, sentence("账号或密码不正确")
    advice = sentence("请检查账号和密码；忘记密码请联系管理员重发邀请。")


class InvitationSpent(Problem):
    """The invitation was used, is expired, or does not exist."""

    slug, status, title = "invitation-spent", 401, sentence("邀请链接已失效")
    advice = sentence("邀请只能使用一次；请向管理员索取新的邀请。")


class AccountDisabled(Problem):
    """The account of the person is disabled."""

    slug, status, title = "account-disabled", 403, sentence("账号已停用")
    advice = sentence("请联系管理员；手机里未上传的记录可以导出。")


class NotAllowed(Problem):
    """The role may not do this."""

    slug, status, title = "not-allowed", 403, sentence("没有此项权限")
    advice = sentence("如需办理，请联系本城区督查员或管理员。")


class PasswordChangeRequired(Problem):
    """The session began with a one-time password, which has to be changed first."""

    slug, status, title = "password-change-required", 403, sentence("请先修改密码")
    advice = sentence(
        "这是一次性密码：请先设置自己的密码，再继续使用；手机里未上传的记录不会丢失。"
    )


class CsrfMissing(Problem):
    """A request of a cookie session without its CSRF token."""

    slug, status, title = "csrf-missing", 403, sentence("页面已过期")
    advice = sentence("请刷新页面后再操作。")
