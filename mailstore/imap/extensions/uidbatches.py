"""UIDBATCHES, RFC 10022: ranges of UIDs that hold so many messages each, the newest first.

The ranges touch: together they are all UIDs up to the highest, so that what a client does
with each of them in turn it does to every message. TOOMANY is never needed, as a batch is found
without looking at the messages in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from mailstore.imap.registry import Command, Extension, State
from mailstore.imap.responses import Refused, Unacceptable
from mailstore.imap.session import Session
from mailstore.imap.updates import SLICE
from mailstore.imap.view import View
from mailstore.imap.wire.cursor import Cursor

SMALLEST: Final = 500
"""Messages that a batch has at least, so that this does not bring message numbers back."""


class _Arguments(NamedTuple):
    """``first`` and ``last`` count batches from 1; both are told."""

    size: int
    first: int
    last: int | None


def _parse(cursor: Cursor) -> _Arguments:
    """``message-batches = "UIDBATCHES" SP nz-number [SP nz-number ":" nz-number]``."""
    cursor.space()
    size = cursor.nz_number()
    if cursor.at_end():
        return _Arguments(size, 1, None)
    cursor.space()
    first = cursor.nz_number()
    cursor.expect(b":")
    return _Arguments(size, first, cursor.nz_number())


async def _answer(session: Session, arguments: _Arguments) -> None:
    size, first, last = arguments
    if last is not None and last < first:
        raise Unacceptable(b"The first batch comes after the last", b"CLIENTBUG")
    if size < SMALLEST:
        raise Refused(b"Batches of fewer than %d messages are not made" % SMALLEST, b"TOOFEW")
    batches = islice(_batches(session.view, size), first - 1, last)
    session.output.write(b'* UIDBATCHES (TAG "%s")' % session.tag)
    separator = b" "
    while piece := b",".join(b"%d:%d" % batch for batch in islice(batches, SLICE)):
        session.output.write(separator + piece)
        separator = b","
        await session.output.drained()
    session.output.write(b"\r\n")


def _batches(view: View, size: int) -> Iterator[tuple[int, int]]:
    """The highest and the lowest UID of each batch; the last one goes down to 1."""
    end = view.exists
    high = view.uids[-1] if end else 0
    while end > 0:
        end -= size
        low = view.uids[end] if end > 0 else 1
        yield high, low
        high = low - 1


UIDBATCHES = Command(b"UIDBATCHES", State.SELECTED, _parse, _answer)

EXTENSION = Extension(
    rfc=10022, title="UIDBATCHES", capabilities=(b"UIDBATCHES",), commands=(UIDBATCHES,)
)
