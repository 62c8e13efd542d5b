"""CREATE (RFC 9051, section 6.3.4), with parameters (RFC 4466, section 2.2)."""

from __future__ import annotations

from typing import Any, NamedTuple

from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.grammar.names import parse_list
from mailstore.imap.registry import Command, State
from mailstore.imap.responses import Ok
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.mailbox import SEPARATOR


class _Arguments(NamedTuple):
    mailbox: str
    special_use: bytes | None


def _parse(cursor: Cursor) -> _Arguments:
    """``create = "CREATE" SP mailbox [SP "(" create-param *(SP create-param) ")"]``.

    A separator at the end says that inferiors will follow (RFC 9051, section 6.3.4).
    Every mailbox may have some, so it is just left out.
    """
    cursor.space()
    mailbox = parse_mailbox(cursor)
    if len(mailbox) > 1:
        mailbox = mailbox.removesuffix(SEPARATOR)
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


async def _create(session: Session, arguments: _Arguments) -> Ok:
    """The new mailbox's id is told at once (RFC 8474, section 4.1)."""
    mailbox_id = await session.account.create(arguments.mailbox, arguments.special_use)
    return Ok(code=b"MAILBOXID (%s)" % mailbox_id)


CREATE = Command(b"CREATE", State.LOGGED_IN, _parse, _create)

COMMANDS = (CREATE,)
