"""What a client wants to be told unasked: as every client does, or as it said with NOTIFY."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Flag, auto
from typing import NamedTuple

from mailstore.imap.fetch.item import Item
from mailstore.model.mailbox import SEPARATOR


class Events(Flag):
    """RFC 5465, section 5."""

    MESSAGE_NEW = auto()
    MESSAGE_EXPUNGE = auto()
    FLAG_CHANGE = auto()
    MAILBOX_NAME = auto()
    SUBSCRIPTION_CHANGE = auto()
    MAILBOX_METADATA_CHANGE = auto()
    SERVER_METADATA_CHANGE = auto()

    COMINGS_AND_GOINGS = MESSAGE_NEW | MESSAGE_EXPUNGE
    MESSAGES = MESSAGE_NEW | MESSAGE_EXPUNGE | FLAG_CHANGE


NO_EVENTS = Events(0)


class Group(NamedTuple):
    """Events of some of the mailboxes that are not selected.

    Attributes:
        events: What is to be told of them.
        names: Only of these; None is all.
        subtree: And of those below them.
        subscribed: Only of those that are subscribed.
    """

    events: Events
    names: frozenset[str] | None = None
    subtree: bool = False
    subscribed: bool = False

    def holds(self, name: str, *, subscribed: bool) -> bool:
        if self.subscribed and not subscribed:
            return False
        if self.names is None:
            return True
        return name in self.names or (
            self.subtree and any(above in self.names for above in _above(name))
        )


def _above(name: str) -> Iterator[str]:
    while SEPARATOR in name:
        name = name.rpartition(SEPARATOR)[0]
        yield name


@dataclass(frozen=True, slots=True)
class Interest:
    """As it is before the first NOTIFY, unless told otherwise.

    Attributes:
        asked: The client gave a NOTIFY: whatever is not here it does not want to hear.
        always: It listens also while no command runs.
        selected: Events of the selected mailbox, whichever that is.
        at_once: EXPUNGE too may be sent while no command runs.
        items: What to FETCH of new messages there.
        groups: Events of the other mailboxes, and of the server.
    """

    asked: bool = False
    always: bool = False
    selected: Events = Events.MESSAGES
    at_once: bool = False
    items: tuple[Item, ...] = ()
    groups: tuple[Group, ...] = ()

    def of(self, name: str, *, subscribed: bool) -> Events:
        """The events of a mailbox in all groups together (RFC 5465, section 6)."""
        events = NO_EVENTS
        for group in self.groups:
            if group.events not in events and group.holds(name, subscribed=subscribed):
                events |= group.events
        return events

    @property
    def anywhere(self) -> Events:
        """What any group asks for."""
        events = NO_EVENTS
        for group in self.groups:
            events |= group.events
        return events

    @property
    def subscriptions(self) -> bool:
        """Whether a name is subscribed has to be known."""
        return any(group.subscribed for group in self.groups)


NOTHING = Interest(asked=True, selected=NO_EVENTS)
"""``NOTIFY NONE``."""
