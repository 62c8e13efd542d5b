"""SAVEDATE, RFC 8514: when a message came into its mailbox.

Every mailbox has these dates, so none is ever NIL and every message matches SAVEDATESUPPORTED.
A copy has a date of its own. Days are those in UTC, as FETCH tells dates.
"""

from __future__ import annotations

from mailstore.imap.fetch.item import each_alone, index_item
from mailstore.imap.registry import Extension
from mailstore.imap.search.key import ALL
from mailstore.imap.search.keys import before, constant, day_key, on, since
from mailstore.imap.wire.encode import encode_date_time
from mailstore.store.ports import Column

EXTENSION = Extension(
    rfc=8514,
    title="SAVEDATE",
    capabilities=(b"SAVEDATE",),
    fetch_items=(index_item(b"SAVEDATE", (Column.SAVED_AT,), encode=each_alone(encode_date_time)),),
    search_keys=(
        day_key(b"SAVEDBEFORE", Column.SAVED_AT, before),
        day_key(b"SAVEDON", Column.SAVED_AT, on),
        day_key(b"SAVEDSINCE", Column.SAVED_AT, since),
        constant(b"SAVEDATESUPPORTED", ALL),
    ),
)
