"""Mailbox names that want out of the Maildir, into a reply, or on the processor for ever."""

from __future__ import annotations

import os

import pytest

from mailstore.model.utf7 import encode_utf7
from tests.adversary.fort import Fort, log_in
from tests.integration.wire import Wire

OUTSIDE = [
    b"..", b"../..", b"../bob", b"../../etc/passwd", b"/etc/passwd", b"/", b"//", b"a/../../b",
    b"a//b", b"./x", b"a/./b", b".", b".Sent", b"cur", b"new", b"tmp", b"~", b"~root", b"~/x",
    b"&AC4ALg-", b"&AC4ALgAv-", b"&AC8-etc", b"&AC8AZQB0AGM-", b"..&AC8-..", b"dovecot-uidlist",
    b"mailstore-index", b"subscriptions", b"INBOX/..", b"INBOX/", b"inbox", b"%s%s%n", b"$(id)",
    b"`id`", b"a;id", b"-rf", b"*", b"%",
]  # fmt: skip

NOT_A_NAME = [
    b"", b"&", b"&-&", b"&AA0ACg-", b"x&AA0ACg-* BYE", b"&AAA-", b"&AH8-", b"&2AA-", b"&3AA-",
    b"&2ADcAA", b"&ZeVnLIqe", b"&ZeVnLIq-", b"&AGEAYg-", b"&,,,,-", b"&====-", b"&A-", b"&AAE-",
    b"&ICg-", b"&ICk-", b"\xff\xfe", b"a\xc0\xafb",
]  # fmt: skip


def quoted(name: bytes) -> bytes:
    return b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def tree(fort: Fort) -> set[str]:
    """Everything below the server's data, but for what is in Maildirs."""
    found: set[str] = set()
    for folder, directories, files in os.walk(fort.data):
        if os.path.dirname(folder) == str(fort.data / "mail"):
            directories.clear()
            continue
        found.update(os.path.join(folder, name) for name in (*directories, *files))
    return found


def folders(fort: Fort, user: str) -> list[str]:
    """Directories that are not directly in the Maildir, or not of a folder."""
    root = fort.accounts[user].maildir
    parts = {"cur", "new", "tmp"}
    odd = []
    for folder, directories, _ in os.walk(root):
        depth = os.path.relpath(folder, root).count(os.sep) + (folder != str(root))
        for name in directories:
            fits = name in parts if depth else name in parts or name.startswith(".")
            if not fits or depth > 1:
                odd.append(os.path.join(folder, name))
    return odd


def test_no_name_leads_out_of_the_maildir(fort: Fort) -> None:
    fort.serves()
    before = tree(fort)
    with Wire(fort, "imap") as wire:
        log_in(wire)
        for name in OUTSIDE:
            other = quoted(name)
            for command in (
                b"CREATE " + other,
                b"SUBSCRIBE " + other,
                b"STATUS " + other + b" (MESSAGES)",
                b"SELECT " + other,
                b"EXAMINE " + other,
                b"APPEND " + other + b" {3+}\r\nx\r\n",
                b"CREATE Mine",
                b"RENAME Mine " + other,
                b"RENAME " + other + b" Yours",
                b"DELETE Mine",
                b"DELETE Yours",
                b"LIST " + other + b" *",
                b'LIST "" ' + other,
                b"LSUB " + other + b" *",
                b"UNSUBSCRIBE " + other,
                b"DELETE " + other,
            ):
                wire.send(b"n " + command + b"\r\n")
                answer = wire.until(b"n ")[-1]
                assert answer.split()[1] in (b"OK", b"NO", b"BAD"), (command, answer)
                assert b"SERVERBUG" not in answer, (command, answer)
                if answer.startswith(b"n BAD"):
                    # Too many in a row end the connection.
                    wire.ask(b"x NOOP")
    assert tree(fort) == before
    assert not folders(fort, "alice")


def test_what_is_no_name_is_refused_and_not_repeated(fort: Fort) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire)
        for name in NOT_A_NAME:
            for command in (b"CREATE ", b"SUBSCRIBE ", b"SELECT ", b"DELETE "):
                wire.send(b"n " + command + b"{%d+}\r\n" % len(name) + name + b"\r\n")
                lines = wire.until(b"n ")
                assert len(lines) == 1, lines
                assert lines[0].split()[1] in (b"NO", b"BAD"), (command, name, lines)
                if len(name) > 6:
                    assert name not in lines[0]
                wire.ask(b"x NOOP")


@pytest.mark.parametrize("length", [200, 254, 255, 256, 1000, 60_000])
def test_a_long_name_is_made_whole_or_refused(fort: Fort, length: int) -> None:
    for name in (b"x" * length, b"x/" * (length // 2) + b"x", encode_utf7("é" * length)):
        if len(name) > 63_000:
            continue
        with Wire(fort, "imap") as wire:
            log_in(wire)
            made = wire.ask(b"n CREATE " + quoted(name))
            assert made.startswith((b"n OK", b"n NO [CANNOT]")), made
            wire.send(b"l LIST (SUBSCRIBED) * *\r\nn LIST %b %b\r\n" % (b'""', quoted(name)))
            listed = wire.until(b"n ")
            assert any(name in line for line in listed) == made.startswith(b"n OK")
            if made.startswith(b"n OK"):
                assert wire.ask(b"n DELETE " + quoted(name)).startswith(b"n OK")


@pytest.mark.parametrize(
    "pattern", [b"*%", b"%*", b"*a", b"*", b"%/", b"*x%y", b"(", b"[", b"\\\\"]
)
def test_a_pattern_costs_no_more_than_its_length(fort: Fort, pattern: bytes) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire)
        name = b"a" * 100 + b"/" + b"a" * 90
        wire.send(b"n CREATE " + name + b"\r\n")
        wire.until(b"n ")
        began = fort.processor_s()
        for _ in range(5):
            wire.send(b'n LIST "" "' + pattern * 10_000 + b'b"\r\n')
            assert wire.until(b"n ")[-1].startswith(b"n OK")
        assert fort.processor_s() - began < 10


def test_mailboxes_of_other_users_are_not_there(fort: Fort) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire, "bob")
        wire.ask(b"n CREATE Secret")
    with Wire(fort, "imap") as wire:
        log_in(wire)
        for name in (b"Secret", b"user/bob/Secret", b"bob/Secret", b"~bob/Secret", b"#shared/bob"):
            assert wire.ask(b"n SELECT " + name).startswith(b"n NO")
        wire.send(b'n LIST "" *\r\n')
        assert not any(b"Secret" in line for line in wire.until(b"n "))


@pytest.mark.slow
def test_mailboxes_by_the_thousand_are_listed_to_the_end(fort: Fort) -> None:
    """And nobody waits for it."""
    with Wire(fort, "imap") as wire, Wire(fort, "imap") as other:
        log_in(wire)
        log_in(other, "bob")
        before = fort.forget_peak()
        wire.send(b"".join(b"c CREATE many/%04d\r\n" % number for number in range(300)))
        for _ in range(300):
            assert wire.line().startswith(b"c OK")
        wire.send(b'n LIST "" * RETURN (STATUS (MESSAGES UNSEEN SIZE) SUBSCRIBED CHILDREN)\r\n' * 3)
        assert other.ask(b"o NOOP").startswith(b"o OK")
        count = sum(line.startswith(b"* LIST") for _ in range(3) for line in wire.until(b"n "))
        assert count >= 900
        assert fort.peak() - before < 30 * 1024 * 1024
        wire.send(b"".join(b"d DELETE many/%04d\r\n" % number for number in range(300)))
        for _ in range(300):
            assert wire.line().startswith(b"d OK")
