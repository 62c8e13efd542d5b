"""Clients that are slow, that do not read, and that are many."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.adversary.fort import MIB, PATIENCE_S, Fort, From, append, log_in, select
from tests.integration.wire import Wire

pytestmark = pytest.mark.slow

LOGIN_TIMEOUT_S = 2


@pytest.fixture(scope="module")
def hasty() -> Iterator[Fort]:
    """A server that waits two seconds for a sign-in and takes 20 connections, 8 of one address."""
    limits = {
        "connections": {"total": 20, "per_address": 8, "per_user": 3},
        "imap": {"login_timeout": LOGIN_TIMEOUT_S},
        "pop3": {"login_timeout": LOGIN_TIMEOUT_S},
    }
    with Fort(limits=limits) as fort:
        yield fort


def is_closed(connection: socket.socket) -> bool:
    """Whether the server closed it within the time that anything is waited for."""
    connection.settimeout(PATIENCE_S)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


@pytest.mark.parametrize("service", ["imap", "imaps", "pop3", "pop3s"])
def test_silence_ends_at_the_login_timeout(hasty: Fort, service: str) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port(service)), PATIENCE_S) as silent:
        began = time.monotonic()
        assert is_closed(silent)
        assert time.monotonic() - began > LOGIN_TIMEOUT_S - 0.5
    hasty.unharmed()


@pytest.mark.parametrize(
    ("service", "drop"),
    [
        ("imap", b"a"),
        ("imap", b"a NOOP\r\n"),
        ("imap", b"a LOGIN {4000}\r\n"),
        ("pop3", b"x"),
        ("pop3", b"CAPA\r\n"),
        ("imaps", b"\x16\x03\x01\x02\x00" + b"\x01\x00\x01\xfc"),
        ("pop3s", b"\x16"),
    ],
)
def test_dripping_does_not_put_off_the_login_timeout(
    hasty: Fort, service: str, drop: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port(service)), PATIENCE_S) as slow:
        end = time.monotonic() + PATIENCE_S
        slow.settimeout(0.1)
        while time.monotonic() < end:
            try:
                slow.sendall(drop[:1] if len(drop) > 1 else drop)
                drop = drop[1:] + drop[:1]
                if not slow.recv(65536):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        else:
            raise AssertionError("it was never closed")
    hasty.unharmed()


def test_more_connections_than_one_address_may_have_are_turned_away(hasty: Fort) -> None:
    with ExitStack() as stack:
        inside = [stack.enter_context(From(hasty, "imap", "127.2.0.1")) for _ in range(8)]
        for wire in inside:
            assert wire.line().startswith(b"* OK")
        for service, words in (("imap", b"* BYE [UNAVAILABLE]"), ("pop3", b"-ERR [SYS/TEMP]")):
            with From(hasty, service, "127.2.0.1") as outside:
                assert outside.line().startswith(words)
                assert outside.rest() == b""
        hasty.serves()
    hasty.unharmed()


def test_those_who_never_sign_in_make_room_for_those_who_do(hasty: Fort) -> None:
    with ExitStack() as stack:
        crowd = [
            stack.enter_context(From(hasty, "imap", f"127.3.0.{number // 6 + 1}"))
            for number in range(60)
        ]
        for _ in range(5):
            with From(hasty, "imap", "127.3.1.1") as wire:
                log_in(wire)
        assert sum(is_closed(each.socket) for each in crowd[:40]) == 40
    hasty.unharmed()


def test_one_user_may_not_take_all_connections(hasty: Fort) -> None:
    with ExitStack() as stack:
        for number in range(3):
            wire = stack.enter_context(From(hasty, "imap", f"127.4.0.{number + 1}"))
            log_in(wire, "bob")
        with From(hasty, "imap", "127.4.1.1") as wire:
            wire.line()
            assert wire.ask(b'a LOGIN bob "battery staple"').startswith(b"a NO [LIMIT]")
        with From(hasty, "pop3", "127.4.1.1") as wire:
            wire.line()
            wire.send(b"USER bob\r\nPASS battery staple\r\n")
            wire.line()
            assert wire.line().startswith(b"-ERR [IN-USE]")
        hasty.serves()
    hasty.unharmed()


def test_connections_that_come_and_go_leave_nothing(hasty: Fort) -> None:
    hasty.serves()
    files, before = hasty.files(), hasty.resident()
    for number in range(1500):
        address = f"127.5.{number // 250}.{number % 250 + 1}"
        service = ("imap", "pop3", "imaps", "pop3s")[number % 4]
        where = ("127.0.0.1", hasty.port(service))
        with socket.create_connection(where, PATIENCE_S, (address, 0)) as connection:
            if number % 3:
                connection.sendall(b"a LOGIN")
    hasty.settles(files + 4)
    hasty.unharmed()
    assert hasty.resident() - before < 16 * MIB


def test_without_descriptors_the_server_waits_and_does_not_spin() -> None:
    with (
        Fort(limits={"connections": {"total": 300, "per_address": 300}}) as fort,
        ExitStack() as stack,
    ):
        fort.serves()
        few = fort.files() + 12
        hard = resource.prlimit(fort.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(fort.pid, resource.RLIMIT_NOFILE, (few, hard))
        crowd = [
            stack.enter_context(
                socket.create_connection(("127.0.0.1", fort.port("imap")), PATIENCE_S)
            )
            for _ in range(60)
        ]
        served = [each for each in crowd if greeted(each)]
        assert len(served) < 60
        began, moment = fort.processor_s(), time.monotonic()
        for each in served:
            each.sendall(b"a NOOP\r\n")
            assert each.recv(1000).startswith(b"a OK")
        while time.monotonic() - moment < 1.0:
            served[0].sendall(b"a NOOP\r\n")
            served[0].recv(1000)
            time.sleep(0.05)
        assert fort.processor_s() - began < 0.7
        resource.prlimit(fort.pid, resource.RLIMIT_NOFILE, (hard, hard))
        stack.close()
        fort.unharmed()


def greeted(connection: socket.socket) -> bool:
    connection.settimeout(1)
    try:
        return connection.recv(1000).startswith(b"* OK")
    except OSError:
        return False


def test_sessions_go_on_when_files_cannot_be_opened() -> None:
    """Reading, storing and signing in are refused, and work again afterwards."""
    with Fort() as fort, Wire(fort, "imap") as wire:
        log_in(wire)
        for _ in range(3):
            append(wire, b"Subject: before\r\n\r\n")
        select(wire)
        hard = resource.prlimit(fort.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(fort.pid, resource.RLIMIT_NOFILE, (3, hard))
        for command in (
            b"a FETCH 1 BODY[]",
            b"a FETCH 1:* (FLAGS ENVELOPE)",
            b"a STORE 1 +FLAGS (\\Flagged)",
            b"a SEARCH TEXT before",
            b"a STATUS INBOX (MESSAGES)",
            b"a CREATE Other",
            b"a COPY 1 Sent",
            b'a LIST "" *',
            b"a EXPUNGE",
            b"a SELECT Sent",
            b"a SELECT INBOX",
            b"a NOOP",
        ):
            wire.send(command + b"\r\n")
            answer = wire.until(b"a ")[-1]
            assert answer.split()[1] in (b"OK", b"NO"), (command, answer)
            assert b"SERVERBUG" not in answer, (command, answer)
        assert append(wire, b"Subject: none\r\n\r\n").startswith(b"ap NO")
        resource.prlimit(fort.pid, resource.RLIMIT_NOFILE, (hard, hard))
        assert append(wire, b"Subject: after\r\n\r\n").startswith(b"ap OK")
        select(wire)
        wire.send(b"a FETCH 1:* (RFC822.SIZE BODYSTRUCTURE)\r\n")
        assert len(wire.until(b"a ")) == 5
        fort.unharmed()


def test_twenty_clients_that_do_not_read_a_big_mailbox_cost_little(fort: Fort) -> None:
    message = b"Subject: big\r\n\r\n" + b"0123456789 abcdefghijklmnopqrst\r\n" * 30_000
    with Wire(fort, "imap") as wire:
        log_in(wire)
        for _ in range(4):
            append(wire, message)
        for last in (4, 8, 16, 32, 64):
            wire.send(b"c COPY 1:%d INBOX\r\n" % last)
            select(wire)
    before = fort.forget_peak()
    with ExitStack() as stack:
        for number in range(20):
            lazy = stack.enter_context(Wire(fort, "imaps" if number % 2 else "imap"))
            log_in(lazy)
            select(lazy)
            lazy.send(b"f FETCH 1:* (BODY.PEEK[] BODY.PEEK[TEXT] RFC822.HEADER)\r\n" * 20)
        for _ in range(20):
            fort.serves()
        # Each may hold a mebibyte, by the settings.
        assert fort.peak() - before < 30 * MIB
    fort.serves()


def test_idle_storms_reach_everybody(fort: Fort) -> None:
    """Thirty sessions wait, one changes all the time; each hears all of it."""
    with ExitStack() as stack, Wire(fort, "imap") as writer:
        log_in(writer, "bob")
        idle = [stack.enter_context(Wire(fort, "imap")) for _ in range(30)]
        for each in idle:
            log_in(each, "bob")
            select(each)
            assert each.ask(b"i IDLE").startswith(b"+")
        select(writer)
        for number in range(50):
            append(writer, b"Subject: %d\r\n\r\n" % number)
            writer.send(b"s STORE * +FLAGS (\\Seen)\r\n")
            writer.until(b"s ")
        for each in idle:
            lines = each.until(b"* 50 EXISTS")
            assert lines[-1].startswith(b"* 50 EXISTS")
            each.send(b"DONE\r\n")
            assert each.until(b"i ")[-1].startswith(b"i OK")


def test_idle_and_done_without_end_are_all_answered(fort: Fort) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire)
        select(wire)
        wire.send(b"i IDLE\r\nDONE\r\n" * 500)
        for _ in range(500):
            assert wire.line().startswith(b"+ ")
            assert wire.until(b"i ")[-1].startswith(b"i OK")
        wire.ask(b"i IDLE")
        assert wire.ask(b"j NOOP").startswith(b"i BAD")
        wire.ask(b"i IDLE")
        wire.send(b"DONE" * 100_000 + b"\r\n")
        assert wire.line().startswith(b"i BAD")
        assert wire.ask(b"n NOOP").startswith(b"n OK")
