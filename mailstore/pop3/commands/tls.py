"""STLS, RFC 2595, section 4: go on over TLS."""

from __future__ import annotations

from collections.abc import Iterable

from mailstore.pop3.registry import AUTHORIZATION, Command, CommandGroup
from mailstore.pop3.replies import Refused
from mailstore.pop3.session import Session, State, no_argument


def _capabilities(session: Session) -> Iterable[bytes]:
    offered = session.peer.can_start_tls and session.state is State.AUTHORIZATION
    return (b"STLS",) if offered else ()


async def _stls(session: Session, argument: bytes) -> None:
    """What was pipelined after it is thrown away: anyone on the way could have put it there.

    So is a name given by USER in clear (RFC 2595, section 4).
    """
    no_argument(argument)
    if session.peer.secure:
        raise Refused("TLS is on already")
    if not session.peer.can_start_tls:
        raise Refused("TLS is not available")
    session.wire.forget_input()
    session.user = None
    session.ok("Begin TLS")
    session.peer.start_tls()


GROUP = CommandGroup(
    rfc=2595, commands=(Command(b"STLS", AUTHORIZATION, _stls),), capabilities=_capabilities
)
