"""SEARCH and UID SEARCH (RFC 9051, section 6.4.4; ESEARCH, RFC 4731)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mailstore.imap.registry import Command, State
from mailstore.imap.search.keys import SEARCH_KEYS
from mailstore.imap.search.program import Program, parse_program
from mailstore.imap.search.returns import (
    Returns,
    check_needs,
    encode_esearch,
    parse_returns,
    tells_scores,
)
from mailstore.imap.search.run import Found, find
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor

__all__ = ["COMMANDS", "SEARCH_KEYS"]


class SearchArguments(NamedTuple):
    """``returns`` is None for an answer in the old form, ``* SEARCH``."""

    returns: Returns | None
    program: Program


def parse_search(cursor: Cursor) -> SearchArguments:
    """``search = "SEARCH" [search-return-opts] SP search-program``. The name was read."""
    cursor.space()
    returns = None
    if cursor.take(b"RETURN "):
        returns = parse_returns(cursor)
        cursor.space()
    program = parse_program(cursor)
    check_needs(cursor, returns or (), program.modifiers)
    return SearchArguments(returns, program)


async def _search(session: Session, arguments: SearchArguments) -> None:
    await _answer(session, arguments, by_uid=False)


async def _uid_search(session: Session, arguments: SearchArguments) -> None:
    await _answer(session, arguments, by_uid=True)


async def _answer(session: Session, arguments: SearchArguments, *, by_uid: bool) -> None:
    returns, program = arguments
    for key in program.enabling:
        if key.enables is not None:
            key.enables(session)
    mod_seqs = any(key.name == b"MODSEQ" for key in program.enabling)
    found = await find(session, program.root, mod_seqs=mod_seqs)
    numbers = found.uids if by_uid else session.view.numbers(found.uids)
    if returns is None:
        await session.output.send(_encode_search(numbers, found))
    else:
        line = encode_esearch(
            session.tag,
            returns,
            numbers,
            found.mod_seqs,
            by_uid=by_uid,
            scores=found.relevancy() if tells_scores(returns) else (),
        )
        await session.output.send(line)


def _encode_search(numbers: Sequence[int], found: Found) -> bytes:
    """``"SEARCH" *(SP nz-number) [SP "(" "MODSEQ" SP mod-sequence-value ")"]``.

    RFC 7162, section 3.1.5: the highest mod-sequence of all that was found.
    """
    words = [b"* SEARCH", *map(b"%d".__mod__, numbers)]
    if found.mod_seqs:
        words.append(b"(MODSEQ %d)" % max(found.mod_seqs))
    return b" ".join(words) + b"\r\n"


COMMANDS = (
    Command(b"SEARCH", State.SELECTED, parse_search, _search, may_expunge=False),
    Command(b"UID SEARCH", State.SELECTED, parse_search, _uid_search),
)
