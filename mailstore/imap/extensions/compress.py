"""COMPRESS=DEFLATE, RFC 4978: everything behind the tagged OK is compressed, both ways.

What arrived behind the command is the beginning of the client's compressed stream, so input
is paused from before the OK is written until the network shell has taken it over. The shell
inflates and deflates, between the engine and TLS.
"""

from __future__ import annotations

from mailstore.imap.registry import Command, Extension, State
from mailstore.imap.responses import Ok, Refused
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor


def _parse(cursor: Cursor) -> None:
    """``compress = "COMPRESS" SP algorithm``, ``algorithm = "DEFLATE"``."""
    cursor.space()
    start = cursor.position
    if cursor.keyword() != b"DEFLATE":
        cursor.position = start
        raise cursor.bad("expected DEFLATE")


def _offered(session: Session) -> bool:
    """Not before sign-in: a stranger gets no memory for windows."""
    return bool(session.state & State.LOGGED_IN) and not session.peer.compressed


async def _compress(session: Session, arguments: None) -> Ok:
    if session.peer.compressed:
        raise Refused(b"The connection is compressed already", b"COMPRESSIONACTIVE")
    return Ok(b"Compression begins now", then=session.connection.start_compression)


COMPRESS = Command(b"COMPRESS", State.LOGGED_IN, _parse, _compress, pipelined=False)

EXTENSION = Extension(
    rfc=4978,
    title="COMPRESS=DEFLATE",
    capabilities=(b"COMPRESS=DEFLATE",),
    offered=_offered,
    commands=(COMPRESS,),
)
