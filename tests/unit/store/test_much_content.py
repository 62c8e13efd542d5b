"""Content is read, held and written a few mebibytes at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailstore.account.lane import InPlaceLane
from mailstore.account.mail import Mail
from mailstore.account.mailbox import OpenMailbox
from mailstore.model.sequence_set import MAX_UID
from mailstore.model.task import Task
from mailstore.store.index import messages
from mailstore.store.maildir import deliver, reading
from mailstore.store.maildir.mailbox import MaildirMailbox
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.opening import open_user
from mailstore.store.ports import Column, NewMessage
from tests.unit.store.files import deliver as put_file

ALL = [(1, MAX_UID)]
COLUMNS = (Column.UID, Column.BODY_STRUCTURE)
COUNT = 10


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MaildirStore]:
    opened = open_user(tmp_path / "mail")
    yield opened
    opened.close()


@pytest.fixture
def inbox(store: MaildirStore, tmp_path: Path) -> MaildirMailbox:
    """Messages that another program delivered, whose content is about 200 octets each."""
    mailbox = store.open("INBOX")
    for number in range(COUNT):
        put_file(tmp_path / "mail", f"{number}.host")
    mailbox.sync()
    return mailbox


@pytest.mark.parametrize("ranges", [ALL, [(uid, uid) for uid in range(1, COUNT + 1)]])
def test_rows_with_much_content_are_given_few_at_a_time(
    inbox: MaildirMailbox, monkeypatch: pytest.MonkeyPatch, ranges: list[tuple[int, int]]
) -> None:
    inbox.fill(range(1, COUNT + 1))
    monkeypatch.setattr(messages, "AT_ONCE", 200)
    found = inbox.rows(COLUMNS, ranges)
    assert 1 < len(found) < COUNT
    assert [uid for uid, _ in found] == list(range(1, len(found) + 1))
    monkeypatch.setattr(messages, "AT_ONCE", 1)
    assert [uid for uid, _ in inbox.rows(COLUMNS, ranges)] == [1]
    assert len(inbox.rows((Column.UID, Column.FLAGS), ranges)) == COUNT


@pytest.mark.parametrize("filled", [True, False])
def test_all_rows_come_in_the_end(
    store: MaildirStore, inbox: MaildirMailbox, monkeypatch: pytest.MonkeyPatch, filled: bool
) -> None:
    if filled:
        inbox.fill(range(1, COUNT + 1))
    monkeypatch.setattr(messages, "AT_ONCE", 200)
    opened = OpenMailbox(Mail(store, InPlaceLane(), None), inbox)
    uids: list[int] = []

    async def run() -> None:
        async for batch in opened.rows(COLUMNS, ALL):
            uids.extend([row[0] for row in batch if row[1] is not None])

    errors: list[BaseException | None] = []
    Task(run(), errors.append)
    assert errors == [None]
    assert uids == list(range(1, COUNT + 1))


def test_messages_are_read_few_at_a_time(
    inbox: MaildirMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []
    keep = reading.keep

    def counted(writer: object, filled: list[reading.Filled]) -> None:
        kept.append(len(filled))
        keep(writer, filled)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "keep", counted)
    monkeypatch.setattr(reading, "AT_ONCE", 400)
    inbox.fill(range(1, COUNT + 1))
    assert sum(kept) == COUNT
    assert max(kept) < COUNT
    assert all(row[1] is not None for row in inbox.rows(COLUMNS, ALL))


def test_what_is_too_much_for_one_append_is_read_later(
    store: MaildirStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "AT_ONCE", 400)
    new = []
    for _ in range(COUNT):
        spool = store.spool()
        spool.write(b"Subject: x\r\n\r\nbody\r\n")
        new.append(NewMessage(spool))
    mailbox = store.open("INBOX")
    assert len(mailbox.append(new).uids) == COUNT
    without = [uid for uid, content in mailbox.rows(COLUMNS, ALL) if content is None]
    assert 0 < len(without) < COUNT
    mailbox.fill(without)
    assert all(content is not None for _, content in mailbox.rows(COLUMNS, ALL))
