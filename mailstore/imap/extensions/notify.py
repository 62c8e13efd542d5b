"""NOTIFY, RFC 5465: the client says what it wants to be told, and listens all the time.

What may be asked for becomes an :class:`~mailstore.imap.interest.Interest` of the session; the
engine does the rest: :mod:`mailstore.imap.updates`, :mod:`~mailstore.imap.watch`,
:mod:`~mailstore.imap.news`. ``inboxes`` is as ``personal``, since other programs may deliver to any
mailbox (section 6.3). AnnotationChange is not supported, as messages have no annotations here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from mailstore.imap.commands.fetch import MOST_ITEMS, Requested, parse_fetch_item
from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.grammar.names import parse_list
from mailstore.imap.interest import NO_EVENTS, NOTHING, Events, Group, Interest
from mailstore.imap.registry import Command, Extension, State
from mailstore.imap.responses import Refused
from mailstore.imap.session import Session
from mailstore.imap.updates import update
from mailstore.imap.watch import Watch
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.errors import LimitReached

MOST_GROUPS: Final = 100
"""Event groups of one command: each is looked at for each mailbox."""

_EVENTS: Final = {
    b"MESSAGENEW": Events.MESSAGE_NEW,
    b"MESSAGEEXPUNGE": Events.MESSAGE_EXPUNGE,
    b"FLAGCHANGE": Events.FLAG_CHANGE,
    b"MAILBOXNAME": Events.MAILBOX_NAME,
    b"SUBSCRIPTIONCHANGE": Events.SUBSCRIPTION_CHANGE,
    b"MAILBOXMETADATACHANGE": Events.MAILBOX_METADATA_CHANGE,
    b"SERVERMETADATACHANGE": Events.SERVER_METADATA_CHANGE,
}

_SUPPORTED: Final = (
    b"MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange"
    b" MailboxMetadataChange ServerMetadataChange"
)


class _Listed(NamedTuple):
    """``events``; ``items`` are what MessageNew asks for."""

    events: Events
    items: tuple[Requested, ...] = ()


class _Selected(NamedTuple):
    """The group of the selected mailbox; ``delayed`` is ``selected-delayed``."""

    delayed: bool
    listed: _Listed


class _Arguments(NamedTuple):
    """``interest`` has the groups; NOTHING is ``NONE``."""

    interest: Interest
    status: bool = False
    items: tuple[Requested, ...] = ()


# Grammar


def _parse(cursor: Cursor) -> _Arguments:
    """``notify = "NOTIFY" SP (notify-set / notify-none)``.

    ``notify-set = "SET" [SP "STATUS"] SP event-groups``; ``notify-none = "NONE"``.
    """
    cursor.space()
    if cursor.take(b"NONE"):
        return _Arguments(NOTHING)
    cursor.expect(b"SET")
    cursor.space()
    status = cursor.take(b"STATUS ")
    selected: _Selected | None = None
    groups = []
    while True:
        group = _parse_group(cursor)
        if isinstance(group, Group):
            groups.append(group)
        elif selected is not None:
            raise cursor.bad("expected one group for the selected mailbox before this")
        else:
            selected = group
        if len(groups) > MOST_GROUPS:
            raise cursor.bad("too many groups before this")
        if cursor.at_end():
            break
        cursor.space()
    return _arguments(status, selected, groups)


def _arguments(status: bool, selected: _Selected | None, groups: list[Group]) -> _Arguments:
    """Without a group for it, nothing of the selected mailbox is told (section 3.1)."""
    chosen = selected or _Selected(True, _Listed(NO_EVENTS))
    interest = Interest(
        asked=True,
        always=True,
        selected=chosen.listed.events,
        at_once=not chosen.delayed,
        items=tuple(item for _, item in chosen.listed.items),
        groups=tuple(groups),
    )
    return _Arguments(interest, status, chosen.listed.items)


def _parse_group(cursor: Cursor) -> Group | _Selected:
    """``event-group = "(" filter-mailboxes SP events ")"``."""
    cursor.enter()
    start = cursor.position
    word = cursor.keyword()
    if word in (b"SELECTED", b"SELECTED-DELAYED"):
        cursor.space()
        group: Group | _Selected = _Selected(
            word == b"SELECTED-DELAYED", _parse_events(cursor, of_selected=True)
        )
    elif word in _FILTERS:
        make = _FILTERS[word](cursor)
        cursor.space()
        group = make(_parse_events(cursor, of_selected=False).events)
    else:
        cursor.position = start
        raise cursor.bad("expected the name of a filter")
    cursor.leave()
    return group


_MakeGroup = Callable[[Events], Group]


def _every(cursor: Cursor) -> _MakeGroup:
    """``"inboxes" / "personal"``."""
    return Group


def _subscribed(cursor: Cursor) -> _MakeGroup:
    """``"subscribed"``."""
    return lambda events: Group(events, subscribed=True)


def _subtree(cursor: Cursor) -> _MakeGroup:
    """``"subtree" SP one-or-more-mailbox``."""
    names = _parse_mailboxes(cursor)
    return lambda events: Group(events, names, subtree=True)


def _mailboxes(cursor: Cursor) -> _MakeGroup:
    """``"mailboxes" SP one-or-more-mailbox``; no wildcards in the names."""
    names = _parse_mailboxes(cursor)
    return lambda events: Group(events, names)


_FILTERS: Final[dict[bytes, Callable[[Cursor], _MakeGroup]]] = {
    b"INBOXES": _every,
    b"PERSONAL": _every,
    b"SUBSCRIBED": _subscribed,
    b"SUBTREE": _subtree,
    b"MAILBOXES": _mailboxes,
}


def _parse_mailboxes(cursor: Cursor) -> frozenset[str]:
    """``one-or-more-mailbox = mailbox / "(" mailbox *(SP mailbox) ")"``."""
    cursor.space()
    if cursor.peek() == b"(":
        return frozenset(parse_list(cursor, parse_mailbox))
    return frozenset((parse_mailbox(cursor),))


def _parse_events(cursor: Cursor, *, of_selected: bool) -> _Listed:
    """``events = "(" event *(SP event) ")" / "NONE"``; see section 5 for what goes together.

    Raises Refused with BADEVENT for events that this server does not know.
    """
    if cursor.take(b"NONE"):
        return _Listed(NO_EVENTS)
    items: tuple[Requested, ...] = ()
    events = NO_EVENTS
    cursor.enter()
    while True:
        event = _parse_event(cursor)
        events |= event
        following = cursor.peek(2)
        if event is Events.MESSAGE_NEW and following == b" (":
            if not of_selected:
                raise cursor.bad("expected no items of FETCH but for the selected mailbox")
            cursor.space()
            items = tuple(parse_list(cursor, parse_fetch_item))
        if cursor.peek() != b" ":
            break
        cursor.space()
    cursor.leave()
    _check(cursor, events, of_selected=of_selected)
    if len(items) > MOST_ITEMS:
        raise cursor.bad("too many items of FETCH before this")
    return _Listed(events, items)


def _parse_event(cursor: Cursor) -> Events:
    event = _EVENTS.get(cursor.keyword())
    if event is None:
        raise Refused(b"There is no such event here", b"BADEVENT (%b)" % _SUPPORTED)
    return event


def _check(cursor: Cursor, events: Events, *, of_selected: bool) -> None:
    if of_selected and events & ~Events.MESSAGES:
        raise cursor.bad("expected only events of messages before this")
    if events & Events.MESSAGES and Events.COMINGS_AND_GOINGS not in events:
        raise cursor.bad("expected both MessageNew and MessageExpunge before this")


# The command


async def _notify(session: Session, arguments: _Arguments) -> None:
    """What was not told yet of the selected mailbox is told first, whatever was asked for before.

    If too many mailboxes would be watched, all stays as it was (RFC 5465, section 3.1).
    """
    if arguments.interest is NOTHING:
        session.listen(NOTHING)
        return
    for declared, _ in arguments.items:
        if declared.enables is not None:
            declared.enables(session)
    watch = Watch(session.limits.watched, session.connection.changed)
    try:
        await watch.follow(session, arguments.interest, known=True)
        await _catch_up(session)
        if arguments.status:
            await watch.describe(session)
    except BaseException as error:
        watch.close()
        if isinstance(error, LimitReached):
            raise Refused(b"Too many mailboxes to watch", b"LIMIT") from None
        raise
    session.listen(arguments.interest, watch)


async def _catch_up(session: Session) -> None:
    """NOTIFY implies NOOP; a client that wants to hear nothing takes a new look so."""
    view = session.selected
    if view is not None:
        await view.mailbox.look()
        view.stale = True
    if not session.interest.selected:
        session.listen(Interest(), None)
    await update(session, may_expunge=True)


EXTENSION = Extension(
    rfc=5465,
    title="IMAP NOTIFY extension",
    capabilities=(b"NOTIFY",),
    commands=(Command(b"NOTIFY", State.LOGGED_IN, _parse, _notify),),
)
