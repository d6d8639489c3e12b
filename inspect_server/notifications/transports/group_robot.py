"""Posting JSON to a group robot 群机器人 over HTTP, and reading whether it took the message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import urllib3

from inspect_server.core.sentences import sentence
from inspect_server.notifications.settings import NotificationSettings
from inspect_server.notifications.transports import guard
from inspect_server.notifications.transports.outbound import Undelivered

# The robots' codes for "too many at once": the channel has to rest, the message is not refused.
TOO_FAST: Final = frozenset({130101, 45009})


def post(settings: NotificationSettings, url: str, body: Mapping[str, Any], key: str) -> None:
    """Post a message; `key` is the same at every attempt. Raises `Undelivered`."""
    parts = urlsplit(url)
    path = parts.path or "/"
    try:
        with _pool(settings, parts) as pool:
            response = pool.urlopen(
                "POST",
                f"{path}?{parts.query}" if parts.query else path,
                body=json.dumps(body, ensure_ascii=False).encode(),
                headers={
                    "Host": parts.netloc,
                    "Content-Type": "application/json; charset=utf-8",
                    "Idempotency-Key": key,
                    "User-Agent": "inspect-server",
                },
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                answer = response.read(guard.MAX_ANSWER_BYTES)
            finally:
                response.close()
    except urllib3.exceptions.SSLError as error:
        raise _unreachable(error.args[0]) from None
    except urllib3.exceptions.NewConnectionError as error:
        # urllib3 counts it among the time-outs; what went wrong is its cause.
        raise _unreachable(error.__cause__ or error) from None
    except urllib3.exceptions.TimeoutError:
        raise Undelivered(sentence("接收地址在时限内没有应答"), of_channel=True) from None
    except (urllib3.exceptions.HTTPError, OSError, UnicodeError) as error:
        raise _unreachable(error) from None
    _check_answer(response.status, answer)


def _pool(settings: NotificationSettings, parts: SplitResult) -> urllib3.HTTPConnectionPool:
    """Connect to the very address that was looked up and checked.

    A second look-up could lead elsewhere. The certificate is still checked against the name.
    """
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = guard.allowed_address(settings, host, port, plain=parts.scheme != "https")
    timeout = urllib3.Timeout(connect=guard.TIMEOUT_SECONDS, read=guard.TIMEOUT_SECONDS)
    if parts.scheme != "https":
        return urllib3.HTTPConnectionPool(address, port, timeout=timeout)
    return urllib3.HTTPSConnectionPool(
        address,
        port,
        timeout=timeout,
        ssl_context=guard.tls_context(settings),
        server_hostname=host,
        assert_hostname=host,
    )


def _unreachable(error: object) -> Undelivered:
    return Undelivered(guard.connection_error(sentence("接收地址"), error), of_channel=True)


def _check_answer(status: int, answer: bytes) -> None:
    """A robot that took a message says 200 and `errcode` 0; a login page says 200 too."""
    if status != 200:
        of_channel = status in (401, 403, 404, 408, 429) or status >= 500 or 300 <= status < 400
        raise Undelivered(
            sentence("接收地址应答 HTTP {status}", status=status), of_channel=of_channel
        )
    try:
        code = json.loads(answer)["errcode"]
    except (ValueError, KeyError, TypeError):
        raise Undelivered(sentence("接收地址的应答不是群机器人的应答"), of_channel=True) from None
    if code != 0:
        number = code if isinstance(code, int) else None
        raise Undelivered(
            sentence("群机器人拒收（errcode {number}）", number=number),
            of_channel=number in TOO_FAST,
        )
