"""THREAD and UID THREAD, RFC 5256, with the algorithms of the RFC and REFS."""

from __future__ import annotations

from typing import NamedTuple, cast

from mailstore.imap.registry import Command, Extension, State
from mailstore.imap.search.columns import read_columns
from mailstore.imap.search.program import Program, parse_criteria
from mailstore.imap.search.run import search
from mailstore.imap.session import Session
from mailstore.imap.thread.algorithm import ThreadAlgorithm
from mailstore.imap.thread.encode import encode_threads
from mailstore.imap.thread.ordered_subject import ORDERED_SUBJECT
from mailstore.imap.thread.references import REFERENCES, REFS
from mailstore.imap.wire.cursor import Cursor
from mailstore.store.ports import Column


class ThreadArguments(NamedTuple):
    algorithm: ThreadAlgorithm
    program: Program


def parse_thread(cursor: Cursor) -> ThreadArguments:
    """``thread = "THREAD" SP thread-alg SP search-criteria``. The name was read."""
    cursor.space()
    start = cursor.position
    declared = cursor.registry.thread_algorithms.get(cursor.keyword())
    if declared is None:
        cursor.position = start
        raise cursor.bad("expected a threading algorithm")
    cursor.space()
    return ThreadArguments(cast(ThreadAlgorithm, declared), parse_criteria(cursor))


async def _thread(session: Session, arguments: ThreadArguments) -> None:
    await _answer(session, arguments, by_uid=False)


async def _uid_thread(session: Session, arguments: ThreadArguments) -> None:
    await _answer(session, arguments, by_uid=True)


async def _answer(session: Session, arguments: ThreadArguments, *, by_uid: bool) -> None:
    algorithm, program = arguments
    view = session.view
    found = await search(session, program)
    columns = await read_columns(session, found.uids, algorithm.columns)
    uids = columns[Column.UID]
    numbers = uids if by_uid else view.numbers(uids)
    line = await view.mailbox.work(
        lambda: encode_threads(algorithm.make(columns), numbers), len(uids)
    )
    await session.output.send(line)


EXTENSION = Extension(
    rfc=5256,
    title="THREAD extension",
    capabilities=(b"THREAD=ORDEREDSUBJECT", b"THREAD=REFERENCES"),
    commands=(
        Command(b"THREAD", State.SELECTED, parse_thread, _thread, may_expunge=False),
        Command(b"UID THREAD", State.SELECTED, parse_thread, _uid_thread),
    ),
    thread_algorithms=(ORDERED_SUBJECT, REFERENCES),
)

INTHREAD = Extension(
    rfc=None,
    title="THREAD=REFS of draft-ietf-morg-inthread",
    capabilities=(b"THREAD=REFS",),
    thread_algorithms=(REFS,),
)
