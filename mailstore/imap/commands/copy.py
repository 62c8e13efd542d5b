"""COPY and UID COPY (RFC 9051, section 6.4.7), all or none.

Messages that were expunged meanwhile cannot be copied and are left out; only if none is
left is that a NO (RFC 2180, section 4.4).
"""

from __future__ import annotations

from typing import NamedTuple

from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.grammar.sequence_set import parse_sequence_set
from mailstore.imap.registry import Command, State
from mailstore.imap.responses import Ok
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.errors import MessageGone
from mailstore.model.sequence_set import SequenceSet, encode_numbers
from mailstore.store.ports import Copied


class CopyArguments(NamedTuple):
    messages: SequenceSet
    destination: str


def parse_copy(cursor: Cursor) -> CopyArguments:
    """``copy = "COPY" SP sequence-set SP mailbox``; MOVE is alike. The name was read."""
    cursor.space()
    messages = parse_sequence_set(cursor)
    cursor.space()
    return CopyArguments(messages, parse_mailbox(cursor))


def copyuid(copied: Copied) -> bytes:
    """``resp-code-copy = "COPYUID" SP nz-number SP uid-set SP uid-set`` (RFC 4315).

    Raises MessageGone if nothing was copied.
    """
    if not copied.uids:
        raise MessageGone(0)
    sources, uids = encode_numbers(copied.sources), encode_numbers(copied.uids)
    return b"COPYUID %d %s %s" % (copied.uid_validity, sources, uids)


async def _copy(session: Session, arguments: CopyArguments) -> Ok | None:
    return await _answer(session, arguments, by_uid=False)


async def _uid_copy(session: Session, arguments: CopyArguments) -> Ok | None:
    return await _answer(session, arguments, by_uid=True)


async def _answer(session: Session, arguments: CopyArguments, *, by_uid: bool) -> Ok | None:
    view = session.view
    ranges = view.ranges(arguments.messages, by_uid=by_uid)
    count = len(view.uids_in(ranges))
    if not count:
        return Ok(b"There are no such messages")
    session.progress.at(0, count)
    return Ok(code=copyuid(await view.mailbox.copy(ranges, arguments.destination)))


COMMANDS = (
    Command(b"COPY", State.SELECTED, parse_copy, _copy, try_create=True),
    Command(b"UID COPY", State.SELECTED, parse_copy, _uid_copy, try_create=True),
)
