from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailstore.pop3.stuffing import Stuffer, TopCutter

line_parts = st.sampled_from([b".", b"..", b"a", b"\r\n", b"\r\n.", b"\r\n\r\n", b"\0", b"\r"])
texts = st.lists(line_parts, max_size=30).map(b"".join)
cut_lists = st.lists(st.integers(0, 60)).map(sorted)


def cut(text: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *(min(place, len(text)) for place in cuts), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


def stuff(slices: list[bytes]) -> bytes:
    stuffer = Stuffer()
    return b"".join([stuffer.feed(piece) for piece in slices]) + stuffer.end()


def top(slices: list[bytes], lines: int) -> bytes:
    cutter, sent = TopCutter(lines), []
    for piece in slices:
        sent.append(cutter.feed(piece))
        if cutter.done:
            break
    return b"".join(sent)


def read_reply(reply: bytes) -> bytes:
    """A client that knows nothing but RFC 1939."""
    lines = reply.split(b"\r\n")
    assert lines[-2:] == [b".", b""]
    assert all(line != b"." for line in lines[:-2])
    return b"".join((line[1:] if line.startswith(b".") else line) + b"\r\n" for line in lines[:-2])


def test_dots_at_line_starts_are_doubled() -> None:
    assert stuff([b".a\r\n..b\r\nc.d\r\n"]) == b"..a\r\n...b\r\nc.d\r\n.\r\n"


def test_an_empty_message_is_just_the_end() -> None:
    assert stuff([]) == b".\r\n"


def test_a_last_line_without_end_gets_one() -> None:
    assert stuff([b"a\r\nb"]) == b"a\r\nb\r\n.\r\n"
    assert stuff([b"a\r\nb\r"]) == b"a\r\nb\r\r\n.\r\n"


def test_nul_is_sent_as_0x80() -> None:
    assert stuff([b"a\0b\r\n"]) == b"a\x80b\r\n.\r\n"


@given(texts, cut_lists)
def test_slice_borders_do_not_matter_to_dots(text: bytes, cuts: list[int]) -> None:
    assert stuff(cut(text, cuts)) == stuff([text])


@given(texts)
def test_a_client_gets_back_what_was_stored(text: bytes) -> None:
    ended = text if text.endswith(b"\r\n") or not text else text + b"\r\n"
    assert read_reply(stuff([text])) == ended.replace(b"\0", b"\x80")


MESSAGE = b"A: 1\r\nB: 2\r\n\r\none\r\ntwo\r\nthree\r\n"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (0, b"A: 1\r\nB: 2\r\n\r\n"),
        (1, b"A: 1\r\nB: 2\r\n\r\none\r\n"),
        (3, MESSAGE),
        (4, MESSAGE),
        (99_999_999, MESSAGE),
    ],
)
def test_top_is_header_empty_line_and_so_many_lines(lines: int, expected: bytes) -> None:
    assert top([MESSAGE], lines) == expected


def test_top_of_a_message_without_header_begins_with_the_empty_line() -> None:
    assert top([b"\r\none\r\ntwo\r\n"], 1) == b"\r\none\r\n"


def test_top_of_a_message_without_body_is_all_of_it() -> None:
    assert top([b"A: 1\r\nB: 2\r\n"], 0) == b"A: 1\r\nB: 2\r\n"


@given(texts, cut_lists, st.integers(0, 5))
def test_slice_borders_do_not_matter_to_top(text: bytes, cuts: list[int], lines: int) -> None:
    assert top(cut(text, cuts), lines) == top([text], lines)


@given(texts, st.integers(0, 5))
def test_top_agrees_with_splitting_the_message(text: bytes, lines: int) -> None:
    header, separator, body = (b"\r\n" + text).partition(b"\r\n\r\n")
    kept = b"\n".join(body.split(b"\n")[:lines])
    if len(body.split(b"\n")) > lines and lines:
        kept += b"\n"
    assert top([text], lines) == (header + separator + kept)[2:]
