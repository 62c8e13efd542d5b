"""USER and PASS, RFC 1939, section 7: a password in clear, so with TLS only by default."""

from __future__ import annotations

from collections.abc import Iterable

from mailstore.pop3.registry import AUTHORIZATION, Command, CommandGroup
from mailstore.pop3.replies import BadSyntax, Refused
from mailstore.pop3.session import Session


def _capabilities(session: Session) -> Iterable[bytes]:
    return (b"USER",) if session.peer.may_send_password else ()


def refuse_without_tls(session: Session) -> None:
    """RFC 8314, section 4.1; the answer does not depend on whether the user exists."""
    if not session.peer.may_send_password:
        raise Refused("Passwords are accepted over TLS only; use STLS or port 995", "AUTH")


async def _user(session: Session, argument: bytes) -> None:
    """Every name is accepted here: whether a user exists is not told."""
    refuse_without_tls(session)
    if not argument:
        raise BadSyntax("USER needs a name")
    session.user = argument
    session.ok("Send PASS")


async def _pass(session: Session, argument: bytes) -> None:
    """The password is everything after the space, further spaces included."""
    refuse_without_tls(session)
    user, session.user = session.user, None
    if user is None:
        raise BadSyntax("Send USER first")
    await log_in(session, user, argument)


async def log_in(session: Session, user: bytes, password: bytes) -> None:
    """Check the password, lock the maildrop, and tell what is in it."""
    account = await session.sign_in.login(user, password, session.peer, protocol="pop3")
    try:
        maildrop = await account.open_maildrop()
    except BaseException:
        account.close()
        raise
    session.enter_transaction(account, maildrop)
    messages, octets = session.totals()
    session.ok(f"{messages} messages ({octets} octets)")


GROUP = CommandGroup(
    rfc=1939,
    commands=(Command(b"USER", AUTHORIZATION, _user), Command(b"PASS", AUTHORIZATION, _pass)),
    capabilities=_capabilities,
)
