"""Reading what has to be known of the messages that a search found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mailstore.imap.session import Session
from mailstore.model.sequence_set import ranges_of
from mailstore.store.ports import Column

_FEW_RANGES: Final = 8


async def read_columns(
    session: Session, uids: Sequence[int], columns: tuple[Column, ...]
) -> dict[Column, Sequence[Any]]:
    """Columns of messages of the selected mailbox, the UID too, all in its order.

    ``uids`` ascend. Messages that were not read yet are, and those that are gone are left
    out. Raises MailboxGone, Disconnected.
    """
    view = session.view
    ranges, others = ranges_of(uids), False
    if len(ranges) > _FEW_RANGES and 2 * len(uids) > view.exists:
        # Going through all of them is quicker than looking most of them up.
        ranges, others = [(uids[0], uids[-1])], True
    wanted = set(uids) if others else set()
    asked = (Column.UID, *(column for column in columns if column is not Column.UID))
    rows: list[tuple[Any, ...]] = []
    async for batch in view.mailbox.rows(asked, ranges):
        if rows:
            await session.output.take_turns()
        rows += [row for row in batch if row[0] in wanted] if others else batch
    found: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(asked)
    return dict(zip(asked, found, strict=True))
