"""E-mail 邮件 by SMTP."""

from __future__ import annotations

import smtplib
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from inspect_server.core.sentences import sentence
from inspect_server.notifications.settings import NotificationSettings, SmtpSettings
from inspect_server.notifications.transports import guard
from inspect_server.notifications.transports.outbound import Outbound, Undelivered


def send(settings: NotificationSettings, outbound: Outbound, now: datetime) -> None:
    """Hand a message to the mail server. Raises `Undelivered`."""
    smtp = settings.smtp
    if smtp is None:
        raise Undelivered(sentence("未配置邮件服务器（INSPECT_SMTP_HOST）"), of_channel=True)
    mail = _mail(smtp, outbound, now)
    try:
        connection = _connect(settings, smtp)
        try:
            connection.send_message(mail)
        finally:
            # A message that was accepted stays accepted, even if QUIT fails.
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        raise Undelivered(
            sentence("邮件服务器拒收该收件地址（{code}）", code=code), of_channel=False
        ) from None
    except smtplib.SMTPDataError as error:
        raise Undelivered(
            sentence("邮件服务器拒收内容（{smtp_code}）", smtp_code=error.smtp_code),
            of_channel=False,
        ) from None
    except smtplib.SMTPAuthenticationError as error:
        raise Undelivered(
            sentence("邮件服务器不接受账号或密码（{smtp_code}）", smtp_code=error.smtp_code),
            of_channel=True,
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise Undelivered(
            sentence("邮件服务器不支持所要求的加密或登录方式"), of_channel=True
        ) from None
    except smtplib.SMTPResponseException as error:
        raise Undelivered(
            sentence("邮件服务器出错（{smtp_code}）", smtp_code=error.smtp_code), of_channel=True
        ) from None
    except smtplib.SMTPException as error:
        raise Undelivered(
            sentence("邮件服务器出错（{error}）", error=type(error).__name__), of_channel=True
        ) from None
    except OSError as error:
        raise Undelivered(
            guard.connection_error(sentence("邮件服务器"), error), of_channel=True
        ) from None


def _mail(smtp: SmtpSettings, outbound: Outbound, now: datetime) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = smtp.sender
    mail["To"] = outbound.address
    mail["Subject"] = outbound.message.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{outbound.message.key}@{smtp.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(outbound.message.text)
    return mail


def _connect(settings: NotificationSettings, smtp: SmtpSettings) -> smtplib.SMTP:
    context = guard.tls_context(settings)
    seconds = guard.TIMEOUT_SECONDS
    if smtp.security == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            smtp.host, smtp.port, timeout=seconds, context=context
        )
    else:
        connection = smtplib.SMTP(smtp.host, smtp.port, timeout=seconds)
    try:
        if smtp.security == "starttls":
            connection.starttls(context=context)
        if smtp.user is not None:
            connection.login(smtp.user, smtp.password or "")
    except BaseException:
        connection.close()
        raise
    return connection
