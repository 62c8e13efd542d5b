"""The answers to one FETCH, batch by batch.

A message that is gone is left out. That costs nothing to find out for what the index
answers, and is found when the file is opened otherwise. Nothing of an answer is written
before the first octets of its message were read, so that this stays possible; if a file fails
in the middle of a literal whose size has been told, the connection is all that can
be given up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mailstore.imap.fetch.plan import Plan, Row
from mailstore.imap.output import SLICE
from mailstore.imap.responses import Disconnected
from mailstore.imap.session import Session
from mailstore.imap.view import View
from mailstore.mime.pack import unpack_parts
from mailstore.mime.part import Part
from mailstore.model.errors import MailboxGone, MailError, MessageGone
from mailstore.model.flags import SEEN, FlagChange, FlagMode, encode_flags
from mailstore.model.sequence_set import Ranges, ranges_of
from mailstore.store.ports import FlagsRow, StoredMessage

SEEN_BATCH: Final = 32
"""Messages that become ``\\Seen`` at once, before they are sent."""

_MARK_SEEN: Final = FlagChange(FlagMode.ADD, SEEN, ())


async def send_answers(
    session: Session, view: View, plan: Plan, ranges: Ranges, changed_since: int = 0
) -> int:
    """Answer for all messages in ``ranges``; returns how many were answered.

    Raises MailboxGone, Disconnected.
    """
    answered = 0
    goal = None if changed_since else len(view.uids_in(ranges))
    rows = view.mailbox.rows(plan.columns, ranges, changed_since=changed_since)
    session.progress.at(0, goal)
    async for batch in rows:
        if answered:
            session.progress.at(answered, goal)
        if not plan.content:
            await session.output.send(plan.lines(view, batch))
            answered += len(batch)
            continue
        for start in range(0, len(batch), SEEN_BATCH):
            answered += await _send_messages(session, view, plan, batch[start : start + SEEN_BATCH])
    return answered


async def _send_messages(session: Session, view: View, plan: Plan, rows: Sequence[Row]) -> int:
    seen: dict[int, bytes] = {}
    if plan.sets_seen:
        changed = await _mark_seen(view, plan.unseen(rows))
        rows = plan.with_flags(rows, changed)
        if not plan.shows_flags:
            seen = {row.uid: _seen_item(session, view, row) for row in changed}
    answered = 0
    for row, head in zip(rows, plan.heads(view, rows), strict=True):
        flags = seen.get(row[0])
        if flags is not None:
            head += (b"" if head.endswith(b"(") else b" ") + flags
        answered += await _send_message(session, view, plan, row, head)
    return answered


async def _mark_seen(view: View, uids: list[int]) -> list[FlagsRow]:
    """Set ``\\Seen``; what was changed must be shown in the answers."""
    if not uids:
        return []
    try:
        result = await view.store_flags(ranges_of(uids), _MARK_SEEN, silent=False)
    except MailboxGone:
        raise
    except MailError:
        # A full or failing disk: mail can be read all the same.
        return []
    return result.rows


def _seen_item(session: Session, view: View, row: FlagsRow) -> bytes:
    """``FLAGS``, and MODSEQ for those who know it (RFC 7162, section 3.1)."""
    flags = encode_flags(row.flags, row.keywords, view.is_recent(row.uid))
    if session.condstore:
        return b"FLAGS %b MODSEQ (%d)" % (flags, row.mod_seq)
    return b"FLAGS %b" % flags


async def _send_message(session: Session, view: View, plan: Plan, row: Row, head: bytes) -> bool:
    try:
        message = await view.mailbox.read(row[0])
    except MessageGone:
        return False
    try:
        root = unpack_parts(plan.parts_of(row)) if plan.needs_parts else None
        return await _send_content(session, plan, message, root, head)
    finally:
        message.close()


async def _send_content(
    session: Session, plan: Plan, message: StoredMessage, root: Part | None, head: bytes
) -> bool:
    waiting, size, started = [head], 0, False
    separator = b"" if head.endswith(b"(") else b" "
    try:
        for item in plan.content:
            # One after another: what an item has read is gone before the next reads.
            octets = item.open(message, root)
            waiting.append(separator + item.label + b" ")
            separator = b" "
            if octets is None:
                waiting.append(b"NIL")
                continue
            waiting.append(octets.head)
            for piece in octets.pieces:
                waiting.append(piece)
                size += len(piece)
                if size >= SLICE:
                    session.output.write(b"".join(waiting))
                    waiting, size, started = [], 0, True
                    await session.output.drained()
    except MessageGone:
        if started:
            session.connection.give_up()
            raise Disconnected from None
        return False
    waiting.append(b")\r\n")
    session.output.write(b"".join(waiting))
    await session.output.drained()
    return True
