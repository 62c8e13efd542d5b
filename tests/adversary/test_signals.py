"""Signals at bad moments, and files that are broken when a signal has them read again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adversary.fort import MIB, Fort, append, log_in, select
from tests.integration.wire import Wire

pytestmark = pytest.mark.slow

SMALL = b"Subject: small\r\n\r\nhello\r\n"
BIG = b"Subject: big\r\n\r\n" + b"0123456789 abcdefghijklmnopqrst\r\n" * (12 * MIB // 33)


NOBODY = (b"", b"users:\n")
"""Files without a mistake, and without users."""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Fort]:
    with Fort(tmp_path / "data") as fort:
        yield fort


def uids(fort: Fort) -> list[int]:
    with Wire(fort, "imap") as wire:
        log_in(wire)
        select(wire)
        wire.send(b"a UID SEARCH ALL\r\n")
        return [int(uid) for uid in wire.line().split()[2:]]


def temporary(fort: Fort) -> list[Path]:
    return list((fort.accounts["alice"].maildir / "tmp").iterdir())


def test_sigterm_within_an_append_leaves_nothing(own: Fort) -> None:
    """The client is half way through the literal; the rest will never come."""
    with Wire(own, "imap") as wire:
        log_in(wire)
        wire.send(b"a APPEND INBOX {%d+}\r\n" % len(BIG) + BIG[: len(BIG) // 2])
        own.serves()
        os.kill(own.pid, signal.SIGTERM)
        assert wire.line().startswith(b"* BYE")
        own.stop()
    assert temporary(own) == []
    own.start()
    assert uids(own) == []


def test_sigterm_within_a_fetch_that_nobody_reads_ends_in_time(own: Fort) -> None:
    with Wire(own, "imap") as lazy, Wire(own, "pop3s") as other:
        log_in(lazy)
        append(lazy, BIG)
        select(lazy)
        lazy.send(b"f FETCH 1 BODY.PEEK[]\r\n" * 10)
        other.line()
        other.send(b"USER alice\r\nPASS correct horse\r\nRETR 1\r\n")
        other.line()
        own.serves()
        # Ten seconds, the grace for commands that run.
        own.stop()
    own.start()
    assert len(uids(own)) == 1


def test_sigterm_a_hundred_times_is_one(own: Fort) -> None:
    with Wire(own, "imap") as wire:
        log_in(wire)
        for _ in range(100):
            os.kill(own.pid, signal.SIGTERM)
        own.stop()


@pytest.mark.parametrize("cut", [0, 1, 30, 100, 5 * MIB])
def test_sigkill_within_an_append_leaves_mail_whole(own: Fort, cut: int) -> None:
    with Wire(own, "imap") as wire:
        log_in(wire)
        for _ in range(3):
            append(wire, SMALL)
        command = b"a APPEND INBOX (\\Seen) {%d+}\r\n" % len(BIG) + BIG
        wire.send(command[: cut or len(command)])
        if not cut:
            wire.send(b"\r\n")
            assert wire.until(b"a ")[-1].startswith(b"a OK")
        own.kill()
    own.start()
    own.unharmed()
    assert uids(own) == [1, 2, 3, *([4] if not cut else [])]
    with Wire(own, "imap") as wire:
        log_in(wire)
        assert int(append(wire, SMALL).split()[4].rstrip(b"]")) >= 4 + (not cut)


def test_sigkill_again_and_again_while_everything_changes(own: Fort) -> None:
    """Whatever was acknowledged is there, under the UID that was told."""
    told: dict[int, bytes] = {}
    for round_ in range(6):
        with Wire(own, "imap") as wire:
            log_in(wire)
            select(wire)
            for number in range(10 + round_ * 3):
                text = b"Subject: %d.%d\r\n\r\n" % (round_, number)
                uid = int(append(wire, text).split()[4].rstrip(b"]"))
                assert uid not in told
                told[uid] = text
            wire.send(b"".join(b"s STORE 1:%d +FLAGS (kw%d)\r\n" % (n, n) for n in range(1, 9)))
            wire.send(b"m COPY 1:* Sent\r\nm MOVE 1:3 Archive\r\nc CREATE More%d\r\n" % round_)
            own.kill()
        own.start()
        own.unharmed()
    with Wire(own, "imap") as wire:
        log_in(wire)
        select(wire, b"INBOX")
        wire.send(b"a UID SEARCH ALL\r\n")
        here = {int(uid) for uid in wire.line().split()[2:]}
        wire.line()
        wire.send(b"a STATUS Archive (MESSAGES)\r\n")
        moved = int(wire.line().rpartition(b" ")[2].rstrip(b")"))
    # Moves that were not acknowledged may have been made, each whole.
    assert len(here) + moved == len(told)
    assert here <= set(told)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"nothing\n",
        os.urandom(5000),
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\n" * 1000,
    ],
    ids=range(5),
)
def test_a_broken_certificate_at_sighup_changes_nothing(own: Fort, text: bytes) -> None:
    file = own.data / "server.pem"
    good = file.read_bytes()
    file.write_bytes(text)
    own.hang_up()
    own.hears("certificate-not-reloaded")
    with Wire(own, "imaps") as wire:
        log_in(wire)
    with Wire(own, "imap") as wire:
        wire.line()
        wire.ask(b"s STARTTLS")
        wire.start_tls()
        assert wire.ask(b"n NOOP").startswith(b"n OK")
    file.write_bytes(good)
    own.hang_up()
    own.hears("certificate-reloaded")
    own.unharmed()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"users:\n",
        b"users: []\n",
        b"users:\n  alice: {password: correct horse}\n",
        b"users:\n  ../../etc: {password: '{PLAIN}x'}\n",
        b"users:\n  alice:\n    password: '{PLAIN}x'\n    maildir: ../../..\n  mallory\n",
        b"a: &a [*a]\n",
        b"!!python/object/apply:os.system ['touch /tmp/owned']\n",
        b"users: " + b"[" * 10_000,
        b"users: " + b"{a: " * 5_000,
        b"\xff\xfe\x00",
        os.urandom(5000),
        b"users:\n" + b"  x: {password: '{PLAIN}x'}\n" * 3,
        b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n",
    ],
    ids=range(14),
)
def test_a_broken_users_file_at_sighup_lets_nobody_in_or_out(own: Fort, text: bytes) -> None:
    with Wire(own, "imap") as inside:
        log_in(inside)
        file = own.data / "users.yaml"
        good = file.read_bytes()
        file.write_bytes(text)
        own.hang_up()
        end = "users-reloaded" if text in NOBODY else "users-not-reloaded"
        hears(own, end)
        assert inside.ask(b"n NOOP").startswith(b"n OK")
        if end == "users-not-reloaded":
            own.serves()
        file.write_bytes(good)
        own.hang_up()
        hears(own, "users-reloaded users=2")
    own.unharmed()


def hears(fort: Fort, event: str) -> None:
    """As ``Fort.hears``, where nobody may be able to sign in meanwhile."""
    for _ in range(2000):
        if event in fort.log():
            return
        with Wire(fort, "imap") as wire:
            wire.line()
            wire.ask(b"n NOOP")
    raise AssertionError(fort.log())


@pytest.mark.parametrize("missing", ["server.pem", "users.yaml"])
def test_a_missing_file_at_sighup_changes_nothing(own: Fort, missing: str) -> None:
    (own.data / missing).rename(own.data / "away")
    own.hang_up()
    own.hears("certificate-not-reloaded" if missing == "server.pem" else "users-not-reloaded")
    own.serves()
    (own.data / "away").rename(own.data / missing)
    own.unharmed()


def test_sighup_a_hundred_times_while_clients_sign_in(own: Fort) -> None:
    for _ in range(20):
        for _ in range(5):
            own.hang_up()
        own.serves()
    own.unharmed()


def test_a_user_who_is_disabled_cannot_sign_in_by_an_old_proof(own: Fort) -> None:
    """What was verified a moment ago is remembered, but not for those who may not."""
    own.serves()
    file = own.data / "users.yaml"
    good = file.read_text()
    file.write_text(good.replace("  alice:\n", "  alice:\n    disabled: yes\n"))
    assert file.read_text() != good
    own.hang_up()
    hears(own, "users-reloaded")
    with Wire(own, "imap") as wire:
        wire.line()
        answer = wire.ask(b'a LOGIN alice "correct horse"')
        assert answer == b"a NO [AUTHENTICATIONFAILED] Authentication failed"
    file.write_text(good)
    own.hang_up()
    hears(own, "users-reloaded users=2")
    own.hears("login")


@pytest.mark.parametrize("number", [signal.SIGPIPE, signal.SIGWINCH, signal.SIGCHLD])
def test_other_signals_do_no_harm(own: Fort, number: signal.Signals) -> None:
    os.kill(own.pid, number)
    own.unharmed()
