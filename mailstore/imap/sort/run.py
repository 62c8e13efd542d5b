"""Putting messages in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

from mailstore.imap.search.columns import read_columns
from mailstore.imap.session import Session
from mailstore.imap.sort.criterion import Requested
from mailstore.store.ports import Column

T = TypeVar("T")


class Order(NamedTuple):
    """Messages, by UID, and their places among them in the order asked for."""

    uids: Sequence[int]
    places: list[int]

    def apply(self, values: Sequence[T]) -> list[T]:
        """Values of the messages, which stand by UID, in the order asked for."""
        return list(map(values.__getitem__, self.places))


async def sort(session: Session, uids: Sequence[int], criteria: Sequence[Requested]) -> Order:
    """Put in order what a search found; messages that went meanwhile are left out.

    Raises MailboxGone, Disconnected.
    """
    wanted = dict.fromkeys(column for each in criteria for column in each.criterion.columns)
    columns = await read_columns(session, uids, tuple(wanted))
    found = columns[Column.UID]
    places = await session.view.mailbox.work(lambda: compare(columns, criteria), len(found))
    return Order(found, places)


def compare(columns: dict[Column, Sequence[Any]], criteria: Sequence[Requested]) -> list[int]:
    """Places in the columns, which are by UID, in the order asked for.

    A stable sort by each criterion, the last one first: so each may have its own direction,
    and what is alike in all of them stays in the order of the mailbox (RFC 5256, section 3).
    """
    places = list(range(len(columns[Column.UID])))
    for criterion, descending in reversed(criteria):
        places.sort(key=criterion.compared(columns).__getitem__, reverse=descending)
    return places
