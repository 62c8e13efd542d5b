"""SEARCH and UID SEARCH (RFC 9051, section 6.4.4; ESEARCH, RFC 4731)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mailstore.imap.registry import Command, State
from mailstore.imap.responses import Refused
from mailstore.imap.search.keys import RECENT_KEYS, SEARCH_KEYS
from mailstore.imap.search.program import Program, parse_program
from mailstore.imap.search.returns import (
    Returns,
    encode_esearch,
    everything,
    keep_results,
    parse_returns,
)
from mailstore.imap.search.run import Found, find
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor

__all__ = ["COMMANDS", "RECENT_KEYS", "SEARCH_KEYS"]


class SearchArguments(NamedTuple):
    """``returns`` is None for an answer in the old form, ``* SEARCH``.

    A program that is refused is a search that fails: nothing is saved then.
    """

    returns: Returns | None
    program: Program | Refused


def parse_search(cursor: Cursor) -> SearchArguments:
    """``search = "SEARCH" [search-return-opts] SP search-program``. The name was read.

    In IMAP4rev2 there is no old form of the answer (RFC 9051, section 6.4.4).
    """
    cursor.space()
    returns = everything(cursor) if b"IMAP4rev2" in cursor.enabled else None
    if cursor.take(b"RETURN "):
        returns = parse_returns(cursor)
        cursor.space()
    try:
        return SearchArguments(returns, parse_program(cursor))
    except Refused as refused:
        cursor.skip()
        return SearchArguments(returns, refused)


async def _search(session: Session, arguments: SearchArguments) -> None:
    await _answer(session, arguments, by_uid=False)


async def _uid_search(session: Session, arguments: SearchArguments) -> None:
    await _answer(session, arguments, by_uid=True)


async def _answer(session: Session, arguments: SearchArguments, *, by_uid: bool) -> None:
    returns, program = arguments
    try:
        if isinstance(program, Refused):
            raise program
        found = await _find(session, program)
    except Exception:
        keep_results(session, returns or (), (), None, by_uid=by_uid)
        raise
    keep_results(session, returns or (), found.uids, program.root, by_uid=by_uid)
    numbers = found.uids if by_uid else session.view.numbers(found.uids)
    if returns is None:
        await session.output.send(_encode_search(numbers, found))
    else:
        line = encode_esearch(session.tag, returns, numbers, found.mod_seqs, by_uid=by_uid)
        await session.output.send(line)


async def _find(session: Session, program: Program) -> Found:
    for key in program.enabling:
        if key.enables is not None:
            key.enables(session)
    mod_seqs = any(key.name == b"MODSEQ" for key in program.enabling)
    return await find(session, program.root, mod_seqs=mod_seqs)


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
