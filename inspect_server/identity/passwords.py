"""Passwords 密码: the hash that is stored, random passwords, and the rule for chosen ones.

Knows no person or session.
"""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from inspect_server.core.sentences import Sentence, sentence
from schemas.texts import fold

# 19 MiB, t=2, p=1 (DESIGN §8): one hash costs a fraction of the library's default.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Without characters that are confused in print: no 0 o 1 l i.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
SHORTEST = 8
LEAST_DIFFERENT = 4
# A shorter login is part of many words.
SHORT_LOGIN = 4

# Each verification takes 19 MiB and one core: at most two run at the same time.
_verifying = threading.BoundedSemaphore(2)
_DUMMY_HASH = HASHER.hash(secrets.token_hex(16))


def make_password() -> str:
    """Return a random password of three groups of four characters: about 59 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def verify(password_hash: str | None, password: str) -> bool:
    """Say whether this is the password; None takes as long, so nobody learns there is none."""
    with _verifying:
        try:
            HASHER.verify(password_hash or _DUMMY_HASH, password)
        except VerifyMismatchError:
            return False
    return password_hash is not None


def weakness(password: str, login: str) -> Sentence | None:
    """Return why a chosen password is refused, or None.

    Length counts, not signs of several kinds; what is the login or hardly more than one sign is
    guessed first.
    """
    if len(password) < SHORTEST:
        return sentence("新密码至少 {least} 个字符。", least=SHORTEST)
    folded_login, folded = fold(login), fold(password)
    if folded == folded_login or (len(folded_login) >= SHORT_LOGIN and folded_login in folded):
        return sentence("新密码不能包含账号。")
    if len(set(password)) < LEAST_DIFFERENT:
        return sentence("新密码太简单：至少用 {least} 个不同的字符。", least=LEAST_DIFFERENT)
    return None
