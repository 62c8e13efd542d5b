"""``mailstore serve`` and ``twistd mailstore``, with a configuration of its own."""

from __future__ import annotations

import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailstore.auth import passwords
from mailstore.config.users import UsersFile
from mailstore.demo.certificate import make_certificate
from mailstore.model.user import UserEntry
from tests.integration.wire import Wire

CONFIGURATION = """\
data: .
listen:
  imap: {address: 127.0.0.1, port: 0}
  imaps: {address: 127.0.0.1, port: 0}
  pop3:
    endpoint: ['tcp:0:interface=127.0.0.1']
  pop3s:
    endpoint: 'haproxy:tcp:0:interface=127.0.0.1'
tls: {certificate: server.pem}
plaintext_login: never
limits:
  connections: {per_address: 3, per_user: 1}
"""

_TWISTD = "from twisted.scripts.twistd import run; run()"

COMMANDS = {
    "serve": [sys.executable, "-m", "mailstore", "serve", "--config"],
    "twistd": [sys.executable, "-c", _TWISTD, "--nodaemon", "--pidfile=", "mailstore", "-c"],
}


class Running:
    """What a ``Wire`` needs to know, read from the log on standard output."""

    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self._folder = folder
        self._process = process
        self._ports: dict[str, int] = {}
        self.log = ""
        self.until(" server ready ")

    def until(self, words: str) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.log += line
            if found := re.search(r"server listening service=(\w+) .* port=(\d+)", line):
                self._ports[found[1]] = int(found[2])
            if words in line:
                return
        raise AssertionError(self.log)

    def port(self, service: str) -> int:
        return self._ports[service]

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self._folder / "ca.pem"))


@contextmanager
def running(folder: Path, command: str) -> Iterator[Running]:
    (folder / "mailstore.yaml").write_text(CONFIGURATION)
    make_certificate(folder)
    users = UsersFile(folder / "users.yaml", known_hash=passwords.is_known)
    users.add(UserEntry("ada", passwords.new_hash("secret")))
    with subprocess.Popen(
        [*COMMANDS[command], str(folder / "mailstore.yaml")],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        server = Running(folder, process)
        yield server
        process.send_signal(signal.SIGTERM)
        server.until(" server stopped")
        rest, _ = process.communicate(timeout=30)
    server.log += rest
    # twistd ends by the signal that stopped it.
    assert process.returncode in (0, -signal.SIGTERM)
    assert "Traceback" not in server.log
    assert "secret" not in server.log


@pytest.mark.parametrize("command", ["serve", "twistd"])
def test_the_server_serves_and_stops(tmp_path: Path, command: str) -> None:
    with running(tmp_path, command) as server, Wire(server, "imaps") as wire:
        assert wire.line().startswith(b"* OK")
        wire.send(b"a LOGIN ada secret\r\n")
        assert wire.until(b"a ")[-1].startswith(b"a OK")
    assert " login c=" in server.log
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "ca.pem",
        "mail",
        "mailstore.yaml",
        "server.pem",
        "users.yaml",
    ]


def test_limits_hold_and_are_told(tmp_path: Path) -> None:
    with running(tmp_path, "serve") as server:
        wires = [Wire(server, "imap") for _ in range(3)]
        assert all(wire.line().startswith(b"* OK") for wire in wires)
        with Wire(server, "imap") as fourth:
            expected = b"* BYE [UNAVAILABLE] Too many connections from your address"
            assert fourth.line() == expected
            assert fourth.line() == b""
        with Wire(server, "pop3") as fifth:
            assert fifth.line().startswith(b"-ERR [SYS/TEMP] Too many connections")
        for wire in wires:
            wire.close()
        # On an endpoint of Twisted's own everything is the same.
        for _ in range(100):
            with Wire(server, "pop3") as pop3:
                if (greeting := pop3.line()).startswith(b"+OK"):
                    refused = pop3.ask(b"USER ada")
                    assert refused.startswith(b"-ERR [AUTH] Passwords are accepted over TLS only")
                    assert pop3.ask(b"STLS") == b"+OK Begin TLS"
                    pop3.start_tls()
                    assert pop3.ask(b"USER ada") == b"+OK Send PASS"
                    assert pop3.ask(b"PASS secret").startswith(b"+OK 0 messages")
                    break
        assert greeting.startswith(b"+OK")


def test_a_user_may_have_so_many_connections(tmp_path: Path) -> None:
    with (
        running(tmp_path, "serve") as server,
        Wire(server, "imaps") as one,
        Wire(server, "imaps") as two,
    ):
        for wire in (one, two):
            wire.line()
        assert one.ask(b"a LOGIN ada secret").startswith(b"a OK")
        assert two.ask(b"a LOGIN ada secret").startswith(b"a NO [LIMIT]")
        assert one.ask(b"b LOGOUT").startswith(b"* BYE")
        one.rest()
        assert two.ask(b"b LOGIN ada secret").startswith(b"b OK")


def test_behind_a_proxy_the_client_is_known_by_its_own_address(tmp_path: Path) -> None:
    """The PROXY protocol, version 1; the limit for one address is the client's, not the proxy's."""
    with running(tmp_path, "serve") as server:
        clients = []
        for number in range(4):
            place = ("127.0.0.1", server.port("pop3s"))
            plain = socket.create_connection(place, 30)
            plain.sendall(b"PROXY TCP4 192.0.2.%d 127.0.0.1 4711 995\r\n" % number)
            tls = server.tls().wrap_socket(plain, server_hostname="localhost")
            assert tls.recv(1000) == b"+OK mailstore POP3 ready\r\n"
            clients.append(tls)
            # The proxy itself has one connection less than its limit now.
            server.until(f"proxied c={number + 1} address=192.0.2.{number} by=127.0.0.1")
        for client in clients:
            client.close()
