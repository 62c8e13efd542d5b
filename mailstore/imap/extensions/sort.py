"""SORT and UID SORT, RFC 5256.

MODSEQ among the keys adds the highest mod-sequence to the answer (RFC 7162, section 3.1.6).
"""

from __future__ import annotations

from typing import NamedTuple, cast

from mailstore.imap.grammar.names import parse_list
from mailstore.imap.registry import Command, Extension, State
from mailstore.imap.search.program import Program, parse_criteria
from mailstore.imap.search.returns import Returns, encode_esearch, encode_found, parse_returns
from mailstore.imap.search.run import search
from mailstore.imap.session import Session
from mailstore.imap.sort.criterion import Requested, SortCriterion, sent_dates
from mailstore.imap.sort.run import sort
from mailstore.imap.wire.cursor import Cursor
from mailstore.store.ports import Column


class SortArguments(NamedTuple):
    """``returns`` is None for an answer in the old form, ``* SORT``."""

    returns: Returns | None
    criteria: tuple[Requested, ...]
    program: Program


def parse_sort(cursor: Cursor) -> SortArguments:
    """``sort = "SORT" [search-return-opts] SP sort-criteria SP search-criteria``.

    RFC 5256, section 5, with RFC 5267, section 6. The name was read.
    """
    cursor.space()
    returns = None
    if cursor.take(b"RETURN "):
        returns = parse_returns(cursor)
        cursor.space()
    criteria = _parse_criteria(cursor)
    cursor.space()
    return SortArguments(returns, criteria, parse_criteria(cursor))


def _parse_criteria(cursor: Cursor) -> tuple[Requested, ...]:
    """``sort-criteria = "(" sort-criterion *(SP sort-criterion) ")"``.

    One that was named before decides nothing any more.
    """
    requested: dict[bytes, Requested] = {}
    for each in parse_list(cursor, _parse_criterion):
        requested.setdefault(each.criterion.name, each)
    return tuple(requested.values())


def _parse_criterion(cursor: Cursor) -> Requested:
    """``sort-criterion = ["REVERSE" SP] sort-key``."""
    descending = cursor.take(b"REVERSE ")
    start = cursor.position
    declared = cursor.registry.sort_criteria.get(cursor.keyword())
    if declared is None:
        cursor.position = start
        raise cursor.bad("expected a sort criterion")
    return Requested(cast(SortCriterion, declared), descending)


async def _sort(session: Session, arguments: SortArguments) -> None:
    await _answer(session, arguments, by_uid=False)


async def _uid_sort(session: Session, arguments: SortArguments) -> None:
    await _answer(session, arguments, by_uid=True)


async def _answer(session: Session, arguments: SortArguments, *, by_uid: bool) -> None:
    returns, criteria, program = arguments
    found = await search(session, program)
    order = await sort(session, found.uids, criteria)
    numbers = order.apply(order.uids if by_uid else session.view.numbers(order.uids))
    mod_seq_of = dict(zip(found.uids, found.mod_seqs, strict=False))
    mod_seqs = order.apply([mod_seq_of[uid] for uid in order.uids]) if mod_seq_of else []
    if returns is None:
        line = encode_found(b"SORT", numbers, mod_seqs)
    else:
        line = encode_esearch(session.tag, returns, numbers, mod_seqs, by_uid=by_uid)
    await session.output.send(line)


EXTENSION = Extension(
    rfc=5256,
    title="SORT extension",
    capabilities=(b"SORT",),
    commands=(
        Command(b"SORT", State.SELECTED, parse_sort, _sort, may_expunge=False),
        Command(b"UID SORT", State.SELECTED, parse_sort, _uid_sort),
    ),
    sort_criteria=(
        SortCriterion(b"ARRIVAL", (Column.INTERNAL_DATE,)),
        SortCriterion(b"CC", (Column.CC_MAILBOX,)),
        SortCriterion(b"DATE", (Column.SENT_AT, Column.INTERNAL_DATE), sent_dates),
        SortCriterion(b"FROM", (Column.FROM_MAILBOX,)),
        SortCriterion(b"SIZE", (Column.SIZE,)),
        SortCriterion(b"SUBJECT", (Column.BASE_SUBJECT,)),
        SortCriterion(b"TO", (Column.TO_MAILBOX,)),
    ),
)
