"""SEARCH=FUZZY, RFC 6203: inexact matching of texts, and scores.

How texts are matched stands in :mod:`mailstore.imap.search.fuzzy`. Keys that are no texts match
as ever, as section 3 allows. With several fuzzy keys a message has the mean of their scores; one
that no score was needed for has 100.

Deviation: section 4 would have the best and the worst message of each search at the two ends
of the scale; here a score says how a message matches, whatever others there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mailstore.imap.registry import Extension, SearchReturn
from mailstore.imap.search.key import Leaf, SearchModifier


def _loosen(leaf: Leaf) -> Leaf:
    """``search-key =/ "FUZZY" SP search-key``."""
    return Leaf(leaf.fuzzy or leaf.key, leaf.negated)


def _encode_scores(scores: Sequence[int]) -> bytes:
    """``search-return-data =/ "RELEVANCY" SP "(" [score *(SP score)] ")"``."""
    return b"RELEVANCY (%b)" % b" ".join(map(b"%d".__mod__, scores))


def _nothing(numbers: Sequence[int], value: Any) -> bytes:
    return b""


EXTENSION = Extension(
    rfc=6203,
    title="Fuzzy search",
    capabilities=(b"SEARCH=FUZZY",),
    search_keys=(SearchModifier(b"FUZZY", _loosen),),
    search_returns=(
        SearchReturn(
            b"RELEVANCY",
            _nothing,
            lambda count, value: range(count),
            encode_scores=_encode_scores,
            needs=b"FUZZY",
        ),
    ),
)
