"""Octets that are no commands: too long, too many, cut anywhere, with what does not belong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.adversary.fort import MIB, Fort, From, append, log_in, select
from tests.integration.wire import Wire

NUMERALS = [
    b"-1", b"5_0", b"+5", b" 5", b"5 ", b"5++", b"0x5", b"", b"3-", b"1e3", b"5,5", b"--5",
    "٣".encode(), "５".encode(), b"\xb9", b"5\x00",
]  # fmt: skip


def pour(wire: Wire, octets: bytes, times: int) -> int:
    """Send again and again until it is all sent or the other side closed; octets sent."""
    sent = 0
    with suppress(OSError):
        for _ in range(times):
            wire.socket.sendall(octets)
            sent += len(octets)
    return sent


@pytest.fixture(params=["before sign-in", "after sign-in"])
def imap(fort: Fort, request: pytest.FixtureRequest) -> Iterator[Wire]:
    """A connection in each of the two states; the server holds little for it."""
    with Wire(fort, "imap") as wire:
        if request.param == "after sign-in":
            log_in(wire)
            select(wire)
        else:
            wire.line()
        before = fort.forget_peak()
        yield wire
        assert fort.peak() - before < 8 * MIB


def test_a_line_without_end_is_not_stored(imap: Wire) -> None:
    pour(imap, b"a" * MIB, 40)
    imap.send(b"\r\n")
    assert imap.line() == b"* BAD Command line too long"
    assert imap.ask(b"n NOOP") == b"n OK NOOP completed"


def test_a_line_of_words_without_end_is_not_stored(imap: Wire) -> None:
    pour(imap, b"a SEARCH " + b"NOT " * (MIB // 4), 40)
    imap.send(b"\r\n")
    assert imap.line() == b"a BAD Command line too long"
    assert imap.ask(b"n NOOP") == b"n OK NOOP completed"


def test_lines_that_never_end_with_crlf_are_one_bad_line(imap: Wire) -> None:
    pour(imap, b"a NOOP\n" * 100_000, 10)
    imap.send(b"\r\n")
    assert imap.line() == b"a BAD Lines end with CRLF"
    assert imap.ask(b"n NOOP") == b"n OK NOOP completed"


def test_literals_without_end_are_not_stored(imap: Wire) -> None:
    for _ in range(50):
        pour(imap, b"a LOGIN" + b" {1+}\r\nx" * 5000, 1)
    imap.send(b"\r\n")
    # Before sign-in that many literals are not even waited for.
    assert imap.line().startswith((b"a BAD [TOOBIG]", b"* BYE"))


def test_a_huge_literal_is_refused_when_it_is_announced(imap: Wire) -> None:
    for size in (b"1048577", b"67108865", b"4294967295", b"4294967296", b"9" * 19, b"9" * 5000):
        imap.send(b"a LIST {" + size + b"}\r\n")
        assert imap.line().startswith(b"a BAD [TOOBIG]")
    assert imap.ask(b"n NOOP") == b"n OK NOOP completed"


@pytest.mark.parametrize("size", [b"4097", b"1048577", b"4294967295", b"4294967296", b"9" * 5000])
def test_a_huge_literal_that_comes_unasked_is_never_stored(
    fort: Fort, imap: Wire, size: bytes
) -> None:
    imap.send(b"a LIST {" + size + b"+}\r\n")
    pour(imap, b"x" * MIB, 40)
    with suppress(OSError):
        imap.socket.shutdown(1)
    answer = imap.rest()
    assert not answer or answer.startswith((b"a BAD", b"* BYE")), answer[:100]


@pytest.mark.parametrize("form", [b"{%b}", b"{%b+}", b"~{%b}"])
def test_only_digits_are_a_size(imap: Wire, form: bytes) -> None:
    for numeral in NUMERALS:
        imap.send(b"a CREATE " + form % numeral + b"\r\nn NOOP\r\n")
        lines = imap.until(b"n ")
        assert [line.split()[1] for line in lines] == [b"BAD", b"OK"], lines


@pytest.mark.parametrize(
    "command",
    [
        b"FETCH %b FLAGS",
        b"UID FETCH 1:%b FLAGS",
        b"FETCH 1 BODY[1.%b]",
        b"FETCH 1 BODY[]<%b.1>",
        b"FETCH 1 BODY[]<0.%b>",
        b"SEARCH LARGER %b",
        b"UID SEARCH UID %b",
        b"STORE 1 (UNCHANGEDSINCE %b) FLAGS ()",
        b"UID FETCH 1 FLAGS (CHANGEDSINCE %b)",
    ],
)
def test_only_digits_are_a_number(fort: Fort, command: bytes) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire)
        select(wire)
        for numeral in {*NUMERALS, b"9" * 5000} - {b"", b"5,5"}:
            wire.send(b"a " + command % numeral + b"\r\nn NOOP\r\n")
            lines = wire.until(b"n ")
            assert [line.split()[1] for line in lines] == [b"BAD", b"OK"], lines


ODD = [b"\0", b"\r", b"\n", b"\x7f", b"\x80", b"\xff", b"\xc3\x28", b"\x1b[2J", b"\x01"]


@pytest.mark.parametrize(
    "command",
    [
        b"%b",
        b"%ba NOOP",
        b"a%b NOOP",
        b"a %bNOOP",
        b"a NO%bOP",
        b"a NOOP%b",
        b"a NOOP %b",
        b'a LOGIN "x%b" "y"',
        b"a LOGIN x%b y",
        b"a LOGIN {1+}\r\n%b y",
        b"a LOGIN x {2%b+}\r\nxy",
        b"a AUTHENTICATE %b",
        b"a AUTHENTICATE PLAIN %b",
        b'a LIST "" "%b"',
        b"a CREATE x%by",
        b'a ID ("name" "%b")',
        b"a SEARCH SUBJECT %b",
        b"a FETCH 1 BODY[HEADER.FIELDS (%b)]",
        b"a STORE 1 FLAGS (%b)",
        b"a SELECT INBOX%b",
    ],
)
def test_odd_octets_are_refused_or_data_and_never_come_back(fort: Fort, command: bytes) -> None:
    for place, odd in enumerate(ODD):
        for signed_in in (False, True):
            # Refused sign-ins are delayed by address.
            with From(fort, "imap", f"127.0.1.{place + 1}") as wire:
                if signed_in:
                    log_in(wire)
                else:
                    wire.line()
                lines = say(wire, command.replace(b"%b", odd))
                assert lines[-1].startswith(b"n OK"), (odd, lines)
                assert all(each.isascii() for each in lines), (odd, lines)
                assert all(each.decode("ascii").isprintable() for each in lines), (odd, lines)


def say(wire: Wire, command: bytes) -> list[bytes]:
    """The answers to a command and to a NOOP behind it; an exchange is cancelled."""
    wire.send(command + b"\r\nn NOOP\r\n")
    lines = [wire.line()]
    while lines[-1] and not lines[-1].startswith(b"n "):
        if lines[-1].startswith(b"+"):
            # The NOOP was the response in that exchange; there may be one more.
            wire.send(b"*\r\nn NOOP\r\n")
        lines.append(wire.line())
    return lines


@pytest.mark.parametrize("service", ["pop3", "imap"])
def test_noise_is_answered_and_then_the_door_is_shut(fort: Fort, service: str) -> None:
    noise = bytes(range(1, 256)).replace(b"\n", b"").replace(b"\r", b"") + b"\r\n"
    with Wire(fort, service) as wire:
        wire.line()
        pour(wire, noise * 50, 1)
        answer = wire.rest()
        assert len(answer) < 5000
        assert answer.isascii()
    assert answer.splitlines()[-1].startswith((b"* BYE Too many bad", b"-ERR Too many bad"))


@pytest.mark.parametrize("size", [1025, 70_000, 40 * MIB])
def test_a_long_pop3_line_is_not_stored(fort: Fort, size: int) -> None:
    before = fort.forget_peak()
    with Wire(fort, "pop3") as wire:
        wire.line()
        wire.send(b"USER " + b"a" * size + b"\r\n")
        assert wire.line() == b"-ERR Line too long"
        assert wire.ask(b"QUIT").startswith(b"+OK")
        assert fort.peak() - before < 8 * MIB


def test_odd_octets_in_pop3_are_refused_or_data(fort: Fort) -> None:
    for place, odd in enumerate(ODD):
        with From(fort, "pop3", f"127.0.2.{place + 1}") as wire:
            wire.line()
            for command in (
                b"%b", b"US%bER x", b"USER %b", b"PASS %b", b"AUTH %b", b"AUTH PLAIN %b", b"QUIT%b",
                b"CAPA %b", b"STLS %b",
            ):  # fmt: skip
                wire.send(command.replace(b"%b", odd) + b"\r\n")
                answer = wire.line()
                assert answer.startswith((b"+OK Send PASS", b"-ERR")), (odd, command, answer)
            # Lines behind a bare LF were bad as well.
            wire.send(b"QUIT\r\n")
            assert wire.rest().splitlines()[-1] == b"+OK Bye"


@pytest.mark.parametrize("command", [b"RETR", b"DELE", b"LIST", b"UIDL", b"TOP 1", b"TOP"])
def test_pop3_takes_digits_for_numbers_and_nothing_else(fort: Fort, command: bytes) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire, "bob")
        if b"* 0 EXISTS" in select(wire):
            append(wire, b"Subject: one\r\n\r\n")
    for argument in (*NUMERALS, b"0", b"2", b"4294967296", b"9" * 900):
        with Wire(fort, "pop3") as wire:
            wire.line()
            wire.send(b"USER bob\r\nPASS battery staple\r\n")
            wire.line()
            assert wire.line().startswith(b"+OK 1 ")
            good = (command in (b"LIST", b"UIDL") and not argument) or (
                command == b"TOP 1" and argument in (b"0", b"2", b"4294967296")
            )
            answer = wire.ask(command + b" " + argument)
            assert answer.startswith(b"+OK" if good else b"-ERR"), (argument, answer)


def test_a_command_that_comes_octet_by_octet_is_a_command(fort: Fort) -> None:
    with Wire(fort, "imap") as wire:
        wire.line()
        for octet in b'in LOGIN {5}\r\nalice "correct horse"\r\n':
            wire.send(bytes((octet,)))
        assert wire.until(b"in ")[-1].startswith(b"in OK")


def test_a_literal_that_comes_octet_by_octet_costs_no_more_than_its_size(fort: Fort) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire)
        began = fort.processor_s()
        wire.send(b"a LIST {50000}\r\n")
        wire.line()
        wire.socket.setsockopt(6, 1, 1)
        for _ in range(50000):
            wire.socket.send(b"x")
        wire.send(b" *\r\n")
        wire.until(b"a ")
        # Quadratic work would be fifty times as much.
        assert fort.processor_s() - began < 20
