"""Lists of words that extensions add to, and parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from mailstore.imap.wire.cursor import Cursor

T = TypeVar("T")


def parse_list(cursor: Cursor, parse_item: Callable[[Cursor], T]) -> list[T]:
    """``"(" item *(SP item) ")"``."""
    cursor.enter()
    items = [parse_item(cursor)]
    while cursor.peek() == b" ":
        cursor.space()
        items.append(parse_item(cursor))
    cursor.leave()
    return items


def parse_names(cursor: Cursor) -> list[bytes]:
    """``"(" atom *(SP atom) ")"`` of words of the protocol, in upper case.

    Such as ``status-att *(SP status-att)`` of STATUS.
    """
    return parse_list(cursor, Cursor.keyword)


def parse_id_params(cursor: Cursor) -> tuple[tuple[bytes, bytes | None], ...]:
    """``id-params-list = "(" *(string SP nstring) ")" / nil`` (RFC 2971, section 4).

    Fields are separated by a space. Quirk (several): a name may be an atom.
    """
    if cursor.peek() != b"(":
        if cursor.keyword() != b"NIL":
            raise cursor.bad("expected a list or NIL before this")
        return ()
    cursor.enter()
    fields: list[tuple[bytes, bytes | None]] = []
    while cursor.peek() != b")":
        if fields:
            cursor.space()
        name = cursor.astring()
        cursor.space()
        fields.append((name, cursor.nstring()))
    cursor.leave()
    return tuple(fields)
