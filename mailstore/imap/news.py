"""News: what other sessions did to names, subscriptions and annotations, told unasked.

Annotations: once the client has shown that it knows METADATA (RFC 5464, section 4.4.2). All of
it: as far as the client asked for it by NOTIFY (RFC 5465, sections 5.4 to 5.7). What is told is
how things are now; the journal says of which names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mailstore.account.journal import Event, Kind
from mailstore.imap.hierarchy import ListedName, encode_listed, read_names
from mailstore.imap.interest import Events
from mailstore.imap.registry import State
from mailstore.imap.session import Session
from mailstore.imap.wire.encode import encode_astring, encode_mailbox
from mailstore.model.errors import LimitReached
from mailstore.model.mailbox import SEPARATOR
from mailstore.model.metadata import SERVER

_WANTED = {
    Kind.CREATED: Events.MAILBOX_NAME,
    Kind.DELETED: Events.MAILBOX_NAME,
    Kind.RENAMED: Events.MAILBOX_NAME,
    Kind.SUBSCRIBED: Events.SUBSCRIPTION_CHANGE,
    Kind.UNSUBSCRIBED: Events.SUBSCRIPTION_CHANGE,
    Kind.ANNOTATED: Events.MAILBOX_METADATA_CHANGE,
}


async def send_news(session: Session) -> None:
    """Watch what is new, and tell what the user's journal has got since the last time.

    Raises Disconnected, LimitReached (more than can be watched, or told), and other MailErrors,
    after which it is to be called again.
    """
    if not session.state & State.LOGGED_IN:
        return
    account = session.account
    last = account.last_event
    if last == session.news_told:
        return
    events = account.events_after(session.news_told)
    lost = events is None
    others = [event for event in events or () if event.by is not account]
    if session.watch is not None and _names_changed(events):
        await session.watch.follow(session, session.interest, known=not lost and not others)
    await _send(session, others)
    session.news_told = last
    if lost and session.interest.anywhere & ~Events.MESSAGES:
        raise LimitReached("more happened than is kept")


def _names_changed(events: Sequence[Event] | None) -> bool:
    return events is None or any(event.kind is not Kind.ANNOTATED for event in events)


async def _send(session: Session, events: Sequence[Event]) -> None:
    names: dict[str, ListedName] = {}
    if any(_WANTED[event.kind] & session.interest.anywhere for event in events):
        listed = await read_names(session.account, subscriptions=True)
        names = {each.name: each for each in listed}
    lines: dict[bytes, None] = {}
    for event in events:
        if event.kind is Kind.ANNOTATED:
            if _wants_metadata(session, event.mailbox, names):
                lines[encode_changed_entries(event.mailbox, event.entries)] = None
        else:
            lines.update(dict.fromkeys(_listed(session, event, names)))
    for line in lines:
        session.output.untagged(line)
        await session.output.drained()


def _wants(session: Session, kind: Events, name: str, names: dict[str, ListedName]) -> bool:
    subscribed = name in names and names[name].subscribed
    return bool(kind & session.interest.of(name, subscribed=subscribed))


def _wants_metadata(session: Session, mailbox: str, names: dict[str, ListedName]) -> bool:
    if not session.interest.asked:
        return b"METADATA" in session.enabled or (
            mailbox == SERVER and b"METADATA-SERVER" in session.enabled
        )
    if mailbox == SERVER:
        return bool(session.interest.anywhere & Events.SERVER_METADATA_CHANGE)
    return _wants(session, Events.MAILBOX_METADATA_CHANGE, mailbox, names)


def _listed(session: Session, event: Event, names: dict[str, ListedName]) -> Iterable[bytes]:
    """LIST answers for the names that an event is about."""
    name, kind = event.mailbox, _WANTED[event.kind]
    if kind is Events.SUBSCRIPTION_CHANGE:
        # What was unsubscribed was among the subscribed ones before.
        if kind & session.interest.of(name, subscribed=True):
            yield _encode(name, names, subscription=True)
        return
    if event.kind is Kind.RENAMED:
        if any(_wants(session, kind, each, names) for each in (name, event.old_name)):
            old_name = b' ("OLDNAME" (%b))' % encode_mailbox(event.old_name)
            yield _encode(name, names) + old_name
        return
    # The mailbox and the name above it are affected (RFC 5465, section 5.4).
    for each in (name, name.rpartition(SEPARATOR)[0]):
        if each and _wants(session, kind, each, names):
            yield _encode(each, names)


def _encode(name: str, names: dict[str, ListedName], *, subscription: bool = False) -> bytes:
    listed = names.get(name)
    if listed is None or not listed.exists:
        attributes = [b"\\NonExistent"]
    else:
        attributes = listed.attributes(extended=True)
    if subscription and listed is not None and listed.subscribed:
        attributes.append(b"\\Subscribed")
    return encode_listed(b"LIST", name, attributes)


def encode_changed_entries(mailbox: str, entries: Iterable[bytes]) -> bytes:
    """``metadata-resp`` with an ``entry-list``: names without values."""
    names = b" ".join(map(encode_astring, entries))
    return b"METADATA %s %s" % (encode_mailbox(mailbox), names)
