"""LOGIN: a user name and a password in clear text (RFC 9051, section 6.2.3)."""

from __future__ import annotations

from mailstore.imap.registry import Command, State
from mailstore.imap.responses import Ok
from mailstore.imap.session import Session
from mailstore.imap.sign_in import require_privacy, sign_in
from mailstore.imap.wire.cursor import Cursor
from mailstore.sasl.mechanism import Credentials


def _parse(cursor: Cursor) -> Credentials:
    """``login = "LOGIN" SP userid SP password``, both ``astring``."""
    cursor.space()
    user = cursor.astring()
    cursor.space()
    return Credentials(user, cursor.astring())


async def _login(session: Session, credentials: Credentials) -> Ok:
    require_privacy(session)
    return await sign_in(session, credentials)


LOGIN = Command(b"LOGIN", State.NOT_AUTHENTICATED, _parse, _login)

COMMANDS = (LOGIN,)
