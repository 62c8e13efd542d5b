"""Return options of SEARCH, and the ESEARCH answer (RFC 4466, section 2.6; RFC 4731).

SORT answers in the same way (RFC 5267), with its numbers in another order. Extensions declare
options; this file knows the syntax, and no option but ALL by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from mailstore.imap.registry import SearchReturn
from mailstore.imap.wire.cursor import Cursor


class Requested(NamedTuple):
    """One option as the client gave it."""

    option: SearchReturn
    value: Any


Returns = tuple[Requested, ...]
"""In the order in which they are answered."""


def parse_returns(cursor: Cursor) -> Returns:
    """``"(" [search-return-opt *(SP search-return-opt)] ")"``; without any it is ALL.

    An option that is given twice counts once, as it was given last.
    """
    declared = cursor.registry.search_returns
    values: dict[bytes, Any] = {}
    cursor.enter()
    while cursor.peek() != b")":
        if values:
            cursor.space()
        start = cursor.position
        option = declared.get(cursor.keyword())
        if option is None:
            cursor.position = start
            raise cursor.bad("expected the name of a return option")
        values[option.name] = option.parse(cursor)
    cursor.leave()
    if not values:
        values[b"ALL"] = None
    return tuple(
        Requested(option, values[name]) for name, option in declared.items() if name in values
    )


def tells_scores(returns: Returns) -> bool:
    """Whether an option tells how well messages match."""
    return any(option.encode_scores for option, _ in returns)


def check_needs(cursor: Cursor, returns: Returns, modifiers: frozenset[bytes]) -> None:
    """Raises BadSyntax if an option needs a modifier that the program does not have."""
    if not all(option.needs is None or option.needs in modifiers for option, _ in returns):
        raise cursor.bad("a return option needs another search key than those before this")


def told(returns: Returns, count: int) -> list[int]:
    """Which of ``count`` results the options tell of, in their order."""
    places = [option.places(count, value) for option, value in returns]
    if any(len(each) == count for each in places):
        return list(range(count))
    return sorted(set().union(*places))


def encode_esearch(
    tag: bytes,
    returns: Returns,
    numbers: Sequence[int],
    mod_seqs: Sequence[int],
    *,
    by_uid: bool,
    scores: Sequence[int] = (),
) -> bytes:
    """``"ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)``, a whole line.

    ``mod_seqs`` are those of ``numbers``, or none if they are not to be told; ``scores``, how well
    each matches, are needed if :func:`tells_scores`.
    """
    words = [b"* ESEARCH", b'(TAG "%s")' % tag]
    if by_uid:
        words.append(b"UID")
    words += filter(None, (option.encode(numbers, value) for option, value in returns))
    words += [option.encode_scores(scores) for option, _ in returns if option.encode_scores]
    if mod_seqs:
        places = told(returns, len(mod_seqs))
        if places:
            words.append(b"MODSEQ %d" % max(mod_seqs[place] for place in places))
    return b" ".join(words) + b"\r\n"
