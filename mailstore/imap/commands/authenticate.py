"""AUTHENTICATE: sign in by a SASL mechanism (RFC 9051, section 6.2.2; RFC 4959)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from mailstore.imap.registry import Command, State
from mailstore.imap.responses import Ok, Refused, Unacceptable
from mailstore.imap.session import Session
from mailstore.imap.sign_in import require_privacy, sign_in
from mailstore.imap.wire.cursor import Cursor
from mailstore.sasl.exchange import Exchange
from mailstore.sasl.mechanism import Credentials, Mechanism, SaslError, mechanisms

_INITIAL_RESPONSE: Final = re.compile(rb"[A-Za-z0-9+/=]++")


class _Arguments(NamedTuple):
    mechanism: bytes
    initial_response: bytes | None


def _parse(cursor: Cursor) -> _Arguments:
    """``authenticate = "AUTHENTICATE" SP auth-type [SP (base64 / "=")]``."""
    cursor.space()
    mechanism = cursor.keyword()
    if cursor.at_end():
        return _Arguments(mechanism, None)
    cursor.space()
    response = cursor.match(_INITIAL_RESPONSE)
    if response is None:
        raise cursor.bad("expected an initial response in base64")
    return _Arguments(mechanism, response[0])


async def _authenticate(session: Session, arguments: _Arguments) -> Ok:
    factory = mechanisms().get(arguments.mechanism)
    if factory is None:
        raise Refused(b"This mechanism is not offered")
    if factory.clear_text:
        require_privacy(session)
    try:
        credentials = await _exchange(session, factory(), arguments.initial_response)
    except SaslError as error:
        # A cancelled exchange is BAD too (RFC 9051, section 6.2.2).
        raise Unacceptable(str(error).encode("ascii")) from None
    return await sign_in(session, credentials)


async def _exchange(
    session: Session, mechanism: Mechanism, initial_response: bytes | None
) -> Credentials:
    exchange = Exchange(mechanism)
    answer = exchange.begin(initial_response)
    while not isinstance(answer, Credentials):
        session.output.write(b"+ %s\r\n" % answer)
        answer = exchange.respond(await session.connection.line())
    return answer


AUTHENTICATE = Command(b"AUTHENTICATE", State.NOT_AUTHENTICATED, _parse, _authenticate)

COMMANDS = (AUTHENTICATE,)
