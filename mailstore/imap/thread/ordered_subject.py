"""THREAD=ORDEREDSUBJECT (RFC 5256, section 3): messages of one base subject."""

from __future__ import annotations

from typing import Final

from mailstore.imap.thread.algorithm import Columns, ThreadAlgorithm, Threads, by_date, when_sent
from mailstore.store.ports import Column


def make_threads(columns: Columns) -> Threads:
    """All messages of a subject but the first are children of the first, by sent date.

    Threads stand in the order of their first messages.
    """
    subjects = columns[Column.BASE_SUBJECT]
    threads: dict[bytes, list[int]] = {}
    for place in by_date(when_sent(columns)):
        threads.setdefault(subjects[place], []).append(place)
    return Threads(
        [thread[0] for thread in threads.values()],
        {thread[0]: thread[1:] for thread in threads.values() if len(thread) > 1},
    )


ORDERED_SUBJECT: Final = ThreadAlgorithm(
    b"ORDEREDSUBJECT",
    (Column.BASE_SUBJECT, Column.SENT_AT, Column.INTERNAL_DATE),
    make_threads,
)
