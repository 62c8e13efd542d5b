"""What a client can put into the log: nothing but what is escaped, and nothing secret."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest

from tests.adversary.fort import Fort, From, append, log_in, select
from tests.integration.wire import Wire

EVIL = b'x\r\n2026-01-01T00:00:00+0000 [mailstore#info] auth login user="root"\x1b[2J\x07\xff'

USERS = {
    "alice": "correct horse",
    "bob": "battery staple",
    'o"neil\\n': "pass word",
    "Jürgen": "Kennwörter sind länger",
    "x y=z user=root": "hunter2hunter2",
}

SECRETS = ["correct horse", "battery staple", "hunter2", "pass word", "wrongpassword", "Kennw"]
TEXT = "TheTextOfAMessageIsNobodysBusiness"

_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} \[\S+\] [ -~]*")


@pytest.fixture(scope="module")
def standing() -> Iterator[Fort]:
    with Fort(users=USERS) as fort:
        yield fort


def lines(fort: Fort) -> list[str]:
    """The log, of which every line is one that the server began."""
    text = (fort.data / "mailstore.log").read_bytes()
    assert text.isascii()
    found = text.decode("ascii").split("\n")[:-1]
    for line in found:
        assert _LINE.fullmatch(line), line
    return found


def test_names_that_are_lines_are_no_lines_of_the_log(fort: Fort) -> None:
    encoded = base64.b64encode(b"\0" + EVIL + b"\0wrongpassword")
    literal = b"{%d+}\r\n%b" % (len(EVIL), EVIL)
    with From(fort, "imap", "127.6.0.1") as wire:
        wire.line()
        for command in (
            b"a LOGIN " + literal + b" wrongpassword",
            b"a AUTHENTICATE PLAIN " + encoded,
            b"a ID (" + literal + b" " + literal + b")",
            b"a NOOP " + literal,
        ):
            wire.send(command + b"\r\n")
            wire.until(b"a ")
    with From(fort, "pop3", "127.6.0.2") as wire:
        wire.line()
        wire.ask(b"AUTH PLAIN " + encoded)
        wire.send(b"USER " + EVIL.replace(b"\r\n", b"\x0b\x85") + b"\r\nPASS wrongpassword\r\n")
        wire.line()
        wire.line()
    with From(fort, "imaps", "127.6.0.3") as wire:
        wire.line()
    log = lines(fort)
    assert not any(line.count("[mailstore#info]") > 1 for line in log)
    assert not any('user="root"' in line for line in log)


@pytest.mark.parametrize("user", list(USERS))
def test_names_of_users_are_one_field_of_one_line(fort: Fort, user: str) -> None:
    with Wire(fort, "imap") as wire:
        wire.line()
        response = base64.b64encode(f"\0{user}\0{USERS[user]}".encode())
        wire.send(b"a AUTHENTICATE PLAIN " + response + b"\r\n")
        assert wire.until(b"a ")[-1].startswith(b"a OK")
        append(wire, b"Subject: hello\r\n\r\n")
        select(wire)
    pattern = re.compile(r'auth login c=\d+ protocol=imap address=\S+ user="(?:[^"\\]|\\.)*"')
    assert all(pattern.search(line) for line in lines(fort) if " auth login " in line)


def test_nothing_secret_is_in_the_log(fort: Fort) -> None:
    with From(fort, "imap", "127.6.1.1") as wire:
        wire.line()
        wire.send(b"a LOGIN wrongpassword alice\r\n")
        wire.line()
    with Wire(fort, "imap") as wire:
        log_in(wire)
        message = f"Subject: {TEXT}\r\n\r\n{TEXT}\r\n".encode()
        append(wire, message)
        wire.send(b"a CREATE %b\r\n" % TEXT.encode())
        wire.until(b"a ")
        select(wire, TEXT.encode())
        append(wire, message, TEXT.encode())
        for command in (
            b"STORE 1 +FLAGS (%b)",
            b"SEARCH TEXT %b",
            b"FETCH 1 BODY[HEADER.FIELDS (%b)]",
            b"%b",
            b"DELETE %b",
        ):
            wire.send(b"a " + command.replace(b"%b", TEXT.encode()) + b"\r\n")
            wire.until(b"a ")
    with Wire(fort, "pop3") as wire:
        wire.line()
        wire.send(b"USER alice\r\nPASS correct horse\r\nRETR 1\r\n" + TEXT.encode() + b"\r\n")
        for _ in range(3):
            wire.line()
    log = "\n".join(lines(fort)) + fort.stderr()
    for secret in (*SECRETS, TEXT):
        assert secret not in log
        assert base64.b64encode(secret.encode()).decode().rstrip("=") not in log
    # Nor is what somebody typed for a name who did not get in.
    assert log.count('user="') == log.count(" auth login ")


def test_hashes_and_keys_are_not_in_the_log(fort: Fort) -> None:
    fort.hang_up()
    fort.hears("users-reloaded")
    log = fort.log() + fort.stderr()
    assert "$argon2" not in log
    assert "PRIVATE KEY" not in log
