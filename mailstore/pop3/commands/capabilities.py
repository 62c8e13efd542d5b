"""CAPA, RFC 2449: what this server can do, as it is true at this moment."""

from __future__ import annotations

from collections.abc import Iterable

from mailstore.pop3.registry import BOTH, Command, CommandGroup
from mailstore.pop3.registry import capabilities as all_capabilities
from mailstore.pop3.replies import MULTI_LINE_END
from mailstore.pop3.session import Session, no_argument


def _capabilities(session: Session) -> Iterable[bytes]:
    """RFC 2449, sections 6 and 8; RFC 3206.

    LOGIN-DELAY is left out: there is none. EXPIRE NEVER: no message goes by its age.
    """
    return (
        b"PIPELINING",
        b"RESP-CODES",
        b"AUTH-RESP-CODE",
        b"EXPIRE NEVER",
        b"IMPLEMENTATION mailstore",
    )


async def _capa(session: Session, argument: bytes) -> None:
    no_argument(argument)
    session.ok("Capabilities follow")
    session.write(b"\r\n".join((*all_capabilities(session), MULTI_LINE_END)))


GROUP = CommandGroup(
    rfc=2449, commands=(Command(b"CAPA", BOTH, _capa),), capabilities=_capabilities
)
