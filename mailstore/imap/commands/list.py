"""LIST and LSUB (RFC 9051, section 6.3.9; RFC 3501, section 6.3.9).

LIST is the extended one of RFC 5258: options that select names, several patterns, and
options that ask for more about each name. Extensions add options; this file knows the
syntax and the order of things, and no option by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from mailstore.imap.grammar.mailbox import parse_list_mailbox, parse_list_patterns
from mailstore.imap.hierarchy import ListedName, encode_listed, read_names, superiors
from mailstore.imap.mailbox_pattern import MailboxPattern
from mailstore.imap.registry import Command, ListReturn, ListSelection, State
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.imap.wire.encode import encode_string
from mailstore.model.mailbox import SEPARATOR

_SEPARATOR: Final = encode_string(SEPARATOR.encode())


class ListArguments(NamedTuple):
    """``extended`` tells the syntax of RFC 5258 from the plain one."""

    selections: list[ListSelection]
    patterns: list[str]
    returns: list[tuple[ListReturn, Any]]
    extended: bool


def parse_list_command(cursor: Cursor) -> ListArguments:
    """``list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]``.

    The reference is put before every pattern (RFC 9051, section 6.3.9).
    """
    cursor.space()
    selections: list[ListSelection] = []
    extended = cursor.peek() == b"("
    if extended:
        selections = _parse_selections(cursor)
        cursor.space()
    reference = parse_list_mailbox(cursor)
    cursor.space()
    extended = extended or cursor.peek() == b"("
    patterns = [reference + pattern for pattern in parse_list_patterns(cursor)]
    returns: list[tuple[ListReturn, Any]] = []
    if not cursor.at_end():
        extended = True
        cursor.space()
        cursor.expect(b"RETURN")
        cursor.space()
        returns = _parse_returns(cursor)
    return ListArguments(selections, patterns, returns, extended)


def _parse_selections(cursor: Cursor) -> list[ListSelection]:
    """``list-select-opts = "(" [...] ")"``."""
    selections: list[ListSelection] = []
    cursor.enter()
    while cursor.peek() != b")":
        if selections:
            cursor.space()
        selection = cursor.registry.list_selections.get(cursor.keyword())
        if selection is None:
            raise cursor.bad("expected the name of a selection option before this")
        selections.append(selection)
    recursive = any(each.recursive for each in selections)
    if recursive and not any(each.selects for each in selections):
        raise cursor.bad("expected an option besides RECURSIVEMATCH")
    cursor.leave()
    return selections


def _parse_returns(cursor: Cursor) -> list[tuple[ListReturn, Any]]:
    """``"(" [return-option *(SP return-option)] ")"``."""
    returns: list[tuple[ListReturn, Any]] = []
    cursor.enter()
    while cursor.peek() != b")":
        if returns:
            cursor.space()
        option = cursor.registry.list_returns.get(cursor.keyword())
        if option is None:
            raise cursor.bad("expected the name of a return option before this")
        returns.append((option, option.parse(cursor)))
    cursor.leave()
    return returns


async def _list(session: Session, arguments: ListArguments) -> None:
    if arguments.patterns == [""] and not arguments.extended:
        # What the hierarchy separator is (RFC 9051, section 6.3.9).
        session.output.untagged(b'LIST (\\Noselect) %s ""' % _SEPARATOR)
        return
    options: list[ListSelection | ListReturn] = [
        *arguments.selections,
        *(option for option, _ in arguments.returns),
    ]
    names = await read_names(
        session.account, subscriptions=any(option.subscriptions for option in options)
    )
    patterns = [MailboxPattern(pattern) for pattern in arguments.patterns]
    for listed, children_match in _select(names, arguments):
        # Also for a name that is not shown: patterns may be many.
        await session.output.drained()
        if not any(pattern.matches(listed.name) for pattern in patterns):
            continue
        attributes = listed.attributes(extended=arguments.extended)
        attributes += _shown(listed, options)
        info = _child_info(arguments.selections) if children_match else b""
        session.output.untagged(encode_listed(b"LIST", listed.name, attributes) + info)
        for option, value in arguments.returns:
            if option.follow is not None:
                await option.follow(session, listed, value)


def _select(names: list[ListedName], arguments: ListArguments) -> Iterable[tuple[ListedName, bool]]:
    """Names to show if they match; and whether, with RECURSIVEMATCH, inferior names match."""
    criteria = [each.selects for each in arguments.selections if each.selects is not None]
    if criteria:
        selected = {each.name for each in names if all(meets(each) for meets in criteria)}
    else:
        selected = {each.name for each in names if each.exists}
    recursive = any(each.recursive for each in arguments.selections)
    above = set(superiors(selected)) if recursive else set()
    for each in names:
        if each.name in selected or each.name in above:
            yield each, each.name in above


def _shown(listed: ListedName, options: Iterable[ListSelection | ListReturn]) -> list[bytes]:
    attributes = [option.show(listed) for option in options if option.show is not None]
    return [each for each in dict.fromkeys(attributes) if each is not None]


def _child_info(selections: list[ListSelection]) -> bytes:
    """``childinfo-extended-item`` (RFC 5258, section 6)."""
    names = b" ".join(b'"%s"' % each.name for each in selections if each.selects is not None)
    return b' ("CHILDINFO" (%s))' % names


def _parse_lsub(cursor: Cursor) -> MailboxPattern:
    """``lsub = "LSUB" SP mailbox SP list-mailbox``."""
    cursor.space()
    reference = parse_list_mailbox(cursor)
    cursor.space()
    return MailboxPattern(reference + parse_list_mailbox(cursor))


async def _lsub(session: Session, pattern: MailboxPattern) -> None:
    """Subscribed names, whether or not they exist.

    With ``%`` a name above a subscribed one stands for it, and is ``\\Noselect`` here if it is
    not subscribed itself (RFC 3501, section 6.3.9).
    """
    names = await read_names(session.account, subscriptions=True)
    subscribed = [each.name for each in names if each.subscribed]
    above = set(superiors(name for name in subscribed if not pattern.matches(name)))
    for listed in names:
        await session.output.drained()
        if not (listed.subscribed or listed.name in above) or not pattern.matches(listed.name):
            continue
        if not listed.subscribed:
            attributes = [b"\\Noselect"]
        elif listed.exists:
            attributes = listed.attributes(extended=False)
        else:
            attributes = []
        session.output.untagged(encode_listed(b"LSUB", listed.name, attributes))


LIST = Command(b"LIST", State.LOGGED_IN, parse_list_command, _list)
LSUB = Command(b"LSUB", State.LOGGED_IN, _parse_lsub, _lsub)

COMMANDS = (LIST, LSUB)
