"""From a command to its tagged answer; errors become replies here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from mailstore.imap.registry import Command
from mailstore.imap.responses import Bye, Disconnected, Ok, Refused, Unacceptable, encode_reply
from mailstore.imap.session import Session
from mailstore.imap.updates import mailbox_gone, update
from mailstore.imap.upload import Upload
from mailstore.imap.wire.cursor import BadSyntax, Cursor
from mailstore.imap.wire.frame import Frame
from mailstore.imap.wire.framer import FramingError
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
    errors.Busy: _Refusal(b"UNAVAILABLE", b"Another program is changing the mail"),
    errors.Unavailable: _Refusal(b"UNAVAILABLE", b"The mail cannot be reached at the moment"),
    errors.AuthenticationFailed: _Refusal(b"AUTHENTICATIONFAILED", b"Authentication failed"),
    errors.AuthenticationUnavailable: _Refusal(
        b"UNAVAILABLE", b"Nobody can be authenticated at the moment"
    ),
    errors.TooManyConnections: _Refusal(b"LIMIT", b"Too many connections for this user"),
}
"""What a store or an account raises, and the answer (RFC 5530; READ-ONLY is RFC 3501's)."""

_CANNOT: Final = _Refusal(b"CANNOT", b"This cannot be done")


class Reply(NamedTuple):
    """A tagged answer; ``then`` runs when it has been written."""

    condition: bytes
    text: bytes
    code: bytes | None = None
    then: Callable[[], None] | None = None


async def answer(session: Session, frame: Frame, upload: Upload | None, incident: Incident) -> None:
    """Run one command and write its answer. Raises Bye, Disconnected.

    ``upload`` holds the messages that came with it, if it is an APPEND; what of them was
    not stored is discarded.
    """
    cursor = session.cursor(frame)
    tag = b"*"
    session.upload = upload
    try:
        tag = session.tag = cursor.tag()
        session.progress.begin(tag)
        done, name = await _carry_out(session, cursor)
        await _update(session)
        reply = Reply(b"OK", done.text or b"%s completed" % name, done.code, done.then)
    except Exception as error:
        reply = _reply_to(session, error, incident)
        if reply.condition == b"NO":
            await _update(session)
    finally:
        session.command = session.upload = None
        if upload is not None:
            upload.discard()
    _write(session, tag, reply)


async def announce(
    session: Session, frame: Frame, upload: Upload | None, incident: Incident
) -> Upload | None:
    """Find room for a message that is announced at the end of ``frame``.

    ``upload`` holds the earlier messages of the same command. None is returned if the
    message is refused; the command has then been answered, and all its messages are gone.
    Raises Bye, Disconnected.
    """
    cursor = session.cursor(frame)
    tag = b"*"
    try:
        tag = cursor.tag()
        session.progress.begin(tag)
        command = _find(session, cursor)
        if command.receive is None:
            raise cursor.bad("no message belongs here")
        upload = upload or Upload(tag)
        upload.spools.append(await command.receive(session, cursor))
    except Exception as error:
        if upload is not None:
            upload.discard()
        reply = _reply_to(session, error, incident)
    else:
        return upload
    finally:
        session.command = None
    _write(session, tag, reply)
    return None


def refuse(session: Session, upload: Upload, error: errors.MailError) -> None:
    """Answer a command whose message could not be kept while it came in. Raises Bye."""
    upload.discard()
    _write(session, upload.tag, _refusal(session, error))


def refuse_frame(session: Session, error: FramingError) -> None:
    """Answer what could not even be framed as a command. Raises Bye."""
    _write(session, error.tag or b"*", Reply(b"BAD", error.text, error.code))


def _find(session: Session, cursor: Cursor) -> Command[Any]:
    """The command that is named next. Raises BadSyntax, Unacceptable."""
    cursor.space()
    name = cursor.keyword()
    if name == b"UID":
        cursor.space()
        name = b"UID " + cursor.keyword()
    command = session.registry.commands.get(name)
    if command is None:
        raise Unacceptable(b"Unknown command")
    if not command.states & session.state:
        raise Unacceptable(b"%s is not allowed now" % command.name)
    session.command = command
    return command


async def _carry_out(session: Session, cursor: Cursor) -> tuple[Ok, bytes]:
    command = _find(session, cursor)
    if not command.pipelined:
        session.connection.hold_input()
    arguments = command.parse(cursor)
    cursor.end()
    return await command.handle(session, arguments) or Ok(), command.name


async def _update(session: Session) -> None:
    """Untagged updates of the selected mailbox; they come before the tagged answer."""
    command = session.command
    if command is not None:
        await update(session, may_expunge=command.may_expunge)


def _reply_to(session: Session, error: Exception, incident: Incident) -> Reply:
    """The one place where errors become replies."""
    if isinstance(error, (Bye, Disconnected)):
        raise error
    if isinstance(error, BadSyntax):
        return Reply(b"BAD", _printable(str(error)))
    if isinstance(error, Unacceptable):
        return Reply(b"BAD", error.text, error.code)
    if isinstance(error, Refused):
        return Reply(b"NO", error.text, error.code)
    if isinstance(error, errors.MailError):
        return _refusal(session, error)
    logged_as = _printable(incident(error))
    return Reply(b"NO", b"Internal error, logged as " + logged_as, b"SERVERBUG")


def _refusal(session: Session, error: errors.MailError) -> Reply:
    if isinstance(error, errors.MailboxGone) and session.selected is not None:
        raise mailbox_gone() from None
    kinds = (REFUSALS.get(kind) for kind in type(error).__mro__)
    code, text = next((each for each in kinds if each is not None), _CANNOT)
    command = session.command
    if isinstance(error, errors.AuthenticationFailed):
        session.failed_logins += 1
    if isinstance(error, errors.NoSuchMailbox) and command is not None and command.try_create:
        code = b"TRYCREATE"
    if isinstance(error, (errors.InvalidMailboxName, errors.LimitReached)):
        text = _printable(str(error)) or text
    return Reply(b"NO", text, code)


def _write(session: Session, tag: bytes, reply: Reply) -> None:
    session.output.write(encode_reply(tag, reply.condition, reply.text, reply.code))
    if reply.then is not None:
        session.output.flush()
        reply.then()
    session.bad_commands = session.bad_commands + 1 if reply.condition == b"BAD" else 0
    if session.bad_commands >= session.limits.bad_commands:
        raise Bye(b"Too many bad commands")
    if session.failed_logins > session.limits.failed_logins:
        raise Bye(b"Too many failed logins")


def _printable(text: str) -> bytes:
    """An error's text in the characters that a reply may have, whatever went into it."""
    return bytes(each if 32 <= each < 127 else 63 for each in text.encode("ascii", "replace"))
