"""Return options of SEARCH, and the ESEARCH answer (RFC 4466, section 2.6; RFC 4731).

SORT answers in the same way (RFC 5267), with its numbers in another order. Extensions declare
options; this file knows the syntax, and no option but ALL by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from mailstore.imap.registry import Results, SearchReturn
from mailstore.imap.search.key import Node
from mailstore.imap.session import Session
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
        if any(_exclude(option, declared[name]) for name in values):
            cursor.position = start
            raise cursor.bad("expected another return option")
        values[option.name] = option.parse(cursor)
    cursor.leave()
    if not values:
        return everything(cursor)
    return tuple(
        Requested(option, values[name]) for name, option in declared.items() if name in values
    )


def everything(cursor: Cursor) -> Returns:
    """What is answered where no option is given: ALL."""
    return (Requested(cursor.registry.search_returns[b"ALL"], None),)


def _exclude(one: SearchReturn, other: SearchReturn) -> bool:
    return one.name in other.excludes or other.name in one.excludes


def told(returns: Returns, count: int) -> list[int]:
    """Which of ``count`` results the options tell of, in their order.

    All, where no option ever tells of any: only that can be meant with ``RETURN (SAVE)``.
    """
    places = [option.places(count, value) for option, value in returns if option.places]
    if not places or any(len(each) == count for each in places):
        return list(range(count))
    return sorted(set().union(*places))


def keep_results(
    session: Session, returns: Returns, uids: Sequence[int], root: Node | None, *, by_uid: bool
) -> None:
    """Hand over what was found to the options that keep it; ``root`` None is a search that failed.

    ``uids`` are in the order of the answer.
    """
    keeping = [option.keep for option, _ in returns if option.keep is not None]
    if keeping:
        chosen = [uids[place] for place in told(returns, len(uids))]
        for keep in keeping:
            keep(session, Results(chosen, uids, root, by_uid))


def encode_esearch(
    tag: bytes,
    returns: Returns,
    numbers: Sequence[int],
    mod_seqs: Sequence[int],
    *,
    by_uid: bool,
    within: bytes = b"",
) -> bytes:
    """``"ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)``, a whole line.

    Empty if no option has anything to say. ``mod_seqs`` are those of ``numbers``, or none if they
    are not to be told; ``within`` are correlators after the tag, each with a space before it
    (RFC 7377, section 2.1).
    """
    encoders = [(option.encode, value) for option, value in returns if option.encode is not None]
    if not encoders:
        return b""
    words = [b"* ESEARCH", b'(TAG "%s"%s)' % (tag, within)]
    if by_uid:
        words.append(b"UID")
    words += filter(None, (encode(numbers, value) for encode, value in encoders))
    if mod_seqs:
        places = told(returns, len(mod_seqs))
        if places:
            words.append(b"MODSEQ %d" % max(mod_seqs[place] for place in places))
    return b" ".join(words) + b"\r\n"
