"""Threading algorithms, as extensions declare them, and the trees that they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mailstore.imap.sort.criterion import sent_dates
from mailstore.store.ports import Column

Columns = dict[Column, Sequence[Any]]


class Threads(NamedTuple):
    """Trees of messages, named by their places from 0.

    Attributes:
        roots: First messages of threads, in order. A place beyond the messages is a thread
            whose first message is not there.
        children: Of the messages that have any, in order.
    """

    roots: list[int]
    children: dict[int, list[int]]


@dataclass(frozen=True, slots=True)
class ThreadAlgorithm:
    """Declares an algorithm.

    Attributes:
        name: In upper case.
        columns: What it takes of each message.
        make: Makes threads of these, which are in the order of the mailbox.
    """

    name: bytes
    columns: tuple[Column, ...]
    make: Callable[[Columns], Threads]


def when_sent(columns: Columns) -> Sequence[int]:
    """The sent dates of the messages, see :func:`sent_dates`."""
    return sent_dates(columns[Column.SENT_AT], columns[Column.INTERNAL_DATE])


def by_date(dates: Sequence[int]) -> list[int]:
    """Places in the order of their dates; equals stay as they were."""
    return sorted(range(len(dates)), key=dates.__getitem__)
