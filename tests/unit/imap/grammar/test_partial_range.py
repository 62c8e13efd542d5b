"""Ranges of results, counted from either end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailstore.imap.grammar.partial_range import PartialRange, parse_partial_range
from mailstore.imap.wire.cursor import BadSyntax
from tests.unit.imap.grammar.test_shared import read

ends = st.integers(1, 30)


@given(st.tuples(ends, ends), st.booleans(), st.integers(0, 30))
def test_a_range_is_cut_out_from_either_end(
    pair: tuple[int, int], from_last: bool, count: int
) -> None:
    results = list(range(1, count + 1))
    counted = results[::-1] if from_last else results
    expected = sorted(counted[min(pair) - 1 : max(pair)])
    wanted = PartialRange(-pair[0], -pair[1]) if from_last else PartialRange(*pair)
    assert [results[place] for place in wanted.places(count)] == expected
    assert read(parse_partial_range, wanted.encode()) == wanted


@pytest.mark.parametrize(
    "text", [b"1", b"0:1", b"-1:1", b"1:-1", b"1:*", b"-0:-1", b"1:4294967296"]
)
def test_malformed_ranges_are_refused(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        read(parse_partial_range, text)
