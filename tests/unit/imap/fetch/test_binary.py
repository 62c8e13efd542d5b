from __future__ import annotations

from base64 import b64encode, encodebytes

import pytest

from mailstore.imap.fetch.binary import BinarySection
from mailstore.imap.fetch.content import SLICE
from mailstore.mime.parse import parse_message
from mailstore.model.errors import MessageGone
from mailstore.store.memory_mailbox import MemoryMessage
from tests.unit.imap.mail import client_of

OCTETS = bytes(range(256)) * 4 * 1024


def encoded(octets: bytes) -> bytes:
    body = encodebytes(octets).replace(b"\n", b"\r\n")
    return b"Content-Transfer-Encoding: base64\r\n\r\n" + body


def sent(message: bytes, partial: tuple[int, int] | None = None) -> bytes:
    item = BinarySection(b"BINARY[1]", (1,), partial)
    root = parse_message(message)
    item.check(root)
    answer = item.open(MemoryMessage(message), root)
    assert answer is not None
    octets = b"".join(answer.pieces)
    mark = b"~" if b"\0" in octets else b""
    assert answer.head == mark + b"{%d}\r\n" % len(octets)
    return octets


def test_a_large_part_is_sent_in_pieces() -> None:
    message = encoded(OCTETS)
    assert sent(message) == OCTETS
    item = BinarySection(b"BINARY[1]", (1,))
    root = parse_message(message)
    assert item.takes_long(root)
    answer = item.open(MemoryMessage(message), root)
    assert answer is not None
    assert max(map(len, answer.pieces)) <= SLICE


@pytest.mark.parametrize("first", [0, 1, SLICE, 3 * SLICE - 7, len(OCTETS) - 5, len(OCTETS) + 1])
@pytest.mark.parametrize("count", [1, 10, SLICE, 1 << 40])
def test_a_partial_counts_decoded_octets(first: int, count: int) -> None:
    assert sent(encoded(OCTETS), (first, count)) == OCTETS[first : first + count]


def test_only_what_is_needed_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    message = encoded(OCTETS)
    root = parse_message(message)
    item = BinarySection(b"BINARY[1]", (1,), (700_000, 10))
    answer = item.open(MemoryMessage(message), root)
    assert answer is not None
    read = []
    whole = MemoryMessage.read

    def counted(self: MemoryMessage, start: int, end: int) -> bytes:
        read.append(end - start)
        return whole(self, start, end)

    monkeypatch.setattr(MemoryMessage, "read", counted)
    assert b"".join(answer.pieces) == OCTETS[700_000:700_010]
    assert sum(read) <= SLICE


def test_a_message_that_shrinks_while_it_is_sent_is_gone() -> None:
    message = encoded(OCTETS)
    stored = MemoryMessage(message)
    answer = BinarySection(b"BINARY[1]", (1,)).open(stored, parse_message(message))
    assert answer is not None
    stored._octets = message[:1000]
    with pytest.raises(MessageGone):
        b"".join(answer.pieces)


def test_an_empty_part_is_an_empty_string() -> None:
    assert sent(b"Content-Transfer-Encoding: base64\r\n\r\n") == b""


def test_what_was_appended_with_nuls_comes_back_with_them() -> None:
    client = client_of([])
    message = b"Content-Transfer-Encoding: binary\r\n\r\n\0\1\2"
    client.ask(b"a APPEND INBOX ~{%d+}" % len(message), message)
    client.ask(b"b NOOP")
    assert client.ask(b"c FETCH 1 BINARY.PEEK[1]")[:2] == [
        b"* 1 FETCH (BINARY[1] ~{3}",
        b"\0\1\2)",
    ]
    assert client.ask(b"d FETCH 1 BINARY.PEEK[]")[0] == (
        b"* 1 FETCH (BINARY[] ~{%d}" % len(message)
    )
    # No other string may hold one.
    assert b"\x80\1\2)" in client.ask(b"e FETCH 1 BODY.PEEK[1]")


def test_a_refused_message_is_not_seen_and_those_before_it_are_answered() -> None:
    good = b"\r\nfine"
    bad = b"Content-Transfer-Encoding: x-odd\r\n\r\n" + b64encode(b"x")
    client = client_of([good, bad, good])
    lines = client.ask(b"a FETCH 1:3 BINARY[1]")
    assert lines[0] == b"* 1 FETCH (FLAGS (\\Seen) BINARY[1] {4}"
    assert lines[2:] == [b"a NO [UNKNOWN-CTE] The encoding of this part is not known"]
    assert client.ask(b"b SEARCH SEEN")[0] == b"* SEARCH 1"
