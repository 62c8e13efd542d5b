"""What was done to names, subscriptions and annotations: what has no mod-sequences.

Invariants:

* Events are numbered from 1. A session keeps the number of the last one it took in, and asks
  for those after it; so here, too, notices of the hub carry no content.
* Only the last :data:`KEPT` events are kept, once for all sessions of the user. Whoever asks
  from further back is told that some were lost.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from typing import Final, NamedTuple

KEPT: Final = 1000


class Kind(Enum):
    CREATED = auto()
    DELETED = auto()
    RENAMED = auto()
    SUBSCRIBED = auto()
    UNSUBSCRIBED = auto()
    ANNOTATED = auto()


class Event(NamedTuple):
    """One thing that was done.

    Attributes:
        by: The account of the session that did it; None if another program did.
        kind: What was done.
        mailbox: Its canonical name, the new one after RENAMED; or ``model.metadata.SERVER``.
        old_name: Before RENAMED.
        entries: Names of annotations that were set or removed.
    """

    by: object
    kind: Kind
    mailbox: str
    old_name: str = ""
    entries: tuple[bytes, ...] = ()


class Journal:
    """The last events of one user, oldest first."""

    def __init__(self) -> None:
        self.last = 0
        self._events: deque[Event] = deque(maxlen=KEPT)

    def add(self, event: Event) -> None:
        self._events.append(event)
        self.last += 1

    def after(self, number: int) -> list[Event] | None:
        """Events with a higher number than ``number``; None if some are not kept any more."""
        count = self.last - number
        if count > len(self._events):
            return None
        return [self._events[place] for place in range(-count, 0)]
