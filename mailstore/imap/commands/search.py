"""SEARCH and UID SEARCH (RFC 9051, section 6.4.4; ESEARCH, RFC 4731)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from mailstore.imap.registry import Command, State
from mailstore.imap.search.keys import SEARCH_KEYS
from mailstore.imap.search.program import Program, parse_program
from mailstore.imap.search.run import Found, find
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.sequence_set import encode_numbers

__all__ = ["COMMANDS", "SEARCH_KEYS"]

_RETURNS: Final = (b"MIN", b"MAX", b"COUNT", b"ALL")


class SearchArguments(NamedTuple):
    """``returns`` is None for an answer in the old form, ``* SEARCH``."""

    returns: frozenset[bytes] | None
    program: Program


def parse_search(cursor: Cursor) -> SearchArguments:
    """``search = "SEARCH" [search-return-opts] SP search-program``. The name was read."""
    cursor.space()
    returns = None
    if cursor.take(b"RETURN "):
        returns = parse_returns(cursor)
        cursor.space()
    return SearchArguments(returns, parse_program(cursor))


def parse_returns(cursor: Cursor) -> frozenset[bytes]:
    """``"(" [search-return-opt *(SP search-return-opt)] ")"``; without any it is ALL."""
    returns: set[bytes] = set()
    cursor.enter()
    while cursor.peek() != b")":
        if returns:
            cursor.space()
        start = cursor.position
        option = cursor.keyword()
        if option not in _RETURNS:
            cursor.position = start
            raise cursor.bad("expected MIN, MAX, ALL or COUNT")
        returns.add(option)
    cursor.leave()
    return frozenset(returns or (b"ALL",))


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
        correlator = b'(TAG "%s")' % session.tag + (b" UID" if by_uid else b"")
        await session.output.send(_encode_esearch(correlator, returns, numbers, found))


def _encode_search(numbers: Sequence[int], found: Found) -> bytes:
    """``"SEARCH" *(SP nz-number) [SP "(" "MODSEQ" SP mod-sequence-value ")"]``.

    RFC 7162, section 3.1.5: the highest mod-sequence of all that was found.
    """
    words = [b"* SEARCH", *map(b"%d".__mod__, numbers)]
    if found.mod_seqs:
        words.append(b"(MODSEQ %d)" % max(found.mod_seqs))
    return b" ".join(words) + b"\r\n"


def _encode_esearch(
    correlator: bytes, returns: frozenset[bytes], numbers: Sequence[int], found: Found
) -> bytes:
    """``"ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)``.

    Of nothing there is no MIN, MAX or ALL (RFC 4731, section 3.1).
    """
    words = [b"* ESEARCH", correlator]
    if numbers:
        if b"MIN" in returns:
            words.append(b"MIN %d" % numbers[0])
        if b"MAX" in returns:
            words.append(b"MAX %d" % numbers[-1])
    if b"COUNT" in returns:
        words.append(b"COUNT %d" % len(numbers))
    if numbers and b"ALL" in returns:
        words.append(b"ALL " + encode_numbers(numbers))
    if found.mod_seqs:
        words.append(b"MODSEQ %d" % _mod_seq(returns, found.mod_seqs))
    return b" ".join(words) + b"\r\n"


def _mod_seq(returns: frozenset[bytes], mod_seqs: list[int]) -> int:
    """The highest of what is told: RFC 7162, section 3.1.10, for MIN and MAX alone."""
    if returns == {b"MIN"}:
        return mod_seqs[0]
    if returns == {b"MAX"}:
        return mod_seqs[-1]
    if returns == {b"MIN", b"MAX"}:
        return max(mod_seqs[0], mod_seqs[-1])
    return max(mod_seqs)


COMMANDS = (
    Command(b"SEARCH", State.SELECTED, parse_search, _search, may_expunge=False),
    Command(b"UID SEARCH", State.SELECTED, parse_search, _uid_search),
)
