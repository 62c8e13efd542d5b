"""STARTTLS (RFC 9051, section 6.2.1; RFC 3501, section 6.2.1).

What arrived behind the command is thrown away unread, in the framer and in the network
shell: it came in clear text, from anybody, and must not be taken for something the
client said under TLS (CVE-2021-33515 and its relatives). Input is paused from before the
OK is written until the handshake has begun.
"""

from __future__ import annotations

from mailstore.imap.registry import Command, Extension, State, no_arguments
from mailstore.imap.responses import Ok, Unacceptable
from mailstore.imap.session import Session


def _offered(session: Session) -> bool:
    return session.peer.can_start_tls and session.state is State.NOT_AUTHENTICATED


async def _starttls(session: Session, arguments: None) -> Ok:
    if not session.peer.can_start_tls:
        raise Unacceptable(b"TLS is on already, or not to be had here")
    return Ok(b"Begin TLS negotiation now", then=session.connection.start_tls)


STARTTLS = Command(b"STARTTLS", State.NOT_AUTHENTICATED, no_arguments, _starttls, pipelined=False)

EXTENSION = Extension(
    rfc=3501,
    title="STARTTLS",
    capabilities=(b"STARTTLS",),
    offered=_offered,
    commands=(STARTTLS,),
)
