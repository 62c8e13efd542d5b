"""Guessing, asking who exists, and credentials that are none."""

from __future__ import annotations

import base64
import re
from itertools import count

import pytest

from tests.adversary.fort import Fort, From, log_in
from tests.integration.wire import Wire

_addresses = (f"127.1.{number // 250}.{number % 250 + 1}" for number in count())
"""Refusals are delayed by address, so each attempt comes from another."""

UNKNOWN = [b"mallory", b"ALICE2", b"", b" ", b"root", b"alice ", b"alice\t", b"a" * 1025]
NOT_TEXT = [b"\xff\xfe", b"al\xc3", b"\xed\xa0\x80", b"a\xc0\x80b"]


def plain(user: bytes, password: bytes, authorization: bytes = b"") -> bytes:
    return base64.b64encode(b"\0".join((authorization, user, password)))


def literal(octets: bytes) -> bytes:
    return b"{%d+}\r\n%b" % (len(octets), octets)


def refusal(fort: Fort, command: bytes) -> bytes:
    """The answer to an attempt over IMAP, after which the connection still works."""
    with From(fort, "imap", next(_addresses)) as wire:
        wire.line()
        wire.send(b"a " + command + b"\r\n")
        answer = wire.line()
        assert wire.ask(b"n NOOP").startswith(b"n OK")
        assert wire.ask(b"s SELECT INBOX").startswith(b"s BAD")
        return answer


def pop3_refusal(fort: Fort, user: bytes, password: bytes) -> bytes:
    with From(fort, "pop3", next(_addresses)) as wire:
        wire.line()
        assert wire.ask(b"USER " + user) == b"+OK Send PASS"
        answer = wire.ask(b"PASS " + password)
        assert wire.ask(b"STAT").startswith(b"-ERR")
        return answer


def test_nobody_learns_who_exists_from_the_words(fort: Fort) -> None:
    wrong = {
        refusal(fort, b"LOGIN alice wrong"),
        refusal(fort, b"LOGIN mallory wrong"),
        refusal(fort, b"AUTHENTICATE PLAIN " + plain(b"alice", b"wrong")),
        refusal(fort, b"AUTHENTICATE PLAIN " + plain(b"mallory", b"wrong")),
        refusal(fort, b"AUTHENTICATE PLAIN " + plain(b"alice", b"correct horse", b"bob")),
        refusal(fort, b"AUTHENTICATE PLAIN " + plain(b"alice", b"correct horse", b"mallory")),
    }
    assert wrong == {b"a NO [AUTHENTICATIONFAILED] Authentication failed"}
    in_pop3 = {pop3_refusal(fort, user, b"wrong") for user in (b"alice", b"mallory")}
    assert in_pop3 == {b"-ERR [AUTH] Authentication failed"}


@pytest.mark.parametrize("user", [*UNKNOWN, *NOT_TEXT])
def test_odd_names_are_refused_like_all_others(fort: Fort, user: bytes) -> None:
    words = {
        refusal(fort, b"LOGIN " + literal(user) + b" wrong"),
        refusal(fort, b"AUTHENTICATE PLAIN " + plain(user or b"\x01", b"wrong")),
    }
    assert words == {b"a NO [AUTHENTICATIONFAILED] Authentication failed"}


@pytest.mark.parametrize(
    "password",
    [
        b"",
        b"correct horse\0",
        b"\0correct horse",
        b"correct horse ",
        b"\xff",
        b"x" * 4096,
        b"x" * 4097,
        b"x" * 9000,
        "correct horse".encode("utf-16"),
    ],
)
def test_odd_passwords_are_refused_like_all_others(fort: Fort, password: bytes) -> None:
    """Those that no line can carry come by base64, or are bad syntax."""
    command = b"AUTHENTICATE PLAIN " + plain(b"alice", password)
    answer = refusal(fort, command)
    assert answer.startswith((b"a NO [AUTHENTICATIONFAILED]", b"a BAD", b"a NO [CANNOT]")), answer
    if b"\0" not in password and len(password) <= 4096:
        answer = refusal(fort, b"LOGIN alice " + literal(password))
        assert answer == b"a NO [AUTHENTICATIONFAILED] Authentication failed"


BAD_BASE64 = [
    b"!", b"====", b"A", b"AA", b"AAA", b"AA=A", b"AGE=x", b"AGFsaWNlAGI", b"AGFsaWNlAGI==",
    b"AGFsaWNlAGJ=", b" AGFsaWNlAGI=", b"AGFsaWNl\tAGI=", b"AGFsaWNlAGI=AGFsaWNlAGI=", b"\xff",
    b"-_-_", b"A" * 4001, b"Kg==", b"AA==", b"AAA=", b"AAAA", b"AAAAAA==",
]  # fmt: skip


@pytest.mark.parametrize("mechanism", [b"PLAIN", b"LOGIN"])
def test_bad_responses_end_the_exchange_only(fort: Fort, mechanism: bytes) -> None:
    for response in BAD_BASE64:
        with From(fort, "imap", next(_addresses)) as wire:
            wire.line()
            wire.ask(b"a AUTHENTICATE " + mechanism)
            answer = wire.ask(response)
            if answer.startswith(b"+"):
                answer = wire.ask(b"")
            assert answer.split()[:2] in ([b"a", b"BAD"], [b"a", b"NO"]), (response, answer)
            assert wire.ask(b"n NOOP").startswith(b"n OK")
        with From(fort, "pop3", next(_addresses)) as wire:
            wire.line()
            wire.ask(b"AUTH " + mechanism)
            answer = wire.ask(response)
            if answer.startswith(b"+"):
                answer = wire.ask(b"")
            assert answer.startswith(b"-ERR"), (response, answer)
            assert wire.ask(b"CAPA").startswith(b"+OK")


@pytest.mark.parametrize("mechanism", [b"", b" ", b"X", b"PLAIN x y", b"plain =", b"SCRAM-SHA-1"])
def test_unknown_mechanisms_and_odd_initial_responses_are_refused(
    fort: Fort, mechanism: bytes
) -> None:
    assert refusal(fort, b"AUTHENTICATE " + mechanism).startswith((b"a BAD", b"a NO"))


@pytest.mark.parametrize("service", ["imap", "pop3"])
def test_exchanges_that_are_never_finished_leave_nothing(fort: Fort, service: str) -> None:
    command = b"a AUTHENTICATE PLAIN" if service == "imap" else b"AUTH PLAIN"
    fort.serves()
    before, files = fort.resident(), fort.files()
    for _ in range(200):
        with Wire(fort, service) as wire:
            wire.line()
            assert wire.ask(command).startswith(b"+")
    with Wire(fort, service) as wire:
        wire.line()
        for _ in range(30):
            assert wire.ask(command).startswith(b"+")
            assert wire.ask(b"*").startswith((b"a BAD", b"-ERR"))
            # A cancelled exchange is not one bad command after another.
            wire.ask(b"n NOOP" if service == "imap" else b"CAPA")
            if service == "pop3":
                wire.until(b".")
    fort.serves()
    fort.settles(files + 2)
    assert fort.resident() - before < 8 * 1024 * 1024


def test_commands_sent_behind_a_refused_login_have_no_user(fort: Fort) -> None:
    with From(fort, "imap", next(_addresses)) as wire:
        wire.line()
        wire.send(b"a LOGIN alice wrong\r\nb SELECT INBOX\r\nc LIST * *\r\nd NOOP\r\n")
        words = [line.split()[1] for line in wire.until(b"d ")]
        assert words == [b"NO", b"BAD", b"BAD", b"OK"]


def test_a_second_login_changes_nothing(fort: Fort) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire, "alice")
        wire.send(b"m CREATE OfAlice\r\n")
        wire.until(b"m ")
        assert wire.ask(b'a LOGIN bob "battery staple"').startswith(b"a BAD")
        assert wire.ask(b"b AUTHENTICATE PLAIN").startswith(b"b BAD")
        wire.send(b'l LIST "" OfAlice\r\n')
        assert len(wire.until(b"l ")) == 2
    with Wire(fort, "pop3") as wire:
        wire.line()
        wire.send(b"USER bob\r\nPASS battery staple\r\nUSER alice\r\nPASS correct horse\r\n")
        answers = [wire.line()[:3] for _ in range(4)]
        assert answers == [b"+OK", b"+OK", b"-ER", b"-ER"]


@pytest.mark.slow
@pytest.mark.parametrize("service", ["imap", "pop3"])
def test_the_fourth_wrong_password_ends_the_connection(fort: Fort, service: str) -> None:
    with From(fort, service, next(_addresses)) as wire:
        wire.line()
        if service == "imap":
            wire.send(b"a LOGIN alice wrong\r\n" * 20)
        else:
            wire.send(b"USER alice\r\nPASS wrong\r\n" * 20)
        answer = wire.rest()
        assert answer.count(b"uthentication failed") == 4
        assert b"Too many failed logins" in answer


@pytest.mark.slow
def test_each_refusal_costs_one_verification_and_a_delay(fort: Fort) -> None:
    """For a known name and for an unknown one; the log shows the delays of one address."""
    address = next(_addresses)
    for user in (b"alice", b"mallory", b"alice", b"mallory"):
        with From(fort, "imap", address) as wire:
            wire.line()
            assert wire.ask(b"a LOGIN " + user + b" wrong").startswith(b"a NO")
    delays = re.findall(rf"auth refused .*address={re.escape(address)} delay=(\S+)", fort.log())
    assert delays == ["0.25", "0.5", "1.0", "2.0"]


@pytest.mark.slow
def test_an_unknown_name_costs_as_much_as_a_wrong_password(fort: Fort) -> None:
    """In processor time of the server, which other programs do not disturb."""
    cost = {}
    for user in (b"alice", b"mallory"):
        began = fort.processor_s()
        for _ in range(20):
            refusal(fort, b"LOGIN " + user + b" wrong")
        cost[user] = fort.processor_s() - began
    assert 0.5 < cost[b"mallory"] / cost[b"alice"] < 2, cost


def test_a_flood_of_sign_ins_is_answered_and_nobody_else_waits(fort: Fort) -> None:
    wires = [From(fort, "imap", next(_addresses)) for _ in range(150)]
    for wire in wires:
        wire.send(b"a LOGIN alice wrong\r\n")
    fort.serves()
    for wire in wires:
        wire.line()
        assert wire.line().startswith((b"a NO [AUTHENTICATIONFAILED]", b"a NO [UNAVAILABLE]"))
        wire.close()
