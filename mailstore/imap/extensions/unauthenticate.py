"""UNAUTHENTICATE, RFC 8437: nobody is signed in any more, and the connection goes on.

A client may send LOGIN or AUTHENTICATE in the same packet, so this is never refused
(section 3). Compression ends: the OK is the last that is compressed, and what the client
sends behind the command is not (section 4.1). TLS and what ID said stay.
"""

from __future__ import annotations

from mailstore.imap.registry import Command, Extension, State, no_arguments
from mailstore.imap.responses import Ok
from mailstore.imap.session import Session


async def _unauthenticate(session: Session, arguments: None) -> Ok:
    session.sign_out()
    then = session.connection.end_compression if session.peer.compressed else None
    return Ok(code=session.capability_line(), then=then)


UNAUTHENTICATE = Command(
    b"UNAUTHENTICATE", State.LOGGED_IN, no_arguments, _unauthenticate, pipelined=False
)

EXTENSION = Extension(
    rfc=8437,
    title="UNAUTHENTICATE extension",
    capabilities=(b"UNAUTHENTICATE",),
    offered=lambda session: bool(session.state & State.LOGGED_IN),
    commands=(UNAUTHENTICATE,),
)
