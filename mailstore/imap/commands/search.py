"""SEARCH and UID SEARCH (RFC 9051, section 6.4.4; ESEARCH, RFC 4731)."""

from __future__ import annotations

from typing import NamedTuple

from mailstore.imap.registry import Command, State
from mailstore.imap.search.keys import SEARCH_KEYS
from mailstore.imap.search.program import Program, parse_program
from mailstore.imap.search.returns import Returns, encode_esearch, encode_found, parse_returns
from mailstore.imap.search.run import search
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
    return SearchArguments(returns, parse_program(cursor))


async def _search(session: Session, arguments: SearchArguments) -> None:
    await _answer(session, arguments, by_uid=False)


async def _uid_search(session: Session, arguments: SearchArguments) -> None:
    await _answer(session, arguments, by_uid=True)


async def _answer(session: Session, arguments: SearchArguments, *, by_uid: bool) -> None:
    returns, program = arguments
    found = await search(session, program)
    numbers = found.uids if by_uid else session.view.numbers(found.uids)
    if returns is None:
        line = encode_found(b"SEARCH", numbers, found.mod_seqs)
    else:
        line = encode_esearch(session.tag, returns, numbers, found.mod_seqs, by_uid=by_uid)
    await session.output.send(line)


COMMANDS = (
    Command(b"SEARCH", State.SELECTED, parse_search, _search, may_expunge=False),
    Command(b"UID SEARCH", State.SELECTED, parse_search, _uid_search),
)
