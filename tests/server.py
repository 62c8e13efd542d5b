"""A server in a process of its own, as ``mailstore demo`` starts it, for tests over the network."""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, NamedTuple, Self

from mailstore.store.check import check_user

STOP_S: Final = 30
"""How long a stop may take: commands that run have ten seconds."""

USERS: Final = {"alice": "correct horse", "bob": "battery staple"}


class Account(NamedTuple):
    user: str
    password: str
    maildir: Path
    address: str


class Server:
    """``with Server() as server:`` has it running; ports are new after each ``start``.

    After ``stop`` every account is consistent and the log holds no traceback, or the
    test fails. ``data`` is kept when it is given, so that a server can go on with it.
    """

    host = "localhost"

    def __init__(
        self,
        data: Path | None = None,
        users: Mapping[str, str] = USERS,
        *arguments: str,
        samples: bool = False,
    ) -> None:
        self._own = data is None
        self.data = Path(tempfile.mkdtemp(prefix="mailstore-test-")) if data is None else data
        self._users = dict(users)
        self._arguments = arguments if samples else ("--no-samples", *arguments)
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        self.info: dict[str, Any] = {}

    # Its life

    def start(self) -> None:
        """Returns once every port answers."""
        self.data.mkdir(parents=True, exist_ok=True)
        info = self.data / "info.json"
        info.unlink(missing_ok=True)
        command = [sys.executable, "-m", "mailstore", "demo"]
        command += ["--data", str(self.data), "--info", str(info), *self._arguments]
        for service in ("imap", "imaps", "pop3", "pop3s"):
            command += [f"--{service}-port", "0"]
        for user, password in self._users.items():
            command += ["--user", f"{user}:{password}"]
        self._stderr = (self.data / "stderr.txt").open("wb")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            # The file that a demo leaves for its user's programs is not for tests.
            env=os.environ | {"XDG_RUNTIME_DIR": str(self.data), "COLUMNS": "200"},
            start_new_session=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(b"Stop it with"):
                self.info = json.loads(info.read_text())
                return
        self._process.wait(STOP_S)
        raise AssertionError(f"the server did not start:\n{self.stderr()}")

    def stop(self) -> None:
        """End it as an administrator would, then look at what it left."""
        process = self._end(signal.SIGTERM)
        if process is None:
            return
        assert process.returncode == 0, f"{process.returncode} {self.stderr()}"
        self.check()

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> subprocess.Popen[bytes] | None:
        process, self._process = self._process, None
        if process is None:
            return None
        process.send_signal(number)
        try:
            process.communicate(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise AssertionError(f"the server does not stop:\n{self.log()}") from None
        finally:
            if self._stderr is not None:
                self._stderr.close()
        return process

    def check(self) -> None:
        """Every account is consistent, and nothing went wrong unforeseen."""
        for account in self.accounts.values():
            faults = check_user(account.maildir)
            assert not faults, faults
        assert "Traceback" not in self.log(), self.log()
        assert "Traceback" not in self.stderr(), self.stderr()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()
            self._remove()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.stop()
        finally:
            self.kill()
            self._remove()

    def _remove(self) -> None:
        if self._own:
            shutil.rmtree(self.data, ignore_errors=True)

    def hang_up(self) -> None:
        """SIGHUP: read users and certificate again."""
        os.kill(self.pid, signal.SIGHUP)

    # What it tells

    @property
    def pid(self) -> int:
        return int(self.info["pid"])

    def port(self, service: str) -> int:
        return int(self.info["ports"][service])

    @property
    def ca_file(self) -> Path:
        return Path(self.info["ca_file"])

    def tls(self) -> ssl.SSLContext:
        """A context that trusts this server's authority and nothing else."""
        return ssl.create_default_context(cafile=str(self.ca_file))

    @property
    def accounts(self) -> dict[str, Account]:
        return {
            each["user"]: Account(
                each["user"], each["password"], Path(each["maildir"]), each["address"]
            )
            for each in self.info["accounts"]
        }

    def log(self) -> str:
        path = self.data / "mailstore.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def stderr(self) -> str:
        path = self.data / "stderr.txt"
        return path.read_text("utf-8", "replace") if path.exists() else ""
