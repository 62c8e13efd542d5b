"""How a sort is carried out: each criterion by its own direction, in batches, nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mailstore.imap.sort.criterion import Requested, SortCriterion, sent_dates
from mailstore.imap.sort.run import compare
from mailstore.mime.date import NO_DATE
from mailstore.model.flags import SEEN
from mailstore.store.memory import MemoryStore
from mailstore.store.memory_mailbox import MemoryMailbox
from mailstore.store.ports import Column
from tests.unit.imap.mail import client_of, plain, put

SIZE = SortCriterion(b"SIZE", (Column.SIZE,))
SUBJECT = SortCriterion(b"SUBJECT", (Column.BASE_SUBJECT,))
ROWS: dict[Column, Sequence[Any]] = {
    Column.UID: (1, 2, 3, 4, 5),
    Column.SIZE: (7, 9, 7, 8, 7),
    Column.BASE_SUBJECT: (b"B", b"A", b"A", b"B", b"B"),
}


def places(*criteria: tuple[SortCriterion, bool]) -> list[int]:
    return compare(ROWS, [Requested(*each) for each in criteria])


def test_what_is_alike_stays_in_the_order_of_the_mailbox() -> None:
    assert places((SIZE, False)) == [0, 2, 4, 3, 1]
    assert places((SIZE, True)) == [1, 3, 0, 2, 4]


def test_each_criterion_has_its_own_direction() -> None:
    assert places((SUBJECT, False), (SIZE, True)) == [1, 2, 3, 0, 4]
    assert places((SUBJECT, True), (SIZE, False)) == [0, 4, 3, 2, 1]
    assert places((SUBJECT, True), (SIZE, True)) == [3, 0, 4, 1, 2]


def test_the_internal_date_stands_in_for_a_sent_date() -> None:
    assert sent_dates((1, NO_DATE, 3), (7, 8, 9)) == [1, 8, 3]
    assert sent_dates((1, 2), (7, 8)) == (1, 2)
    assert sent_dates((), ()) == ()


def test_messages_that_were_not_read_yet_are_read_first() -> None:
    client = client_of([b"Subject: b\r\n\r\n", b"Subject: c\r\n\r\n", b"Subject: a\r\n\r\n"])
    assert client.ask(b"a SORT (SUBJECT) UTF-8 ALL")[0] == b"* SORT 3 1 2"
    assert client.ask(b"b SORT (REVERSE SUBJECT) UTF-8 NOT 1")[0] == b"* SORT 2 3"


def test_very_many_messages_are_put_in_order() -> None:
    store = MemoryStore()
    put(store, [plain(n % 700) for n in range(2100)])
    client = client_of([], store=store)
    line = client.ask(b"a UID SORT (SUBJECT REVERSE ARRIVAL) UTF-8 ALL")[0]
    subjects = sorted(range(2100), key=lambda n: b"MESSAGE %d" % (n % 700))
    assert [int(word) for word in line.split()[2:]] == [n + 1 for n in subjects]


@pytest.mark.parametrize("step", [2, 3])
def test_scattered_messages_are_found_among_the_others(step: int) -> None:
    store = MemoryStore()
    for n in range(60):
        put(store, [plain(n)], flags=0 if n % step else SEEN)
    client = client_of([], store=store)
    line = client.ask(b"a SORT (REVERSE DATE REVERSE SUBJECT) UTF-8 UNSEEN")[0]
    wanted = [n for n in range(60) if n % step]
    wanted.sort(key=lambda n: b"MESSAGE %d" % n, reverse=True)
    assert [int(word) for word in line.split()[2:]] == [n + 1 for n in wanted]


def test_columns_that_are_named_twice_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of([plain(1), plain(2)])
    asked: list[tuple[Column, ...]] = []
    rows = MemoryMailbox.rows

    def noted(self: MemoryMailbox, columns: tuple[Column, ...], *args: Any, **kw: Any) -> Any:
        asked.append(columns)
        return rows(self, columns, *args, **kw)

    client.ask(b"a SORT (DATE) UTF-8 ALL")
    monkeypatch.setattr(MemoryMailbox, "rows", noted)
    client.ask(b"b SORT (DATE ARRIVAL REVERSE DATE SIZE) UTF-8 ALL")
    assert set(asked) == {(Column.UID, Column.SENT_AT, Column.INTERNAL_DATE, Column.SIZE)}
