"""CONTEXT=SEARCH, RFC 5267: results of SEARCH that stay up to date.

PARTIAL, which it has too, is RFC 9394's. CONTEXT is a hint that a result will be asked for again,
and needs no help here. What UPDATE does is in :mod:`mailstore.imap.contexts`.

Deviation: what changes by the passing of time alone (OLDER, YOUNGER) is not told.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailstore.imap.contexts import keep_up_to_date
from mailstore.imap.registry import Command, Extension, Results, SearchReturn, State
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor


def _nothing(numbers: Sequence[int], value: None) -> bytes:
    return b""


def _update(session: Session, results: Results) -> None:
    if results.root is not None:
        keep_up_to_date(session, results.root, results.uids, by_uid=results.by_uid)


def _parse_cancel(cursor: Cursor) -> list[bytes]:
    """``cancelupdate = "CANCELUPDATE" 1*(SP quoted)``."""
    tags: list[bytes] = []
    while not tags or not cursor.at_end():
        cursor.space()
        tags.append(cursor.string())
    return tags


async def _cancel(session: Session, tags: list[bytes]) -> None:
    """A tag without a context is passed over: it may have been refused one."""
    for tag in tags:
        session.view.contexts.pop(tag, None)


CANCELUPDATE = Command(b"CANCELUPDATE", State.SELECTED, _parse_cancel, _cancel)

EXTENSION = Extension(
    rfc=5267,
    title="CONTEXT=SEARCH",
    capabilities=(b"CONTEXT=SEARCH",),
    commands=(CANCELUPDATE,),
    search_returns=(
        SearchReturn(b"CONTEXT", _nothing),
        SearchReturn(b"UPDATE", _nothing, keep=_update),
    ),
)
