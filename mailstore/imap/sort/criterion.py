"""Sort criteria, as extensions declare them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mailstore.mime.date import NO_DATE
from mailstore.store.ports import Column

Keys = Callable[..., Sequence[Any]]
"""Gets one sequence of values for each column; gives what is compared, one a message."""


@dataclass(frozen=True, slots=True)
class SortCriterion:
    """Declares a criterion.

    Attributes:
        name: In upper case.
        columns: What it takes of a message.
        keys: Makes what is compared; None if the values of the only column are.
    """

    name: bytes
    columns: tuple[Column, ...]
    keys: Keys | None = None

    def compared(self, columns: dict[Column, Sequence[Any]]) -> Sequence[Any]:
        """What is compared, one a message, in the order of the columns."""
        values = [columns[column] for column in self.columns]
        return values[0] if self.keys is None else self.keys(*values)


class Requested(NamedTuple):
    """A criterion as the client gave it; ``descending`` is REVERSE."""

    criterion: SortCriterion
    descending: bool


def sent_dates(sent_at: Sequence[int], internal_dates: Sequence[int]) -> Sequence[int]:
    """Seconds since the epoch: the internal date where the Date field tells nothing.

    RFC 5256, section 2.2.
    """
    if NO_DATE not in sent_at:
        return sent_at
    return [
        internal_date if sent == NO_DATE else sent
        for sent, internal_date in zip(sent_at, internal_dates, strict=True)
    ]
