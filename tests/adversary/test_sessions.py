"""Sessions that work against one another, and sessions that end in the middle of something."""

from __future__ import annotations

import random
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.adversary.fort import MIB, Fort, append, log_in, select
from tests.integration.wire import Wire

pytestmark = pytest.mark.slow

SMALL = b"Subject: small\r\n\r\nhello\r\n"
BIG = b"Subject: big\r\n\r\n" + b"0123456789 abcdefghijklmnopqrst\r\n" * (6 * MIB // 33)


@pytest.fixture
def fort() -> Iterator[Fort]:
    with Fort(limits={"connections": {"per_user": 60}}) as new:
        yield new
        new.unharmed()


class Client:
    """Keeps what the server told of the mailbox, and believes nothing else."""

    def __init__(self, fort: Fort) -> None:
        self.wire = Wire(fort, "imap")
        log_in(self.wire)
        self.exists = 0
        for line in select(self.wire):
            self._hear(line)

    def ask(self, command: bytes) -> bytes:
        self.wire.send(b"a " + command + b"\r\n")
        while True:
            line = self.wire.line_or_end()
            assert line is not None, "the connection was closed"
            assert not line.startswith(b"* BYE"), line
            if line.startswith(b"a "):
                break
            self._hear(line)
        assert line.split()[1] in (b"OK", b"NO", b"BAD"), line
        assert b"SERVERBUG" not in line, line
        return line

    def _hear(self, line: bytes) -> None:
        if found := re.fullmatch(rb"\* (\d+) (EXISTS|EXPUNGE|FETCH .*)", line):
            number = int(found[1])
            if found[2] == b"EXISTS":
                assert number >= self.exists, "EXISTS took messages away"
                self.exists = number
            else:
                assert 1 <= number <= self.exists, line
                self.exists -= found[2] == b"EXPUNGE"


def together(workers: list[Callable[[], None]]) -> None:
    errors: list[BaseException] = []

    def run(worker: Callable[[], None]) -> None:
        try:
            worker()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_fifty_sessions_change_flags_of_one_mailbox(fort: Fort) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire)
        for _ in range(20):
            append(wire, SMALL)

    def work(seed: int) -> None:
        choose = random.Random(seed)
        client = Client(fort)
        for _ in range(20):
            first, last = sorted((choose.randint(1, 20), choose.randint(1, 20)))
            how = choose.choice((b"+FLAGS", b"-FLAGS", b"FLAGS", b"+FLAGS.SILENT"))
            flag = choose.choice((b"\\Seen", b"\\Flagged", b"kw%d" % (seed % 7)))
            client.ask(b"STORE %d:%d %b (%b)" % (first, last, how, flag))
        client.ask(b"NOOP")
        assert client.exists == 20
        client.wire.close()

    before = fort.resident()
    together([lambda seed=seed: work(seed) for seed in range(50)])  # type: ignore[misc]
    assert fort.resident() - before < 48 * MIB


def test_sessions_that_expunge_copy_and_move_one_anothers_messages(fort: Fort) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire)
        for _ in range(40):
            append(wire, SMALL)

    def work(seed: int) -> None:
        choose = random.Random(seed)
        client = Client(fort)
        for _ in range(25):
            number = choose.randint(1, max(1, client.exists))
            client.ask(
                choose.choice(
                    (
                        b"STORE %d +FLAGS (\\Deleted)" % number,
                        b"STORE %d:* +FLAGS.SILENT (\\Deleted)" % number,
                        b"EXPUNGE",
                        b"UID EXPUNGE 1:*",
                        b"FETCH %d (UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])" % number,
                        b"COPY %d INBOX" % number,
                        b"COPY 1:* INBOX" if client.exists < 30 else b"NOOP",
                        b"MOVE %d Archive" % number,
                        b"SEARCH DELETED",
                        b"NOOP",
                    )
                )
            )
        client.ask(b"NOOP")
        client.wire.close()

    together([lambda seed=seed: work(seed) for seed in range(8)])  # type: ignore[misc]


def test_mailboxes_are_deleted_and_renamed_under_those_who_have_them_open(fort: Fort) -> None:
    with Wire(fort, "imap") as owner, Wire(fort, "imap") as guest, Wire(fort, "imap") as idle:
        for each in (owner, guest, idle):
            log_in(each)
        for command in (b"DELETE Box", b"RENAME Box Other", b"RENAME Sent Box"):
            owner.send(b"c CREATE Box\r\n")
            owner.until(b"c ")
            for each in (guest, idle):
                select(each, b"Box")
            append(guest, SMALL, b"Box")
            idle.ask(b"i IDLE")
            owner.send(b"d " + command + b"\r\n")
            assert owner.until(b"d ")[-1].split()[1] in (b"OK", b"NO")
            guest.send(b"f FETCH 1:* (FLAGS)\r\nn NOOP\r\n")
            guest.until(b"n ")
            idle.send(b"DONE\r\n")
            idle.until(b"i ")
            # RFC 2180, section 3.3: a session whose mailbox went may be told BYE.
            guest.close()
            idle.close()
            guest.__init__(fort, "imap")  # type: ignore[misc]
            idle.__init__(fort, "imap")  # type: ignore[misc]
            for each in (guest, idle):
                log_in(each)
            owner.send(b"d DELETE Box\r\nd DELETE Other\r\n")
            owner.until(b"d ")


def reset(wire: Wire) -> None:
    """Close the connection so that the other side hears of it at once."""
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.socket.close()


@pytest.mark.parametrize("service", ["imap", "imaps"])
@pytest.mark.parametrize("ends", [Wire.close, reset])
def test_an_upload_that_breaks_off_leaves_nothing(
    fort: Fort, service: str, ends: Callable[[Wire], None]
) -> None:
    tmp = fort.accounts["alice"].maildir / "tmp"
    fort.serves()
    files = fort.files()
    for cut in (0, 1, 1000, len(BIG) // 2, len(BIG) - 1, len(BIG)):
        wire = Wire(fort, service)
        log_in(wire)
        wire.send(b"a APPEND INBOX {%d+}\r\n%b {%d+}\r\n" % (len(SMALL), SMALL, len(BIG)))
        wire.send(BIG[:cut])
        ends(wire)
    with Wire(fort, "imap") as wire:
        log_in(wire)
        assert b"* 0 EXISTS" in select(wire)
    fort.settles(files + 2)
    for _ in range(500):
        if not any(tmp.iterdir()):
            break
        fort.serves()
    assert list(tmp.iterdir()) == []


@pytest.mark.parametrize(
    "command", [b"FETCH 1:* BODY[]", b"SEARCH TEXT zz", b"IDLE", b"COPY 1:* Sent"]
)
def test_a_client_that_leaves_within_a_command_leaves_nothing(fort: Fort, command: bytes) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire)
        for _ in range(3):
            append(wire, BIG)
    fort.serves()
    files, before = fort.files(), fort.resident()
    for _ in range(10):
        wire = Wire(fort, "imap")
        log_in(wire)
        select(wire)
        wire.send(b"a " + command + b"\r\n")
        reset(wire)
    for _ in range(5):
        fort.serves()
    fort.settles(files + 4)
    assert fort.resident() - before < 48 * MIB


def test_pop3_and_imap_take_one_anothers_messages(fort: Fort) -> None:
    with Wire(fort, "imap") as imap, Wire(fort, "pop3") as pop3:
        log_in(imap)
        for _ in range(5):
            append(imap, SMALL)
        pop3.line()
        pop3.send(b"USER alice\r\nPASS correct horse\r\n")
        pop3.line()
        assert pop3.line().startswith(b"+OK 5 ")
        select(imap)
        imap.send(b"a STORE 2:3 +FLAGS.SILENT (\\Deleted)\r\na EXPUNGE\r\nn NOOP\r\n")
        imap.until(b"n ")
        assert pop3.ask(b"RETR 2").startswith(b"-ERR")
        assert pop3.ask(b"TOP 3 0").startswith(b"-ERR")
        assert pop3.ask(b"DELE 2").startswith(b"+OK")
        assert pop3.ask(b"DELE 4").startswith(b"+OK")
        assert pop3.ask(b"QUIT").startswith(b"+OK")
        imap.send(b"n NOOP\r\n")
        assert b"* 2 EXPUNGE" in imap.until(b"n ")


def test_who_holds_the_maildrop_keeps_imap_from_nothing(fort: Fort) -> None:
    with Wire(fort, "pop3") as pop3, Wire(fort, "pop3s") as second:
        for each, answer in ((pop3, b"+OK"), (second, b"-ERR [IN-USE]")):
            each.line()
            each.send(b"USER alice\r\nPASS correct horse\r\n")
            each.line()
            assert each.line().startswith(answer)
        fort.serves()
        # RFC 1939, section 3: without QUIT nothing is deleted.
        with Wire(fort, "imap") as imap:
            log_in(imap)
            append(imap, SMALL)
