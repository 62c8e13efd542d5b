from __future__ import annotations

from typing import Any

import pytest

from mailstore.imap.output import SLICE
from mailstore.model.errors import MessageGone, OverQuota
from mailstore.store.memory import MemoryStore
from mailstore.store.memory_mailbox import MemoryMailbox, MemoryMessage
from tests.unit.imap.mail import client_of, plain, put


def test_many_messages_are_asked_for_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(plain(number) for number in range(1200))
    calls = []
    rows = MemoryMailbox.rows

    def counted(self: MemoryMailbox, *args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return rows(self, *args, **kwargs)

    monkeypatch.setattr(MemoryMailbox, "rows", counted)
    lines = client.ask(b"a FETCH 1:* (UID FLAGS RFC822.SIZE)")
    assert lines[0] == b"* 1 FETCH (UID 1 FLAGS () RFC822.SIZE %d)" % len(plain(0))
    assert lines[1199] == b"* 1200 FETCH (UID 1200 FLAGS () RFC822.SIZE %d)" % len(plain(1199))
    assert lines[1200] == b"a OK FETCH completed"
    assert len(calls) <= 4


def test_the_index_answers_without_opening_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of([plain(1)])
    client.ask(b"a FETCH 1 (ENVELOPE)")

    def read(self: MemoryMailbox, uid: int) -> MemoryMessage:
        raise AssertionError("opened")

    monkeypatch.setattr(MemoryMailbox, "read", read)
    lines = client.ask(
        b"b FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE"
        b" BODY.PEEK[HEADER.FIELDS (subject date)])"
    )
    assert lines[-1] == b"b OK FETCH completed"


def test_only_the_octets_asked_for_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of([plain(1, b"x" * 5_000_000)])
    client.ask(b"a FETCH 1 BODY")
    asked: list[tuple[int, int]] = []
    read = MemoryMessage.read

    def counted(self: MemoryMessage, start: int, end: int) -> bytes:
        asked.append((start, end))
        return read(self, start, end)

    monkeypatch.setattr(MemoryMessage, "read", counted)
    client.ask(b"b FETCH 1 BODY.PEEK[TEXT]<4000000.100>")
    client.ask(b"c FETCH 1 BODY.PEEK[HEADER.FIELDS (X-Unknown)]")
    start = len(plain(1, b""))
    assert asked == [(start + 4000000, start + 4000100), (0, start)]


def test_a_large_message_goes_out_in_slices_as_the_client_reads() -> None:
    body = bytes(range(32, 251)) * 4000
    message = plain(1, body)
    client = client_of([message])
    client.peer.slow = True
    client.send(b"a FETCH 1 BODY.PEEK[]\r\n")
    received = b""
    for _ in range(100):
        writes = list(client.peer.writes)
        received += client.taken()
        assert all(len(write) <= 2 * SLICE for write in writes)
        if received.endswith(b"a OK FETCH completed\r\n"):
            break
        client.peer.drain()
    expected = b"* 1 FETCH (BODY[] {%d}\r\n%b)\r\na OK FETCH completed\r\n"
    assert received == expected % (len(message), message)


def test_long_answers_wait_for_a_client_that_does_not_read() -> None:
    client = client_of(plain(number) for number in range(3000))
    client.peer.slow = True
    client.send(b"a FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE)\r\n")
    assert len(client.taken()) <= 3 * SLICE
    for _ in range(100):
        if not client.engine.session.output.draining:
            break
        client.peer.drain()
    assert client.taken().endswith(b"a OK FETCH completed\r\n")


def test_nul_becomes_an_octet_that_a_string_may_hold() -> None:
    client = client_of([b"Subject: a\0b\r\n\r\nx\0y"])
    client.send(b"a FETCH 1 (BODY.PEEK[] BODY.PEEK[HEADER.FIELDS (subject)] RFC822.SIZE)\r\n")
    assert client.taken() == (
        b"* 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {16}\r\nSubject: a\x80b\r\n\r\n"
        b" RFC822.SIZE 19 BODY[] {19}\r\nSubject: a\x80b\r\n\r\nx\x80y)\r\n"
        b"a OK FETCH completed\r\n"
    )


def test_messages_become_seen_in_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(plain(number) for number in range(100))
    calls = []
    store_flags = MemoryMailbox.store_flags

    def counted(self: MemoryMailbox, *args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return store_flags(self, *args, **kwargs)

    monkeypatch.setattr(MemoryMailbox, "store_flags", counted)
    lines = client.ask(b"a FETCH 1:* BODY[TEXT]")
    assert sum(line.startswith(b"* ") for line in lines) == 100
    assert sum(b"FLAGS (\\Seen)" in line for line in lines) == 100
    assert len(calls) == 4
    assert client.ask(b"b FETCH 1:* BODY[TEXT]")[0] == b"* 1 FETCH (BODY[TEXT] {7}"
    assert len(calls) == 4


def test_seen_is_shown_once_when_flags_were_asked_for() -> None:
    client = client_of([plain(1)])
    lines = client.ask(b"a FETCH 1 (BODY[TEXT] FLAGS)", b"b NOOP")
    assert lines[0] == b"* 1 FETCH (FLAGS (\\Seen) BODY[TEXT] {7}"
    assert lines[-1] == b"b OK NOOP completed"
    assert len(lines) == 5


def test_mail_can_be_read_on_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of([plain(1)])

    def full(self: MemoryMailbox, *args: Any, **kwargs: Any) -> Any:
        raise OverQuota("no space left")

    monkeypatch.setattr(MemoryMailbox, "store_flags", full)
    lines = client.ask(b"a FETCH 1 BODY[TEXT]")
    assert lines == [b"* 1 FETCH (BODY[TEXT] {7}", b"Hello", b")", b"a OK FETCH completed"]


def test_a_message_whose_file_is_gone_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(plain(number) for number in range(3))
    read = MemoryMailbox.read

    def gone(self: MemoryMailbox, uid: int) -> MemoryMessage:
        if uid == 2:
            raise MessageGone(uid)
        return read(self, uid)

    monkeypatch.setattr(MemoryMailbox, "read", gone)
    lines = client.ask(b"a FETCH 1:3 BODY.PEEK[TEXT]<0.1>")
    assert lines == [
        b"* 1 FETCH (BODY[TEXT]<0> {1}",
        b"H)",
        b"* 3 FETCH (BODY[TEXT]<0> {1}",
        b"H)",
        b"a OK [EXPUNGEISSUED] Some messages were expunged",
    ]


class _Breaks(MemoryMessage):
    """A file that cannot be read beyond ``good`` octets."""

    good = 0

    def read(self, start: int, end: int) -> bytes:
        if end > self.good:
            raise MessageGone(1)
        return super().read(start, end)


def test_a_message_that_breaks_before_anything_was_sent_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_of([plain(1)])
    monkeypatch.setattr(MemoryMailbox, "read", lambda self, uid: _Breaks(plain(1)))
    lines = client.ask(b"a FETCH 1 (FLAGS BODY.PEEK[])")
    assert lines == [b"a OK [EXPUNGEISSUED] Some messages were expunged"]
    assert not client.peer.closed


def test_a_message_that_breaks_within_its_literal_ends_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = plain(1, b"x" * 3 * SLICE)
    client = client_of([message])
    monkeypatch.setattr(_Breaks, "good", 2 * SLICE)
    monkeypatch.setattr(MemoryMailbox, "read", lambda self, uid: _Breaks(message))
    client.send(b"a FETCH 1 BODY.PEEK[]\r\nb NOOP\r\n")
    assert client.taken() == b"* 1 FETCH (BODY[] {%d}\r\n" % len(message) + message[: 2 * SLICE]
    assert client.peer.closed


def test_every_message_that_was_opened_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of([plain(1), plain(2, b"x" * SLICE * 3)])
    count = {"open": 0}
    read = MemoryMailbox.read

    def counted(self: MemoryMailbox, uid: int) -> MemoryMessage:
        count["open"] += 1
        return read(self, uid)

    def close(self: MemoryMessage) -> None:
        count["open"] -= 1

    monkeypatch.setattr(MemoryMailbox, "read", counted)
    monkeypatch.setattr(MemoryMessage, "close", close)
    client.ask(b"a FETCH 1:2 BODY.PEEK[1]")
    assert count["open"] == 0
    client.peer.slow = True
    client.send(b"b FETCH 1:2 BODY.PEEK[]\r\n")
    assert count["open"] == 1
    client.engine.connection_lost()
    assert count["open"] == 0


def test_recent_is_shown_with_the_flags() -> None:
    client = client_of([plain(1)])
    client.ask(b"a APPEND INBOX (\\Flagged) {1+}", b"x")
    assert client.ask(b"b FETCH 1:2 (FLAGS)", b"c FETCH 2 BODY[TEXT]")[:3] == [
        b"* 1 FETCH (FLAGS ())",
        b"* 2 FETCH (FLAGS (\\Flagged \\Recent))",
        b"b OK FETCH completed",
    ]


def test_vanished_tells_what_went_earlier_and_was_asked_for() -> None:
    store = MemoryStore()
    put(store, [plain(number) for number in range(7)])
    inbox = store.open("INBOX")
    inbox.expunge([(2, 3), (5, 5), (7, 7)], only_deleted=False)
    client = client_of([], store=store)
    client.engine.session.enabled.add(b"QRESYNC")
    inbox.expunge([(4, 4)], only_deleted=False)
    earlier = b"UID (CHANGEDSINCE 1 VANISHED)"
    assert client.ask(b"a UID FETCH 3:* " + earlier)[1] == b"* VANISHED (EARLIER) 3,5,7"
    assert not any(b"VANISHED" in line for line in client.ask(b"b UID FETCH 1 " + earlier))
    assert client.ask(b"c FETCH 1 " + earlier)[0].startswith(b"c BAD VANISHED")
    assert client.ask(b"d UID FETCH 1 UID (VANISHED)")[0].startswith(b"d BAD VANISHED")


def test_sections_are_read_one_after_another_as_the_client_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Many sections of a great header must not be in memory together."""
    header = b"".join(b"X-%d: %b\r\n" % (number, b"x" * 70) for number in range(5000))
    client = client_of([header + b"\r\n"])
    asked: list[tuple[int, int]] = []
    read = MemoryMessage.read

    def counted(self: MemoryMessage, start: int, end: int) -> bytes:
        asked.append((start, end))
        return read(self, start, end)

    client.ask(b"a FETCH 1 BODY")
    monkeypatch.setattr(MemoryMessage, "read", counted)
    client.peer.slow = True
    items = b" ".join(b"BODY.PEEK[HEADER.FIELDS.NOT (X)]<%d.999999>" % n for n in range(50))
    client.send(b"b FETCH 1 (%b)\r\n" % items)
    assert len(asked) < 5


def test_fields_are_looked_for_in_as_much_of_a_header_as_elsewhere() -> None:
    padding = b"".join(b"X-%d: %b\r\n" % (number, b"x" * 1000) for number in range(2000))
    client = client_of([b"Subject: first\r\n" + padding + b"To: late@b\r\n\r\n"])
    lines = client.ask(b"a FETCH 1 (BODY.PEEK[HEADER.FIELDS (To Subject Nothing)])")
    assert lines == [
        b"* 1 FETCH (BODY[HEADER.FIELDS (TO SUBJECT NOTHING)] {18}",
        b"Subject: first",
        b"",
        b")",
        b"a OK FETCH completed",
    ]
    again = client.ask(b"a FETCH 1 (BODY.PEEK[HEADER.FIELDS (To Subject)])")
    assert again[0].endswith(b"{18}")


def test_no_more_items_are_made_than_clients_ask_for() -> None:
    client = client_of([plain(1)])
    items = [b"BODY.PEEK[HEADER.FIELDS (X%d)]" % number for number in range(101)]
    lines = client.ask(b"a FETCH 1 (%b)" % b" ".join(items[:100]))
    assert lines[-1] == b"a OK FETCH completed"
    [refused] = client.ask(b"b FETCH 1 (%b)" % b" ".join(items))
    assert refused.startswith(b"b BAD too many items of FETCH before this")


def test_a_lazy_preview_reads_nothing() -> None:
    client = client_of([plain(1), plain(2)])
    assert client.ask(b"a FETCH 1 (PREVIEW (LAZY) FLAGS)")[0] == (
        b"* 1 FETCH (PREVIEW NIL FLAGS ())"
    )
    assert b"PREVIEW NIL" not in client.ask(b"b FETCH 1 (PREVIEW (LAZY) ENVELOPE)")[0]
    client.ask(b"c FETCH 2 PREVIEW")
    assert b"NIL" not in client.ask(b"d FETCH 2 (PREVIEW (LAZY))")[0]
