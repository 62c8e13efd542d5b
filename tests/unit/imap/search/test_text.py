from __future__ import annotations

import pytest

from mailstore.imap.search import text as search_text
from mailstore.imap.search.text import field_test, read_header
from mailstore.store.memory_mailbox import MemoryMessage

HEADER = (
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n from\r\n\tHome\r\n"
    b"X-Empty:\r\nsubject : second\r\nX-Folded: a\r\n Subject: not a field\r\nBare words\r\n\r\n"
)


@pytest.mark.parametrize(
    ("name", "wanted", "found"),
    [
        (b"Subject", "grüße from", True),
        (b"SUBJECT", "second", True),
        (b"subject", "not a field", False),
        (b"x-folded", "not a field", True),
        (b"X-Empty", "", True),
        (b"X-Missing", "", False),
        (b"Subj", "", False),
        (b"X.Empty", "", False),
        (b"", "", False),
        (b"Bare words", "", False),
    ],
)
def test_fields_are_decoded_and_unfolded(name: bytes, wanted: str, found: bool) -> None:
    assert field_test(name, wanted)(HEADER) is found


@pytest.mark.parametrize(
    ("message", "header"),
    [
        (b"a: b\r\n\r\nbody\r\n\r\n", b"a: b\r\n\r\n"),
        (b"\r\nbody", b"\r\n"),
        (b"a: b", b"a: b"),
        (b"", b""),
        (b"a: b\n\nbody", b"a: b\n\n"),
    ],
)
def test_a_header_ends_with_its_empty_line(message: bytes, header: bytes) -> None:
    assert read_header(MemoryMessage(message)) == header


def test_a_header_may_end_between_two_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    message = b"a: b\r\nc: d\r\n\r\nbody"
    for piece in range(1, len(message)):
        monkeypatch.setattr(search_text, "_HEADER_PIECE", piece)
        assert read_header(MemoryMessage(message)) == message[:14]


def test_a_header_without_end_is_read_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_text, "LONGEST_HEADER", 1000)
    monkeypatch.setattr(search_text, "_HEADER_PIECE", 300)
    assert len(read_header(MemoryMessage(b"x" * 5000))) <= 1300
