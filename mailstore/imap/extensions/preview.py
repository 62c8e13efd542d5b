"""PREVIEW, RFC 8970: the first words of a message, made when it is indexed.

What they are is said in :mod:`mailstore.mime.preview`. With ``LAZY`` no message is read to make
them: one that the index has not seen yet is answered NIL.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from mailstore.imap.fetch.item import FetchItem, IndexItem, each_alone
from mailstore.imap.grammar.names import parse_names
from mailstore.imap.registry import Extension
from mailstore.imap.wire.cursor import Cursor
from mailstore.imap.wire.encode import encode_nstring
from mailstore.store.ports import Column

_PREVIEW: Final = IndexItem(b"PREVIEW", (Column.PREVIEW,), encode=each_alone(encode_nstring))
_LAZY: Final = replace(_PREVIEW, lazy=True)


def _parse(cursor: Cursor) -> IndexItem:
    """``"PREVIEW" [SP "(" preview-mod *(SP preview-mod) ")"]``; ``preview-mod = "LAZY"``.

    Other words in parentheses may be modifiers of FETCH.
    """
    if cursor.peek(7) not in (b" (LAZY)", b" (LAZY "):
        return _PREVIEW
    cursor.space()
    if set(parse_names(cursor)) != {b"LAZY"}:
        raise cursor.bad("expected no modifier but LAZY before this")
    return _LAZY


EXTENSION = Extension(
    rfc=8970,
    title="PREVIEW",
    capabilities=(b"PREVIEW",),
    fetch_items=(FetchItem(b"PREVIEW", _parse),),
)
