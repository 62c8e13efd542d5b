"""The server under attack: ``mailstore serve`` with a configuration that a test chooses."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

import yaml

from mailstore.auth import passwords
from mailstore.demo.certificate import make_certificate
from mailstore.store.check import check_user
from tests.integration.wire import TIMEOUT_S, Wire
from tests.server import USERS, Server

MIB: Final = 1024 * 1024

PATIENCE_S: Final = 60.0
"""How long anything is waited for: far beyond what a busy machine takes."""

_LISTENING = re.compile(r"server listening service=(\w+) .*port=(\d+)")


@cache
def hash_of(password: str) -> str:
    return passwords.new_hash(password)


class Fort(Server):
    """A :class:`Server` with limits, users and preparations of its own.

    ``limits`` is what stands under that key in ``mailstore.yaml``; ``settings`` are further
    keys. Sign-in failures are forgiven quickly only by the server itself, so a test that
    needs many has its own fort.
    """

    def __init__(
        self,
        data: Path | None = None,
        *,
        limits: Mapping[str, Mapping[str, Any]] | None = None,
        settings: Mapping[str, Any] | None = None,
        users: Mapping[str, str] = USERS,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data, users)
        self._limits = {name: dict(values) for name, values in (limits or {}).items()}
        self._settings = dict(settings or {})
        self._environment = dict(environment or {})
        self._reader: threading.Thread | None = None
        self._ready = threading.Event()

    def start(self) -> None:
        """Returns once every port answers."""
        self.data.mkdir(parents=True, exist_ok=True)
        if not (self.data / "server.pem").exists():
            make_certificate(self.data)
        self.write_configuration()
        self._stderr = (self.data / "stderr.txt").open("ab")
        command = [sys.executable, "-u", "-m", "mailstore", "serve"]
        self._process = subprocess.Popen(
            [*command, "--config", str(self.data / "mailstore.yaml")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env=os.environ | self._environment,
            start_new_session=True,
        )
        self.info = {
            "pid": self._process.pid,
            "ports": {},
            "ca_file": str(self.data / "ca.pem"),
            "accounts": [
                {
                    "user": user,
                    "password": password,
                    "maildir": str(self.data / "mail" / user),
                    "address": user,
                }
                for user, password in self._users.items()
            ],
        }
        self._ready.clear()
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._copy_log, args=(self._process.stdout,))
        self._reader.start()
        assert self._ready.wait(PATIENCE_S), f"the server did not start:\n{self.stderr()}"
        assert len(self.info["ports"]) == 4, f"the server did not start:\n{self.stderr()}"

    def write_configuration(self) -> None:
        listen = {
            service: {"address": "127.0.0.1", "port": 0}
            for service in ("imap", "imaps", "pop3", "pop3s")
        }
        configuration = {
            "data": ".",
            "listen": listen,
            "tls": {"certificate": "server.pem"},
            "limits": self._limits,
            **self._settings,
        }
        (self.data / "mailstore.yaml").write_text(yaml.safe_dump(configuration))
        if not (self.data / "users.yaml").exists():
            entries = {user: {"password": hash_of(word)} for user, word in self._users.items()}
            (self.data / "users.yaml").write_text(yaml.safe_dump({"users": entries}))

    def _copy_log(self, output: IO[bytes]) -> None:
        """Until the process ends; it also hears of the ports."""
        with (self.data / "mailstore.log").open("ab", buffering=0) as log:
            for line in output:
                log.write(line)
                if found := _LISTENING.search(line.decode("utf-8", "replace")):
                    self.info["ports"][found[1]] = int(found[2])
                if b"server ready" in line:
                    self._ready.set()
        # The end of a process that did not start must not be waited for.
        self._ready.set()

    def stop(self) -> None:
        process = self._end(signal.SIGTERM)
        if process is not None:
            # twistd ends by the signal that stopped it.
            assert process.returncode in (0, -signal.SIGTERM), self.stderr()
            assert "server stopped" in self.log(), self.log()
            self.check()

    def _end(self, number: signal.Signals) -> subprocess.Popen[bytes] | None:
        if self._process is not None and self._process.stdout is not None:
            # The reader has it, until its end.
            output, self._process.stdout = self._process.stdout, None
            try:
                return super()._end(number)
            finally:
                if self._reader is not None:
                    self._reader.join()
                output.close()
        return super()._end(number)

    # What must hold after every attack

    def unharmed(self, *, mail: bool = True) -> None:
        """A healthy client is served, nothing unforeseen is in the log, mail is consistent."""
        self.serves()
        log, errors = self.log(), self.stderr()
        assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:4000]
        assert " incident " not in log, log
        assert "Traceback" not in errors, errors
        if mail:
            for account in self.accounts.values():
                faults = check_user(account.maildir) if account.maildir.exists() else []
                assert not faults, faults

    def serves(self) -> None:
        with Wire(self, "imap") as wire:
            log_in(wire)
            assert wire.ask(b"n NOOP").startswith(b"n OK")
        with Wire(self, "pop3") as wire:
            assert wire.line().startswith(b"+OK")
            assert wire.ask(b"QUIT").startswith(b"+OK")

    def resident(self) -> int:
        """Octets of memory that the server's process holds."""
        return self._status("VmRSS")

    def peak(self) -> int:
        """The most that it ever held since ``forget_peak``."""
        return self._status("VmHWM")

    def forget_peak(self) -> int:
        """Begin to measure the peak anew; what is held now."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return self.resident()

    def _status(self, name: str) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(rf"{name}:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) * 1024

    def files(self) -> int:
        """How many descriptors it has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def settles(self, files: int) -> None:
        """Return once no more than ``files`` are open; it may still read what was sent."""
        for _ in range(500):
            if self.files() <= files:
                return
            with Wire(self, "imap") as wire:
                wire.line()
        raise AssertionError(os.listdir(f"/proc/{self.pid}/fd"))

    def processor_s(self) -> float:
        """Processor time that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def hears(self, event: str) -> None:
        """Return once the log has ``event``."""
        end = time.monotonic() + PATIENCE_S
        while event not in self.log():
            self.serves()
            assert time.monotonic() < end, f"no {event}:\n{self.log()}"


def log_in(wire: Wire, user: str = "alice") -> None:
    """Take the greeting, and sign in."""
    assert wire.line().startswith(b"* OK")
    wire.send(b'in LOGIN %s "%s"\r\n' % (user.encode(), USERS[user].encode()))
    assert wire.until(b"in ")[-1].startswith(b"in OK")


def select(wire: Wire, mailbox: bytes = b"INBOX") -> list[bytes]:
    wire.send(b"se SELECT %s\r\n" % mailbox)
    lines = wire.until(b"se ")
    assert lines[-1].startswith(b"se OK"), lines
    return lines


def append(wire: Wire, message: bytes, mailbox: bytes = b"INBOX") -> bytes:
    """The tagged answer."""
    wire.send(b"ap APPEND %s {%d+}\r\n" % (mailbox, len(message)))
    wire.send(message + b"\r\n")
    return wire.until(b"ap ")[-1]


class From(Wire):
    """A connection from an address of its own; all of 127.0.0.0/8 is this machine."""

    def __init__(self, server: Server, service: str, address: str) -> None:
        self._server = server
        where = ("127.0.0.1", server.port(service))
        self.socket = socket.create_connection(where, TIMEOUT_S, (address, 0))
        self.unread = b""
        if service.endswith("s"):
            self.start_tls()
