"""The servers under test: ours and Dovecot, each with its own copy of the same Maildirs."""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from contextlib import closing
from pathlib import Path

from benchmarks import process
from benchmarks.client import Imap
from tests.dovecot import Dovecot

USER = "bench"
MAILDROP_USER = "drop"
IDLE_USERS = tuple(f"idle{number}" for number in range(10))
USERS = (USER, MAILDROP_USER, *IDLE_USERS)


class Rig(ABC):
    """A server that can be started again and again on the same mail."""

    name: str
    user = USER
    maildrop_user = MAILDROP_USER

    def __init__(self, root: Path, messages: int) -> None:
        self.root = root
        self.messages = messages
        self.password = secrets.token_hex(8)
        self.imap_port = 0
        self.pop3_port = 0
        self.turn = 0
        self._imap: Imap | None = None

    @property
    def imap(self) -> Imap:
        """A connection with INBOX selected."""
        if self._imap is None:
            self._imap = Imap(self.imap_port, self.user, self.password)
            self._imap.command(b"SELECT INBOX")
        return self._imap

    def disconnect(self) -> None:
        if self._imap is not None:
            self._imap.socket.close()
            self._imap = None

    def cpu_seconds(self) -> float:
        return process.cpu_seconds(self.pid)

    def memory(self) -> int:
        return process.memory(self.pid)

    @property
    @abstractmethod
    def pid(self) -> int: ...

    @abstractmethod
    def maildir(self, user: str) -> Path:
        """Where the user's mail lies."""

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None: ...

    @abstractmethod
    def delete_index(self) -> None:
        """Delete what the server can make again from the Maildir; it is stopped."""

    @abstractmethod
    def delete_texts(self) -> None:
        """Delete what the server knows of texts for searches, if anything."""

    @abstractmethod
    def read_texts(self) -> None:
        """Wait until it knows of all texts that it ever will."""


class Mailstore(Rig):
    name = "mailstore"

    def __init__(self, root: Path, messages: int) -> None:
        super().__init__(root, messages)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def maildir(self, user: str) -> Path:
        return self.root / "mail" / user

    def start(self) -> None:
        info = self.root / "info.json"
        info.unlink(missing_ok=True)
        users = [f"--user={user}:{self.password}" for user in USERS]
        ports = ["--imap-port=0", "--imaps-port=0", "--pop3-port=0", "--pop3s-port=0"]
        with (self.root / "server.log").open("ab") as log:
            command = [sys.executable, "-m", "mailstore", "demo", "--no-samples"]
            command += [f"--data={self.root}", f"--info={info}", *users, *ports]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while not info.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"mailstore did not start: see {self.root}/server.log")
            time.sleep(0.02)
        told = json.loads(info.read_text())
        self.imap_port, self.pop3_port = told["ports"]["imap"], told["ports"]["pop3"]

    def stop(self) -> None:
        self.disconnect()
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)
            self._process = None

    def delete_index(self) -> None:
        for path in self.root.rglob("mailstore-index*"):
            path.unlink()
        self.delete_texts()

    def delete_texts(self) -> None:
        for path in self.root.rglob("mailstore-text*"):
            path.unlink()

    def read_texts(self) -> None:
        path = self.maildir(self.user) / "mailstore-text"
        self.imap.command(b"SELECT INBOX")
        while _count_texts(path) < self.messages:
            time.sleep(1.0)


def _count_texts(path: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            [count] = connection.execute("SELECT count(*) FROM texts").fetchone()
            return int(count)
    except sqlite3.OperationalError:
        return 0


class DovecotRig(Rig):
    name = "Dovecot"

    def __init__(self, root: Path, messages: int) -> None:
        super().__init__(root, messages)
        self._dovecot = Dovecot(root, users=dict.fromkeys(USERS, self.password))

    @property
    def pid(self) -> int:
        return self._dovecot.pid

    def maildir(self, user: str) -> Path:
        return self._dovecot.maildir(user)

    def start(self) -> None:
        self._dovecot.start()
        self.imap_port, self.pop3_port = self._dovecot.imap_port, self._dovecot.pop3_port

    def stop(self) -> None:
        self.disconnect()
        self._dovecot.stop()

    def delete_index(self) -> None:
        for user in USERS:
            for path in self.maildir(user).rglob("dovecot.index*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def delete_texts(self) -> None:
        """It has no index of texts unless a plug-in is configured."""

    def read_texts(self) -> None:
        """Nothing to wait for."""
