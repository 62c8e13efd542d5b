"""FETCH and UID FETCH (RFC 9051, section 6.4.5; RFC 7162, section 3.1.4).

Messages that were expunged meanwhile are left out, and the tagged answer says so: ``OK
[EXPUNGEISSUED]`` (RFC 5530; RFC 2180, section 4.1, leaves the choice). It is no NO, as clients
show that to the user as a failure of everything.
"""

from __future__ import annotations

import re
from itertools import count
from typing import Final, NamedTuple, cast

from mailstore.imap.fetch.answer import send_answers
from mailstore.imap.fetch.item import FetchItem, Item
from mailstore.imap.fetch.items import FETCH_ITEMS, MACROS, MOD_SEQ_ITEM, UID_ITEM
from mailstore.imap.fetch.plan import Plan
from mailstore.imap.grammar.names import parse_list
from mailstore.imap.grammar.sequence_set import parse_sequence_set
from mailstore.imap.registry import Command, State
from mailstore.imap.responses import Ok, Unacceptable
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.sequence_set import SequenceSet, contains, encode_numbers

__all__ = ["COMMANDS", "FETCH_ITEMS"]

MOST_ITEMS: Final = 100
"""Items of one FETCH, many times what clients ask for: each is made for a whole batch."""

_NAME: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9.-]*+")

Requested = tuple[FetchItem, Item]


class Modifiers(NamedTuple):
    """``fetch-modifier`` (RFC 7162, sections 3.1.4.1 and 3.2.6)."""

    changed_since: int | None = None
    vanished: bool = False


class FetchArguments(NamedTuple):
    messages: SequenceSet
    items: tuple[Requested, ...]
    modifiers: Modifiers = Modifiers()


def parse_fetch(cursor: Cursor) -> FetchArguments:
    """``fetch = "FETCH" SP sequence-set SP (macro / fetch-att / list) [fetch-modifiers]``.

    The name was read already.
    """
    cursor.space()
    messages = parse_sequence_set(cursor)
    cursor.space()
    items = _parse_items(cursor)
    if cursor.at_end():
        return FetchArguments(messages, items)
    cursor.space()
    return FetchArguments(messages, items, parse_modifiers(cursor))


def _parse_items(cursor: Cursor) -> tuple[Requested, ...]:
    """``"ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")"``."""
    if cursor.peek() == b"(":
        counted = count(1)

        def parse_next(cursor: Cursor) -> Requested:
            if next(counted) > MOST_ITEMS:
                raise cursor.bad("too many items of FETCH before this")
            return parse_fetch_item(cursor)

        return tuple(parse_list(cursor, parse_next))
    for macro, names in MACROS.items():
        if cursor.peek(len(macro) + 1).rstrip() == macro:
            cursor.take(macro)
            return tuple(_item(cursor, name) for name in names)
    return (parse_fetch_item(cursor),)


def parse_fetch_item(cursor: Cursor) -> Requested:
    """``fetch-att``, as far as the registry knows it."""
    start = cursor.position
    found = cursor.match(_NAME)
    name = found[0].upper() if found else b""
    if name not in cursor.registry.fetch_items:
        cursor.position = start
        raise cursor.bad("expected an item of FETCH")
    return _item(cursor, name)


def _item(cursor: Cursor, name: bytes) -> Requested:
    declared = cast(FetchItem, cursor.registry.fetch_items[name])
    return declared, declared.parse(cursor)


def parse_modifiers(cursor: Cursor) -> Modifiers:
    """``"(" fetch-modifier *(SP fetch-modifier) ")"`` (RFC 4466, section 2.4).

    ``"CHANGEDSINCE" SP mod-sequence-value / "VANISHED"`` (RFC 7162, section 7). Quirk
    (iOS): ``CHANGEDSINCE 0`` is every message.
    """
    modifiers = Modifiers()
    cursor.enter()
    while True:
        if cursor.take(b"CHANGEDSINCE"):
            cursor.space()
            modifiers = modifiers._replace(changed_since=cursor.number64())
        elif cursor.take(b"VANISHED"):
            modifiers = modifiers._replace(vanished=True)
        else:
            raise cursor.bad("expected a modifier of FETCH")
        if cursor.peek() != b" ":
            break
        cursor.space()
    cursor.leave()
    return modifiers


async def _fetch(session: Session, arguments: FetchArguments) -> Ok | None:
    return await _answer(session, arguments, by_uid=False)


async def _uid_fetch(session: Session, arguments: FetchArguments) -> Ok | None:
    return await _answer(session, arguments, by_uid=True)


async def _answer(session: Session, arguments: FetchArguments, *, by_uid: bool) -> Ok | None:
    view = session.view
    ranges = view.ranges(arguments.messages, by_uid=by_uid)
    changed_since, vanished = arguments.modifiers
    items = [item for _, item in arguments.items]
    if by_uid:
        items.insert(0, UID_ITEM)
    if changed_since is not None:
        # Implies MODSEQ (RFC 7162, section 3.1.4.1).
        session.enable_condstore()
        items.append(MOD_SEQ_ITEM)
    for declared, _ in arguments.items:
        if declared.enables is not None:
            declared.enables(session)
    if vanished:
        await _send_vanished(session, arguments, by_uid=by_uid)
    plan = Plan(items, sets_seen=not view.read_only)
    answered = await send_answers(session, view, plan, ranges, changed_since or 0)
    if changed_since is None and answered < len(view.uids_in(ranges)):
        return Ok(b"Some messages were expunged", b"EXPUNGEISSUED")
    return None


async def _send_vanished(session: Session, arguments: FetchArguments, *, by_uid: bool) -> None:
    """``VANISHED (EARLIER)``: UIDs that the client asked for and that went since.

    ``*`` is the highest UID that was ever told here, as the last messages may be those
    that went. UIDs whose EXPUNGE is still to be told are left out.
    """
    view, since = session.view, arguments.modifiers.changed_since
    if not by_uid or since is None or b"QRESYNC" not in session.enabled:
        raise Unacceptable(b"VANISHED takes UID FETCH, CHANGEDSINCE and QRESYNC")
    asked = contains(arguments.messages.resolve(view.uid_next - 1))
    changes = await view.mailbox.changes(since)
    gone = [uid for uid in changes.expunged if asked(uid) and not view.knows(uid)]
    if gone:
        session.output.untagged(b"VANISHED (EARLIER) " + encode_numbers(gone))


COMMANDS = (
    Command(b"FETCH", State.SELECTED, parse_fetch, _fetch, may_expunge=False),
    Command(b"UID FETCH", State.SELECTED, parse_fetch, _uid_fetch),
)
