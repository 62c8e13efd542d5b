"""From a command to its tagged answer; errors become replies here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from mailstore.imap.registry import Command
from mailstore.imap.responses import Bye, Disconnected, Ok, Refused, Unacceptable, encode_reply
from mailstore.imap.session import Session
from mailstore.imap.updates import send_updates
from mailstore.imap.wire.cursor import BadSyntax, Cursor
from mailstore.model import errors

Incident = Callable[[BaseException], str]
"""Logs an error that nobody foresaw, and gives the id under which it was logged."""


class _Refusal(NamedTuple):
    code: bytes
    text: bytes


REFUSALS: Final[dict[type[errors.MailError], _Refusal]] = {
    errors.NoSuchMailbox: _Refusal(b"NONEXISTENT", b"There is no such mailbox"),
    errors.MailboxExists: _Refusal(b"ALREADYEXISTS", b"The mailbox is there already"),
    errors.MailboxHasChildren: _Refusal(b"HASCHILDREN", b"The mailbox has inferior names"),
    errors.NotSelectable: _Refusal(b"CANNOT", b"The name holds no messages"),
    errors.InvalidMailboxName: _Refusal(b"CANNOT", b"This cannot be the name of a mailbox"),
    errors.MailboxGone: _Refusal(b"NONEXISTENT", b"The mailbox is gone"),
    errors.MessageGone: _Refusal(b"EXPUNGEISSUED", b"Some messages were expunged"),
    errors.ReadOnly: _Refusal(b"READ-ONLY", b"The mailbox is read-only"),
    errors.TooLarge: _Refusal(b"TOOBIG", b"The message is too large"),
    errors.LimitReached: _Refusal(b"LIMIT", b"A limit of the server is reached"),
    errors.OverQuota: _Refusal(b"OVERQUOTA", b"There is no room left"),
    errors.InUse: _Refusal(b"INUSE", b"Another session is using it"),
    errors.Unavailable: _Refusal(b"UNAVAILABLE", b"The mail cannot be reached at the moment"),
    errors.AuthenticationFailed: _Refusal(b"AUTHENTICATIONFAILED", b"Authentication failed"),
    errors.AuthenticationUnavailable: _Refusal(
        b"UNAVAILABLE", b"Nobody can be authenticated at the moment"
    ),
    errors.TooManyConnections: _Refusal(b"LIMIT", b"Too many connections for this user"),
}
"""What a store or an account raises, and the answer (RFC 5530; READ-ONLY is RFC 3501's)."""

_CONTACT_ADMINISTRATOR: Final = _Refusal(b"CANNOT", b"This cannot be done")


class Reply(NamedTuple):
    """A tagged answer; ``then`` runs when it has been written."""

    condition: bytes
    text: bytes
    code: bytes | None = None
    then: Callable[[], None] | None = None


async def answer(
    session: Session, tag: bytes, name: bytes, cursor: Cursor, incident: Incident
) -> None:
    """Run one command and write its answer. Raises Bye, Disconnected.

    ``name`` is in upper case and may be of a command that does not exist.
    """
    command = session.registry.commands.get(name)
    try:
        reply = await _attempt(session, command, name, cursor)
        reply = await _update(session, command, reply)
    except (Bye, Disconnected):
        raise
    except Exception as error:
        reply = _unforeseen(error, incident)
    session.command = None
    session.output.write(encode_reply(tag, reply.condition, reply.text, reply.code))
    if reply.then is not None:
        session.output.flush()
        reply.then()
    _lose_patience(session, reply)


async def _attempt(
    session: Session, command: Command[Any] | None, name: bytes, cursor: Cursor
) -> Reply:
    if command is None:
        return Reply(b"BAD", b"Unknown command")
    if not command.states & session.state:
        return Reply(b"BAD", b"%s is not allowed in this state" % command.name)
    session.command = command
    try:
        arguments = command.parse(cursor)
        cursor.expect_end()
        done = await command.handle(session, arguments) or Ok()
    except BadSyntax as error:
        return Reply(b"BAD", _printable(str(error)))
    except Unacceptable as error:
        return Reply(b"BAD", error.text, error.code)
    except Refused as error:
        return Reply(b"NO", error.text, error.code)
    except errors.MailError as error:
        return _refusal(session, command, error)
    return Reply(b"OK", done.text or b"%s completed" % command.name, done.code, done.then)


async def _update(session: Session, command: Command[Any] | None, reply: Reply) -> Reply:
    """Untagged updates of the selected mailbox; they come before the tagged answer."""
    view = session.selected
    if command is None or view is None or reply.condition == b"BAD":
        return reply
    try:
        await send_updates(session, view, may_expunge=command.may_expunge)
    except errors.MailboxGone:
        raise _mailbox_gone() from None
    except errors.MailError as error:
        # What the command did is done; the updates are tried again with the next one.
        view.stale = True
        return reply if reply.condition == b"OK" else _refusal(session, command, error)
    return reply


def _refusal(session: Session, command: Command[Any], error: errors.MailError) -> Reply:
    if isinstance(error, errors.MailboxGone) and session.selected is not None:
        raise _mailbox_gone() from None
    for kind in type(error).__mro__:
        refusal = REFUSALS.get(kind)
        if refusal is not None:
            break
    else:
        refusal = _CONTACT_ADMINISTRATOR
    code = refusal.code
    if isinstance(error, errors.NoSuchMailbox) and command.try_create:
        code = b"TRYCREATE"
    text = refusal.text
    if isinstance(error, (errors.InvalidMailboxName, errors.LimitReached)):
        text = _printable(str(error)) or text
    return Reply(b"NO", text, code)


def _mailbox_gone() -> Bye:
    """RFC 2180, section 3.3: a session cannot go on in a mailbox that is not there."""
    return Bye(b"The selected mailbox was deleted or renamed, or is another one now")


def _unforeseen(error: Exception, incident: Incident) -> Reply:
    return Reply(b"NO", b"Internal error, logged as " + _printable(incident(error)), b"SERVERBUG")


def _lose_patience(session: Session, reply: Reply) -> None:
    session.bad_commands = session.bad_commands + 1 if reply.condition == b"BAD" else 0
    if session.bad_commands >= session.limits.bad_commands:
        raise Bye(b"Too many bad commands")
    if session.failed_logins > session.limits.failed_logins:
        raise Bye(b"Too many failed logins")


def _printable(text: str) -> bytes:
    """An error's text in the characters that a reply may have, whatever went into it."""
    return bytes(each if 32 <= each < 127 else 63 for each in text.encode("ascii", "replace"))
