"""Clients that do not read, clients that ask too much, and everybody else meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration.test_lifecycle import append, log_in
from tests.integration.wire import Wire
from tests.server import Server

MIB = 1024 * 1024
SIZE = 24 * MIB
MESSAGE = b"Subject: large\r\n\r\n" + b"." * 70 + b"\r\n" + b"0123456789abcde\n" * (SIZE // 16)
MESSAGE = MESSAGE.replace(b"e\n", b"\r\n")


@pytest.fixture(scope="module")
def laden() -> Iterator[Server]:
    """A server whose user alice has one large message."""
    with Server() as server:
        with Wire(server, "imap") as wire:
            log_in(wire)
            append(wire, MESSAGE)
        yield server


def resident(server: Server) -> int:
    """Octets of memory that the server's process holds."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024


@pytest.mark.parametrize("service", ["imap", "imaps"])
def test_an_imap_client_that_does_not_read_costs_little(laden: Server, service: str) -> None:
    before = resident(laden)
    with Wire(laden, service) as lazy:
        log_in(lazy)
        lazy.send(b"s SELECT INBOX\r\n")
        lazy.until(b"s ")
        lazy.send(b"f FETCH 1 BODY.PEEK[]\r\n" * 40)
        with Wire(laden, "imap") as other:
            log_in(other)
            for _ in range(50):
                assert other.ask(b"n NOOP").startswith(b"n OK")
            assert resident(laden) - before < 16 * MIB
        assert lazy.line().startswith(b"* 1 FETCH (BODY[] {")


@pytest.mark.parametrize("service", ["pop3", "pop3s"])
def test_a_pop3_client_that_does_not_read_costs_little(laden: Server, service: str) -> None:
    before = resident(laden)
    with Wire(laden, service) as lazy:
        lazy.line()
        lazy.send(b"USER alice\r\nPASS correct horse\r\n")
        lazy.line()
        assert lazy.line().startswith(b"+OK 1 ")
        lazy.send(b"RETR 1\r\n" * 40)
        with Wire(laden, "imap") as other:
            log_in(other)
            for _ in range(50):
                assert other.ask(b"n NOOP").startswith(b"n OK")
            assert resident(laden) - before < 16 * MIB
        assert lazy.line() == b"+OK %d octets" % len(MESSAGE)
        assert lazy.line() == b"Subject: large"
        assert lazy.line() == b""
        assert lazy.line() == b"." + b"." * 70


def test_commands_without_end_are_not_stored(laden: Server) -> None:
    """A client that sends commands and never reads is not read either."""
    before = resident(laden)
    with Wire(laden, "imap") as lazy:
        log_in(lazy)
        lazy.socket.settimeout(1)
        sent = send_all_it_takes(lazy, b"n NOOP\r\n" * 8192, 1000 * MIB)
        assert sent < 1000 * MIB
        assert resident(laden) - before < 16 * MIB


def send_all_it_takes(wire: Wire, chunk: bytes, most: int) -> int:
    """Octets that the other side took before it took no more for a second."""
    sent = 0
    with suppress(TimeoutError):
        while sent < most:
            sent += wire.socket.send(chunk)
    return sent


def test_the_whole_of_a_large_message_arrives(laden: Server) -> None:
    with Wire(laden, "imaps") as wire:
        log_in(wire)
        wire.send(b"s SELECT INBOX\r\n")
        wire.until(b"s ")
        wire.send(b"f FETCH 1 BODY.PEEK[]\r\ng LOGOUT\r\n")
        assert wire.line() == b"* 1 FETCH (BODY[] {%d}" % len(MESSAGE)
        assert wire.rest().startswith(MESSAGE + b")\r\nf OK ")
