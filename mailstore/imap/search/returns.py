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


def told(returns: Returns, count: int) -> list[int]:
    """Which of ``count`` results the options tell of, in their order."""
    places = [option.places(count, value) for option, value in returns]
    if any(len(each) == count for each in places):
        return list(range(count))
    return sorted(set().union(*places))


def encode_found(name: bytes, numbers: Sequence[int], mod_seqs: Sequence[int]) -> bytes:
    """``name *(SP nz-number) [SP "(" "MODSEQ" SP mod-sequence-value ")"]``, a whole line.

    The answer of SEARCH and SORT without return options; RFC 7162, sections 3.1.5 and 3.1.6:
    with the highest mod-sequence of all that was found.
    """
    line = b"* " + name + b" %d" * len(numbers) % tuple(numbers)
    if mod_seqs:
        line += b" (MODSEQ %d)" % max(mod_seqs)
    return line + b"\r\n"


def encode_esearch(
    tag: bytes, returns: Returns, numbers: Sequence[int], mod_seqs: Sequence[int], *, by_uid: bool
) -> bytes:
    """``"ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)``, a whole line.

    ``mod_seqs`` are those of ``numbers``, or none if they are not to be told.
    """
    words = [b"* ESEARCH", b'(TAG "%s")' % tag]
    if by_uid:
        words.append(b"UID")
    words += filter(None, (option.encode(numbers, value) for option, value in returns))
    if mod_seqs:
        places = told(returns, len(mod_seqs))
        if places:
            words.append(b"MODSEQ %d" % max(mod_seqs[place] for place in places))
    return b" ".join(words) + b"\r\n"
