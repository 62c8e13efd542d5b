"""Decoding piece by piece gives what decoding at once does."""

from __future__ import annotations

from copy import copy
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mailstore.mime.decoder import decoder_of
from mailstore.mime.transfer import decode_transfer

PIECES = (
    b"=", b"==", b"=3D", b"=\r\n", b"= \r\n", b"=\r", b"=4", b" ", b"\t ", b"\r\n", b"\n", b"\r",
    b"aGVs", b"bG8=", b"a", b"AA", b"\x00", b"\xff", b"-", b"+/", b"=\n", b"=3", b"D",
)  # fmt: skip
contents = st.one_of(
    st.binary(max_size=100), st.lists(st.sampled_from(PIECES), max_size=50).map(b"".join)
)
encodings = st.sampled_from([b"base64", b"QUOTED-PRINTABLE", b"8bit", b""])


@given(contents, encodings, st.lists(st.integers(0, 100), max_size=10))
def test_how_it_is_cut_makes_no_difference(
    content: bytes, encoding: bytes, cuts: list[int]
) -> None:
    edges = [0, *sorted(cut % (len(content) + 1) for cut in cuts), len(content)]
    decoder = decoder_of(encoding)
    assert decoder is not None
    decoded = b""
    for start, end in pairwise(edges):
        before = copy(decoder)
        piece = decoder.feed(content[start:end])
        assert before.feed(content[start:end]) == piece
        decoded += piece
    assert decoded + decoder.end() == decode_transfer(content, encoding)
