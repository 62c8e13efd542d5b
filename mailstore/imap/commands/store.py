"""STORE and UID STORE (RFC 9051, section 6.4.6; RFC 7162, section 3.1.3).

``.SILENT`` keeps back the flags, but not MODSEQ from a client that knows mod-sequences. A
message that was expunged meanwhile is passed over, and the tagged answer is ``OK
[EXPUNGEISSUED]``, as for FETCH.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mailstore.imap.grammar.flags import parse_bare_flags, parse_flag_list
from mailstore.imap.grammar.sequence_set import parse_sequence_set
from mailstore.imap.message_limit import limited
from mailstore.imap.registry import Command, State
from mailstore.imap.responses import Ok
from mailstore.imap.session import Session
from mailstore.imap.updates import SLICE, send_flags
from mailstore.imap.view import View
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.errors import ReadOnly
from mailstore.model.flags import FlagChange, FlagMode
from mailstore.model.sequence_set import SequenceSet, encode_numbers
from mailstore.store.ports import FlagsRow


class StoreArguments(NamedTuple):
    messages: SequenceSet
    change: FlagChange
    silent: bool
    unchanged_since: int | None


def parse_store(cursor: Cursor) -> StoreArguments:
    """``store = "STORE" SP sequence-set [store-modifiers] SP store-att-flags``.

    The name was read already.
    """
    cursor.space()
    messages = parse_sequence_set(cursor)
    cursor.space()
    unchanged_since = _parse_modifiers(cursor)
    change, silent = _parse_flags(cursor)
    return StoreArguments(messages, change, silent, unchanged_since)


def _parse_modifiers(cursor: Cursor) -> int | None:
    """``"(" "UNCHANGEDSINCE" SP mod-sequence-valzer ")"`` (RFC 7162, section 7), or nothing."""
    if cursor.peek() != b"(":
        return None
    cursor.enter()
    cursor.expect(b"UNCHANGEDSINCE")
    cursor.space()
    unchanged_since = cursor.number64()
    cursor.leave()
    cursor.space()
    return unchanged_since


def _parse_flags(cursor: Cursor) -> tuple[FlagChange, bool]:
    """``store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / flag *(SP flag))``."""
    mode = FlagMode.REPLACE
    if cursor.take(b"+"):
        mode = FlagMode.ADD
    elif cursor.take(b"-"):
        mode = FlagMode.REMOVE
    cursor.expect(b"FLAGS")
    silent = cursor.take(b".SILENT")
    cursor.space()
    flags = parse_flag_list(cursor) if cursor.peek() == b"(" else parse_bare_flags(cursor)
    return FlagChange(mode, flags.system, flags.keywords), silent


async def _store(session: Session, arguments: StoreArguments) -> Ok | None:
    return await _change(session, arguments, by_uid=False)


async def _uid_store(session: Session, arguments: StoreArguments) -> Ok | None:
    return await _change(session, arguments, by_uid=True)


async def _change(session: Session, arguments: StoreArguments, *, by_uid: bool) -> Ok | None:
    view = session.view
    if view.read_only:
        raise ReadOnly("the mailbox is open for reading only")
    messages, change, silent, unchanged_since = arguments
    ranges = limited(session, view, view.ranges(messages, by_uid=by_uid))
    if unchanged_since is not None:
        session.enable_condstore()
    if not ranges:
        return None
    result = await view.store_flags(ranges, change, unchanged_since, silent=silent)
    if not silent:
        await send_flags(session, view, result.rows)
    elif session.condstore:
        with_uid = (by_uid or session.qresync) and not view.uid_only
        await _send_mod_seqs(session, view, result.rows, with_uid=with_uid)
    if result.modified:
        modified = result.modified if by_uid else view.numbers(result.modified)
        return Ok(b"Conditional STORE failed", b"MODIFIED " + encode_numbers(modified))
    if len(result.rows) < len(view.uids_in(ranges)):
        return Ok(b"Some messages were expunged", b"EXPUNGEISSUED")
    return None


async def _send_mod_seqs(
    session: Session, view: View, rows: Sequence[FlagsRow], *, with_uid: bool
) -> None:
    """``* n FETCH (MODSEQ (m))`` in place of the flags (RFC 7162, section 3.1.3)."""
    form = view.fetch_head + (b"UID %d MODSEQ (%d))\r\n" if with_uid else b"MODSEQ (%d))\r\n")
    for start in range(0, len(rows), SLICE):
        piece = rows[start : start + SLICE]
        labels = view.labels([row.uid for row in piece])
        values = (
            (label, row.uid, row.mod_seq) if with_uid else (label, row.mod_seq)
            for label, row in zip(labels, piece, strict=True)
        )
        session.output.write(b"".join(map(form.__mod__, values)))
        await session.output.drained()


COMMANDS = (
    Command(b"STORE", State.SELECTED, parse_store, _store, may_expunge=False),
    Command(b"UID STORE", State.SELECTED, parse_store, _uid_store),
)
