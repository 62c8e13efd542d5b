"""CREATE (RFC 9051, section 6.3.4), with parameters (RFC 4466, section 2.2)."""

from __future__ import annotations

from typing import Any, NamedTuple

from mailstore.imap.grammar.mailbox import Supplied, parse_supplied
from mailstore.imap.grammar.names import parse_list
from mailstore.imap.old_name import tell_normalized
from mailstore.imap.registry import Command, State
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.mailbox import SEPARATOR


class _Arguments(NamedTuple):
    mailbox: Supplied
    special_use: bytes | None


def _parse(cursor: Cursor) -> _Arguments:
    """``create = "CREATE" SP mailbox [SP "(" create-param *(SP create-param) ")"]``.

    A separator at the end says that inferiors will follow (RFC 9051, section 6.3.4).
    Every mailbox may have some, so it is just left out.
    """
    cursor.space()
    mailbox = parse_supplied(cursor)
    if len(mailbox.name) > 1:
        mailbox = Supplied(*(each.removesuffix(SEPARATOR) for each in mailbox))
    if cursor.at_end():
        return _Arguments(mailbox, None)
    cursor.space()
    parameters = dict(parse_list(cursor, _parse_parameter))
    return _Arguments(mailbox, parameters.get(b"USE"))


def _parse_parameter(cursor: Cursor) -> tuple[bytes, Any]:
    start = cursor.position
    parameter = cursor.registry.create_parameters.get(cursor.keyword())
    if parameter is None:
        cursor.position = start
        raise cursor.bad("expected the name of a parameter")
    return parameter.name, parameter.parse(cursor)


async def _create(session: Session, arguments: _Arguments) -> None:
    await session.account.create(arguments.mailbox.name, arguments.special_use)
    await tell_normalized(session, arguments.mailbox)


CREATE = Command(b"CREATE", State.LOGGED_IN, _parse, _create)

COMMANDS = (CREATE,)
