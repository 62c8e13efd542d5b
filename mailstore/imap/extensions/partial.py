"""PARTIAL, RFC 9394: some of the results of SEARCH, some of the messages of a FETCH.

What else is asked for is of all results: COUNT counts them, MIN is the first. FETCH takes the
messages of the range first, and then those of them that changed (section 3.5).
"""

from __future__ import annotations

from collections.abc import Sequence

from mailstore.imap.grammar.partial_range import PartialRange, parse_partial_range
from mailstore.imap.registry import Extension, FetchModifier, SearchReturn
from mailstore.imap.view import View
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.sequence_set import Ranges, encode_numbers, ranges_of


def _parse(cursor: Cursor) -> PartialRange:
    """``"PARTIAL" SP partial-range``; the name was read."""
    cursor.space()
    return parse_partial_range(cursor)


def _encode(numbers: Sequence[int], wanted: PartialRange) -> bytes:
    """``"PARTIAL" SP "(" partial-range SP (sequence-set / "NIL") ")"``."""
    places = wanted.places(len(numbers))
    found = encode_numbers(numbers[places.start : places.stop])
    return b"PARTIAL (%b %b)" % (wanted.encode(), found or b"NIL")


def _places(count: int, wanted: PartialRange) -> range:
    return wanted.places(count)


def _narrow(view: View, ranges: Ranges, wanted: PartialRange) -> Ranges:
    uids = view.uids_in(ranges)
    places = wanted.places(len(uids))
    return ranges_of(uids[places.start : places.stop])


EXTENSION = Extension(
    rfc=9394,
    title="PARTIAL for paged SEARCH and FETCH",
    capabilities=(b"PARTIAL",),
    search_returns=(
        SearchReturn(b"PARTIAL", _encode, _places, _parse, excludes=(b"ALL", b"PARTIAL")),
    ),
    fetch_modifiers=(FetchModifier(b"PARTIAL", _narrow, _parse),),
)
