"""UIDPLUS, RFC 4315: UID EXPUNGE, and the UIDs that APPEND and COPY gave.

The codes APPENDUID and COPYUID are made in those commands. UIDNOTSTICKY is never sent, as
every mailbox keeps its UIDs.
"""

from __future__ import annotations

from mailstore.imap.grammar.sequence_set import parse_sequence_set
from mailstore.imap.registry import Command, Extension, State
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.errors import ReadOnly
from mailstore.model.sequence_set import SequenceSet


def _parse(cursor: Cursor) -> SequenceSet:
    """``uid-expunge = "UID" SP "EXPUNGE" SP sequence-set``."""
    cursor.space()
    return parse_sequence_set(cursor)


async def _uid_expunge(session: Session, uids: SequenceSet) -> None:
    view = session.view
    if view.read_only:
        raise ReadOnly("the mailbox is open for reading only")
    await view.mailbox.expunge(view.ranges(uids, by_uid=True))


UID_EXPUNGE = Command(b"UID EXPUNGE", State.SELECTED, _parse, _uid_expunge, expunges=True)

EXTENSION = Extension(
    rfc=4315,
    title="UIDPLUS extension",
    capabilities=(b"UIDPLUS",),
    commands=(UID_EXPUNGE,),
)
