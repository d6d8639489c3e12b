"""Errors at the start 启动失败, as sentences that an operator reads instead of a traceback."""

from __future__ import annotations

import errno
from pathlib import Path


class StartError(Exception):
    """The start failed 启动失败: one sentence, Chinese first. `prepare` may raise it too."""


def os_error_message(error: OSError, home: Path) -> str:
    """Return what the operating system refused, as a sentence."""
    where = error.filename or home
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"磁盘空间不足，请清理后再启动：{where} (no space left on the disk)"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"没有写入权限：{where}，请换一个 INSPECT_HOME (cannot write there)"
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"{where} 不是文件夹，请换一个 INSPECT_HOME (not a folder)"
    return f"系统拒绝了操作 (the system refused): {error}"
