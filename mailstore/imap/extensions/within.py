"""WITHIN, RFC 5032: search keys for messages of the last seconds, and for all others."""

from __future__ import annotations

from collections.abc import Callable

from mailstore.imap.registry import Extension
from mailstore.imap.search.key import Decode, Leaf, Moment, Node, RowKey, SearchKey, Test
from mailstore.imap.wire.cursor import Cursor
from mailstore.store.ports import Column


def _interval(name: bytes, compare: Callable[[int], Test]) -> SearchKey:
    """``("YOUNGER" / "OLDER") SP nz-number``; ``compare`` gets the time so long ago."""

    def parse(cursor: Cursor, decode: Decode) -> Node:
        cursor.space()
        interval_s = cursor.nz_number()

        def prepare(moment: Moment) -> Test:
            return compare(moment.now - interval_s)

        return Leaf(RowKey((Column.INTERNAL_DATE,), prepare))

    return SearchKey(name, parse)


EXTENSION = Extension(
    rfc=5032,
    title="WITHIN search extension",
    capabilities=(b"WITHIN",),
    search_keys=(
        _interval(b"YOUNGER", lambda then: then.__le__),
        _interval(b"OLDER", lambda then: then.__ge__),
    ),
)
