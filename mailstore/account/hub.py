"""Tells sessions that a mailbox changed, or what mailboxes there are.

Invariants:

* ``publish`` comes after the change is durable and visible in the store, never before.
* A notice carries no content. Whoever hears it asks the store what happened since the
  mod-sequence it knows, or the journal what happened since the event it knows, so notices may
  be joined, repeated, or come late without harm.
* Callbacks are short: they take note, or write what is new to a client that waits for it.
  They may subscribe and cancel, and never raise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Final

Notice = Callable[[], None]

HIERARCHY: Final = ""
"""Stands for a mailbox name where names, subscriptions and annotations are meant."""


class Hub:
    """Subscriptions to the mailboxes of one user."""

    def __init__(self) -> None:
        self._notices: defaultdict[str, dict[object, Notice]] = defaultdict(dict)

    def subscribe(self, mailbox: str, notice: Notice) -> Callable[[], None]:
        """Call ``notice`` after each change; returns what cancels it."""
        token = object()
        self._notices[mailbox][token] = notice

        def cancel() -> None:
            notices = self._notices.get(mailbox)
            if notices is not None:
                notices.pop(token, None)
                if not notices:
                    del self._notices[mailbox]

        return cancel

    def publish(self, mailbox: str) -> None:
        for notice in list(self._notices.get(mailbox, {}).values()):
            notice()
