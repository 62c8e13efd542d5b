"""What is measured. Each operation does the same work on each server, in the same run."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.client import Imap, Pop3, Unexpected
from benchmarks.corpus import small
from benchmarks.servers import IDLE_USERS, Rig

THUNDERBIRD = (
    b"UID FETCH 1:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date "
    b"Message-ID Priority X-Priority References Newsgroups In-Reply-To Content-Type Reply-To "
    b"Received)])"
)
APPLE = b"UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)"
SORT_DATE = b"UID SORT (REVERSE DATE) UTF-8 ALL"
SORT_SUBJECT = b"UID SORT (SUBJECT DATE) UTF-8 ALL"
THREAD = b"UID THREAD REFERENCES UTF-8 ALL"
IDLE_CONNECTIONS = 500
POP3_MESSAGES = 2000

Work = Callable[[Rig], int]
"""Does the work and returns how often: what it costs is told for one."""


@dataclass(frozen=True)
class Operation:
    """One row of the table.

    With ``cold`` the index is deleted, and the server restarted, before each round.
    ``opened`` operations use ``rig.imap``, a connection with INBOX selected, which is
    made before the clock starts.
    """

    name: str
    work: Work
    opened: bool = True
    cold: bool = False


def commands(text: Callable[[Rig, int], bytes], times: int, at_least: int = 0) -> Work:
    """Send so many commands, one after the other, each made by ``text(rig, number)``."""

    def work(rig: Rig) -> int:
        for number in range(1, times + 1):
            rig.imap.command(text(rig, number), at_least=at_least)
        return times

    return work


def whole(command: bytes, octets_each: int, times: int = 1) -> Work:
    """One command over all messages, with an answer of so many octets each at least."""

    def work(rig: Rig) -> int:
        for _ in range(times):
            rig.imap.command(command, at_least=octets_each * rig.messages)
        return times

    return work


def _store(rig: Rig, number: int) -> bytes:
    # Every round turns what the round before it did, so that each STORE changes a flag.
    return b"STORE %d %bFLAGS (\\Answered)" % (number, b"+" if rig.turn % 2 else b"-")


def _append(rig: Rig) -> int:
    for number in range(100):
        rig.imap.append(b"Appended", small(number))
    return 100


def _sign_in_and_out(rig: Rig) -> int:
    for _ in range(50):
        with Imap(rig.imap_port, rig.user, rig.password) as session:
            session.command(b"LOGOUT")
    return 50


def _retrieve(rig: Rig) -> int:
    with Pop3(rig.pop3_port, rig.maildrop_user, rig.password) as pop3:
        for number in range(1, POP3_MESSAGES + 1):
            pop3.command(b"RETR %d" % number, multiline=True)
        pop3.command(b"QUIT")
    return POP3_MESSAGES


def _retrieve_pipelined(rig: Rig) -> int:
    # The line that follows the end of a message's last line is NOOP's answer.
    ending = re.compile(rb"\r\n\.\r\n\+OK[^\r\n]*\r\n\Z")
    with Pop3(rig.pop3_port, rig.maildrop_user, rig.password) as pop3:
        for first in range(1, POP3_MESSAGES + 1, 50):
            numbers = range(first, min(first + 50, POP3_MESSAGES + 1))
            retrieve = b"".join(b"RETR %d\r\n" % number for number in numbers)
            pop3.socket.sendall(retrieve + b"NOOP\r\n")
            pop3.read_until(ending)
        pop3.command(b"QUIT")
    return POP3_MESSAGES


OPERATIONS = (
    Operation("sign in and out", _sign_in_and_out, opened=False),
    Operation("SELECT INBOX again", commands(lambda rig, n: b"SELECT INBOX", 200, 100)),
    Operation("all FLAGS", whole(b"UID FETCH 1:* (FLAGS)", 25, 10)),
    Operation("Thunderbird's sync, warm", whole(THUNDERBIRD, 300, 3)),
    Operation("Apple's sync, warm", whole(APPLE, 400, 3)),
    Operation("Thunderbird's sync, index deleted", whole(THUNDERBIRD, 300), cold=True),
    Operation("Apple's sync, index deleted", whole(APPLE, 400), cold=True),
    Operation("SORT by date, first of a session", whole(SORT_DATE, 2)),
    Operation("SORT by date, again", whole(SORT_DATE, 2, 20)),
    Operation("SORT by subject, first of a session", whole(SORT_SUBJECT, 2)),
    Operation("SORT by subject, again", whole(SORT_SUBJECT, 2, 20)),
    Operation("SORT by subject, index deleted", whole(SORT_SUBJECT, 2), cold=True),
    Operation("THREAD=REFERENCES, first of a session", whole(THREAD, 2)),
    Operation("THREAD=REFERENCES, again", whole(THREAD, 2, 20)),
    Operation("full download by IMAP", whole(b"UID FETCH 1:* (UID FLAGS BODY.PEEK[])", 1500)),
    Operation("RETR of 2,000 by POP3", _retrieve, opened=False),
    Operation("RETR of 2,000, pipelined", _retrieve_pipelined, opened=False),
    Operation("NOOP", commands(lambda rig, n: b"NOOP", 1000)),
    Operation(
        "FETCH of one message",
        commands(lambda rig, n: b"FETCH %d (UID FLAGS BODY.PEEK[])" % n, 500, 200),
    ),
    Operation("STORE of one message", commands(_store, 200, 20)),
    Operation("APPEND of 4 kB", _append),
)


def idle_memory(rig: Rig) -> float:
    """Octets that the server grew by, for each connection in IDLE on INBOX."""
    with contextlib.ExitStack() as stack:
        before = rig.memory()
        for number in range(IDLE_CONNECTIONS):
            place = number % len(IDLE_USERS)
            source = f"127.0.1.{place + 1}"
            session = Imap(rig.imap_port, IDLE_USERS[place], rig.password, source)
            stack.enter_context(session)
            session.command(b"SELECT INBOX")
            session.socket.sendall(b"i IDLE\r\n")
            if not session.read_line().startswith(b"+"):
                raise Unexpected("IDLE was not accepted")
        return (rig.memory() - before) / IDLE_CONNECTIONS
