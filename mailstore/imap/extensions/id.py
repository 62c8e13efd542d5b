"""ID, RFC 2971: who is speaking, for logs and statistics, never for behaviour.

It is answered in every state, before login too: Microsoft's cloud asks then and gives up
if it gets no answer.
"""

from __future__ import annotations

from typing import Final

from mailstore.imap.grammar.names import parse_id_params
from mailstore.imap.registry import Command, Extension, State
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.imap.wire.encode import encode_string

Fields = tuple[tuple[bytes, bytes | None], ...]

_MAX_FIELDS: Final = 30
_MAX_NAME: Final = 30
_MAX_VALUE: Final = 1024
"""RFC 2971, section 3.3."""


def _parse(cursor: Cursor) -> Fields:
    """``id = "ID" SP id-params-list``."""
    cursor.space()
    fields = parse_id_params(cursor)
    if len(fields) > _MAX_FIELDS:
        raise cursor.bad("expected no more than 30 fields before this")
    if any(len(name) > _MAX_NAME or len(value or b"") > _MAX_VALUE for name, value in fields):
        raise cursor.bad("expected shorter fields before this")
    return fields


async def _id(session: Session, fields: Fields) -> None:
    session.client = fields
    identity = session.identity
    words = (encode_string(word) for field in identity for word in field)
    answer = b"(%s)" % b" ".join(words) if identity else b"NIL"
    session.output.untagged(b"ID " + answer)


ID = Command(b"ID", State.ANY, _parse, _id)

EXTENSION = Extension(rfc=2971, title="IMAP4 ID extension", capabilities=(b"ID",), commands=(ID,))
