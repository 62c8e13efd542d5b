from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mailstore.model.sequence_set import (
    STAR,
    SequenceSet,
    contains,
    encode_numbers,
    intersect,
    normalize,
    ranges_of,
)

numbers = st.lists(st.integers(1, 60), unique=True).map(sorted)


def test_star_is_the_largest_number() -> None:
    assert SequenceSet(((4, STAR),)).resolve(9) == [(4, 9)]
    assert SequenceSet(((STAR, STAR),)).resolve(9) == [(9, 9)]


def test_a_range_beyond_the_end_with_star_holds_the_last() -> None:
    assert SequenceSet(((12, STAR),)).resolve(9) == [(9, 12)]


def test_star_matches_nothing_in_an_empty_mailbox() -> None:
    assert SequenceSet(((1, STAR), (STAR, STAR))).resolve(0) == []


def test_ends_may_come_in_either_order() -> None:
    assert SequenceSet(((7, 3),)).resolve(9) == [(3, 7)]


def test_huge_ranges_stay_ranges() -> None:
    assert SequenceSet(((1, 4294967295),)).resolve(3) == [(1, 4294967295)]


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)).map(sorted).map(tuple)))
def test_normalize_keeps_the_members(pairs: list[tuple[int, int]]) -> None:
    joined = normalize(pairs)
    assert {n for low, high in joined for n in range(low, high + 1)} == {
        n for low, high in pairs for n in range(low, high + 1)
    }
    assert all(left[1] + 1 < right[0] for left, right in pairwise(joined))


@given(numbers)
def test_ranges_of_covers_exactly_the_numbers(members: list[int]) -> None:
    assert [n for low, high in ranges_of(members) for n in range(low, high + 1)] == members


def test_runs_are_written_as_ranges() -> None:
    assert encode_numbers([1, 3, 4, 5, 9]) == b"1,3:5,9"
    assert encode_numbers([]) == b""


def test_a_set_contains_its_ends() -> None:
    test = contains([(2, 4), (7, 7)])
    assert [n for n in range(10) if test(n)] == [2, 3, 4, 7]
    assert not contains([])(1)


def test_intersect_is_what_is_in_both() -> None:
    assert intersect([(1, 5), (8, 20)], [(4, 9), (11, 12), (19, 30)]) == [
        (4, 5),
        (8, 9),
        (11, 12),
        (19, 20),
    ]
    assert intersect([(1, 2)], [(3, 4)]) == []
    assert intersect([], [(1, 9)]) == []
