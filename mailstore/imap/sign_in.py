"""Signing in: what LOGIN and AUTHENTICATE have in common."""

from __future__ import annotations

from mailstore.imap.responses import Ok, Refused
from mailstore.imap.session import Session
from mailstore.sasl.mechanism import Credentials


def require_privacy(session: Session) -> None:
    """Refuse a password that anybody on the way could read (RFC 9051, section 11.1).

    It comes before the password is looked at, so that the answer tells nothing about it.
    """
    if not session.peer.may_send_password:
        raise Refused(b"Use TLS before you send a password", b"PRIVACYREQUIRED")


async def sign_in(session: Session, credentials: Credentials) -> Ok:
    """Sign in; the tagged OK tells the capabilities that hold from now on.

    Raises what :meth:`mailstore.account.ports.SignIn.login` raises, and Disconnected.
    """
    account = await session.sign_in.login(
        credentials.user, credentials.password, session.peer, protocol="imap"
    )
    session.signed_in(account)
    return Ok(b"Logged in", session.capability_line())
