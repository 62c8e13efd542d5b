"""MULTISEARCH, RFC 7377: one search of many mailboxes, whichever of them is selected.

Each mailbox but the selected one is opened for its turn, and closed before the next; nothing
becomes known, recent or seen in it by that. A message number in the search is that which a
client would find there if it selected the mailbox now. What cannot be searched, as it does not
exist or holds no messages, is passed over.

``inboxes`` is as ``personal``: other programs may deliver to any mailbox (RFC 5465, section 6.3).
"""

from __future__ import annotations

from contextlib import closing, suppress
from enum import Enum, auto
from typing import Final, NamedTuple

from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.grammar.names import parse_list
from mailstore.imap.hierarchy import ListedName, read_names, superiors
from mailstore.imap.registry import Command, Extension, State
from mailstore.imap.responses import Unacceptable
from mailstore.imap.search.program import Program, parse_program
from mailstore.imap.search.returns import Returns, encode_esearch, everything, parse_returns
from mailstore.imap.search.run import find
from mailstore.imap.session import Session
from mailstore.imap.view import View
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.errors import MailboxGone, NoSuchMailbox, NotSelectable
from mailstore.model.mailbox import SEPARATOR


class _Kind(Enum):
    """A word of ``filter-mailboxes`` (RFC 5465, section 6; RFC 7377, section 2.2)."""

    SELECTED = auto()
    PERSONAL = auto()
    SUBSCRIBED = auto()
    SUBTREE = auto()
    SUBTREE_ONE = auto()
    MAILBOXES = auto()


_WORDS: Final = {
    b"SELECTED": _Kind.SELECTED,
    b"INBOXES": _Kind.PERSONAL,
    b"PERSONAL": _Kind.PERSONAL,
    b"SUBSCRIBED": _Kind.SUBSCRIBED,
    b"SUBTREE": _Kind.SUBTREE,
    b"SUBTREE-ONE": _Kind.SUBTREE_ONE,
    b"MAILBOXES": _Kind.MAILBOXES,
}
_WITH_NAMES: Final = (_Kind.SUBTREE, _Kind.SUBTREE_ONE, _Kind.MAILBOXES)

Sources = dict[_Kind, set[str]]
"""Where to search: the kinds that were named, and the mailboxes of those that have some."""


class _Arguments(NamedTuple):
    sources: Sources
    returns: Returns
    program: Program


# Grammar


def _parse(cursor: Cursor) -> _Arguments:
    """``"ESEARCH" [SP esearch-source-opts] [SP search-return-opts] SP search-program``.

    Without sources the selected mailbox is searched.
    """
    cursor.space()
    sources: Sources = {_Kind.SELECTED: set()}
    if cursor.take(b"IN "):
        sources = _parse_sources(cursor)
        cursor.space()
    returns = everything(cursor)
    if cursor.take(b"RETURN "):
        returns = parse_returns(cursor)
        cursor.space()
    return _Arguments(sources, returns, parse_program(cursor))


def _parse_sources(cursor: Cursor) -> Sources:
    """``"IN" SP "(" filter-mailboxes *(SP filter-mailboxes) [SP "(" scope-options ")"] ")"``.

    There are no scope options yet, in no RFC.
    """
    sources: Sources = {}
    cursor.enter()
    while True:
        start = cursor.position
        kind = _WORDS.get(cursor.keyword())
        if kind is None:
            cursor.position = start
            raise cursor.bad("expected the name of a source")
        names = sources.setdefault(kind, set())
        if kind in _WITH_NAMES:
            cursor.space()
            names.update(_parse_mailboxes(cursor))
        if cursor.peek() != b" ":
            break
        cursor.space()
    cursor.leave()
    return sources


def _parse_mailboxes(cursor: Cursor) -> list[str]:
    """``one-or-more-mailbox = mailbox / "(" mailbox *(SP mailbox) ")"``."""
    if cursor.peek() == b"(":
        return parse_list(cursor, parse_mailbox)
    return [parse_mailbox(cursor)]


# The search


async def _esearch(session: Session, arguments: _Arguments) -> None:
    """One answer for each mailbox in which something was found (section 2.1)."""
    sources, returns, program = arguments
    if _Kind.SELECTED in sources and session.selected is None:
        raise Unacceptable(b"No mailbox is selected")
    if sources.keys() != {_Kind.SELECTED} and any(each.name == b"SAVE" for each, _ in returns):
        raise Unacceptable(b"SAVE takes the selected mailbox and no other")
    for key in program.enabling:
        if key.enables is not None:
            key.enables(session)
    view = session.selected
    if view is not None and sources.keys() == {_Kind.SELECTED}:
        await _search(session, view, arguments)
        return
    listed = await read_names(session.account, subscriptions=_Kind.SUBSCRIBED in sources)
    for each in listed:
        await session.output.drained()
        if view is not None and each.name == view.mailbox.name:
            if _Kind.SELECTED in sources or _wants(sources, each):
                await _search(session, view, arguments)
        elif each.selectable and _wants(sources, each):
            await session.output.take_turns()
            await _search_unselected(session, each.name, arguments)


async def _search_unselected(session: Session, name: str, arguments: _Arguments) -> None:
    """Nothing if the mailbox is deleted or renamed meanwhile."""
    try:
        mailbox = await session.account.open(name)
    except (NoSuchMailbox, NotSelectable):
        return
    with closing(mailbox), suppress(MailboxGone):
        state, uids = await mailbox.state(), await mailbox.uids()
        await _search(session, View(mailbox, state, uids, read_only=True), arguments)


async def _search(session: Session, view: View, arguments: _Arguments) -> None:
    _, returns, program = arguments
    mod_seqs = any(key.name == b"MODSEQ" for key in program.enabling)
    found = await find(session, program.root, view=view, mod_seqs=mod_seqs)
    if found.uids:
        name = session.encode_mailbox(view.mailbox.name)
        within = b" MAILBOX %s UIDVALIDITY %d" % (name, view.uid_validity)
        line = encode_esearch(
            session.tag, returns, found.uids, found.mod_seqs, by_uid=True, within=within
        )
        await session.output.send(line)


def _wants(sources: Sources, listed: ListedName) -> bool:
    """Whether a mailbox is among ``sources``, apart from its being selected."""
    if _Kind.PERSONAL in sources or (_Kind.SUBSCRIBED in sources and listed.subscribed):
        return True
    name = listed.name
    if any(name in sources.get(kind, ()) for kind in _WITH_NAMES):
        return True
    if name.rpartition(SEPARATOR)[0] in sources.get(_Kind.SUBTREE_ONE, ()):
        return True
    return not sources.get(_Kind.SUBTREE, set()).isdisjoint(superiors([name]))


ESEARCH: Final = Command(b"ESEARCH", State.LOGGED_IN, _parse, _esearch)

EXTENSION = Extension(
    rfc=7377,
    title="Multimailbox SEARCH extension",
    capabilities=(b"MULTISEARCH",),
    commands=(ESEARCH,),
)
