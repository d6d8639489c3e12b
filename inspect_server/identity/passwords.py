"""Passwords 密码: how they are made for a demo and kept; knows no person and no session."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher

# 19 MiB, t=2, p=1 (DESIGN §8): one hash costs a fraction of the library's default.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Nothing that looks like something else on a printed slip: no 0 o 1 l i.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def make_password() -> str:
    """Return three groups of four that can be typed on a phone: about 59 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
