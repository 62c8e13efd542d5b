"""What a running demo tells other programs: a small JSON file, in a place that is known.

``{"host", "ports": {"imap", "imaps", "pop3", "pop3s"}, "ca_file", "accounts": [{"user",
"password", "maildir", "address"}], "pid", "data"}``. It is there once everything listens, and
goes when the demo ends.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from mailstore.config.configuration import Service
from mailstore.demo.data import DemoAccount, write_private

HOST = "localhost"
"""The name that clients use where the demo listens on this machine only."""


class DemoInfo(NamedTuple):
    """``ca_file`` is what clients are to trust."""

    host: str
    ports: dict[Service, int]
    ca_file: Path
    accounts: Sequence[DemoAccount]
    pid: int
    data: Path

    def account(self, user: str) -> DemoAccount | None:
        return next((account for account in self.accounts if account.user == user), None)

    def write(self, path: Path) -> None:
        """Readers see the file whole or not at all; nobody else may read it."""
        accounts = [
            {
                "user": account.user,
                "password": account.password,
                "maildir": str(account.maildir),
                "address": account.address,
            }
            for account in self.accounts
        ]
        write_private(
            path,
            {
                "host": self.host,
                "ports": {str(service): port for service, port in self.ports.items()},
                "ca_file": str(self.ca_file),
                "accounts": accounts,
                "pid": self.pid,
                "data": str(self.data),
            },
        )


class NoDemo(Exception):
    """No demo runs that could be found; the text says where it was looked for."""


def default_path() -> Path:
    """Where a demo leaves its file for this user's other programs."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and Path(runtime).is_dir():
        return Path(runtime) / "mailstore-demo.json"
    return Path(tempfile.gettempdir()) / f"mailstore-demo-{os.getuid()}" / "demo.json"


def prepare_default() -> Path | None:
    """Make the folder of ``default_path``; None if somebody else holds it."""
    path = default_path()
    with suppress(FileExistsError):
        path.parent.mkdir(mode=0o700)
    status = path.parent.lstat()
    private = status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return path if private and stat.S_ISDIR(status.st_mode) else None


def read(path: Path) -> DemoInfo:
    """Raises NoDemo."""
    try:
        found = json.loads(path.read_text("utf-8"))
        accounts = [
            DemoAccount(each["user"], each["password"], Path(each["maildir"]))
            for each in found["accounts"]
        ]
        ports = {Service(name): int(port) for name, port in found["ports"].items()}
        info = DemoInfo(
            found["host"],
            ports,
            Path(found["ca_file"]),
            accounts,
            found["pid"],
            Path(found["data"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise NoDemo(f"no demo runs (looked at {path}); start one with: mailstore demo") from None
    if not _runs(info.pid):
        raise NoDemo(f"the demo that left {path} runs no more; start one with: mailstore demo")
    return info


def remove(path: Path) -> None:
    """Remove the file if it is this process's own: another demo may have replaced it."""
    with suppress(NoDemo):
        if read(path).pid == os.getpid():
            path.unlink()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
