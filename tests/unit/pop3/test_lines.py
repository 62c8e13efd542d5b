from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailstore.pop3.lines import BadLine, LineReader


def read_all(pieces: list[bytes], limit: int = 20) -> list[bytes | str]:
    reader = LineReader()
    lines: list[bytes | str] = []
    for piece in pieces:
        reader.feed(piece)
        while True:
            try:
                line = reader.next_line(limit)
            except BadLine as error:
                lines.append(str(error))
                continue
            if line is None:
                break
            lines.append(line)
    return lines


def test_a_line_ends_at_crlf() -> None:
    assert read_all([b"NOOP\r\nQUIT\r\n"]) == [b"NOOP", b"QUIT"]


def test_a_lone_lf_ends_a_line_that_is_refused() -> None:
    assert read_all([b"NOOP\nQUIT\r\n"]) == ["Lines end with CRLF", b"QUIT"]


@pytest.mark.parametrize("octet", [b"\0", b"\r"])
def test_nul_and_lone_cr_are_refused(octet: bytes) -> None:
    assert read_all([b"NO" + octet + b"OP\r\nQUIT\r\n"]) == [
        "NUL and CR are not allowed in a line",
        b"QUIT",
    ]


def test_a_line_of_exactly_the_limit_is_accepted() -> None:
    assert read_all([b"x" * 20 + b"\r\n" + b"y" * 21 + b"\r\n"]) == [b"x" * 20, "Line too long"]


def test_a_line_over_the_limit_is_not_stored() -> None:
    reader = LineReader()
    for _ in range(1000):
        reader.feed(b"x" * 1000)
        assert reader.next_line(100) is None
        assert reader.octets == 0


def test_clear_forgets_half_a_line_and_waiting_ones() -> None:
    reader = LineReader()
    reader.feed(b"one\r\ntwo\r\nthr")
    reader.clear()
    assert (reader.waiting, reader.octets) == (0, 0)
    reader.feed(b"ee\r\n")
    assert reader.next_line(20) == b"ee"


@given(
    st.lists(st.sampled_from([b"a", b"bc", b"\r", b"\n", b"\r\n", b"\0", b"d" * 15])),
    st.lists(st.integers(0, 200)).map(sorted),
)
def test_packet_boundaries_do_not_matter(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)
    edges = [0, *(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(edges)]
    assert read_all(pieces) == read_all([stream])
