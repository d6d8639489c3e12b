"""Demo logins 演示账号 as shown at the start: their passwords are kept in one private file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from inspect_server.launcher import private_files


class Login(Protocol):
    """A demo login as far as it is shown."""

    @property
    def login(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def scope(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SavedLogin:
    """A login as saved in demo-logins.json: the database knows only the password's hash."""

    login: str
    password: str
    role: str
    name: str
    scope: str


def remember_logins(home: Path, logins: Sequence[Login]) -> list[SavedLogin]:
    """Add `logins` to demo-logins.json (readable for its owner only), return all of them.

    Call it before the commit that makes them valid: a saved password without a login is harmless,
    a login whose password is lost is not.
    """
    file = home / "demo-logins.json"
    saved: dict[str, SavedLogin] = {}
    with suppress(FileNotFoundError):
        saved = {row["login"]: SavedLogin(**row) for row in json.loads(file.read_bytes())}
    for new in logins:
        saved[new.login] = SavedLogin(new.login, new.password, str(new.role), new.name, new.scope)
    if logins:
        rows = [asdict(login) for login in saved.values()]
        private_files.write(file, json.dumps(rows, ensure_ascii=False, indent=1).encode())
    return list(saved.values())
