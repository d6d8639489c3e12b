"""What `up` does before it serves, in a process of its own: prints the logins it would show."""

from __future__ import annotations

import os
import sys

from inspect_server.commands.database import prepare

if __name__ == "__main__":
    sys.stdout.write(" ".join(login.login for login in prepare(os.environ)))
