"""Passwords 密码: the hash that is stored, and random passwords. Knows no person or session."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher

# 19 MiB, t=2, p=1 (DESIGN §8): one hash costs a fraction of the library's default.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Without characters that are confused in print: no 0 o 1 l i.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def make_password() -> str:
    """Return a random password of three groups of four characters: about 59 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
