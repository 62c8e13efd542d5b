"""AUTH, RFC 5034: sign in by a SASL mechanism, with or without an initial response."""

from __future__ import annotations

from collections.abc import Iterable

from mailstore.pop3.commands.user import log_in, refuse_without_tls
from mailstore.pop3.registry import AUTHORIZATION, Command, CommandGroup
from mailstore.pop3.replies import MULTI_LINE_END, BadSyntax, Refused
from mailstore.pop3.session import Session
from mailstore.sasl.exchange import Exchange
from mailstore.sasl.mechanism import Credentials, SaslCancelled, SaslError, mechanisms


def _offered(session: Session) -> list[bytes]:
    clear_text = session.peer.may_send_password
    return [name for name, factory in mechanisms().items() if clear_text or not factory.clear_text]


def _capabilities(session: Session) -> Iterable[bytes]:
    offered = _offered(session)
    return (b" ".join((b"SASL", *offered)),) if offered else ()


async def _auth(session: Session, argument: bytes) -> None:
    """``AUTH mechanism [initial-response]``."""
    if not argument:
        _list_mechanisms(session)
        return
    name, _, response = argument.partition(b" ")
    factory = mechanisms().get(name.upper())
    if factory is None:
        raise BadSyntax("Unknown mechanism")
    if factory.clear_text:
        refuse_without_tls(session)
    session.user = None
    try:
        credentials = await _exchange(session, Exchange(factory()), response or None)
    except SaslCancelled:
        raise Refused("Cancelled") from None
    except SaslError:
        raise BadSyntax("Malformed response") from None
    await log_in(session, credentials.user, credentials.password)


async def _exchange(session: Session, exchange: Exchange, response: bytes | None) -> Credentials:
    answer = exchange.begin(response)
    while not isinstance(answer, Credentials):
        # "+ " stands before an empty challenge as well: clients wait for the space.
        session.write(b"+ %b\r\n" % answer)
        answer = exchange.respond(await session.wire.line(session.limits.auth_line))
    return answer


def _list_mechanisms(session: Session) -> None:
    """Quirk (Outlook): asks with a bare AUTH, as servers before RFC 5034 answered it."""
    session.ok("Mechanisms follow")
    session.write(b"\r\n".join((*_offered(session), MULTI_LINE_END)))


GROUP = CommandGroup(
    rfc=5034, commands=(Command(b"AUTH", AUTHORIZATION, _auth),), capabilities=_capabilities
)
