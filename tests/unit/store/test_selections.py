"""Header fields that were selected once are kept, within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailstore.mime.fields import KNOWN_FIELDS
from mailstore.model.sequence_set import MAX_UID
from mailstore.store.index import messages, selections
from mailstore.store.maildir.mailbox import MaildirMailbox
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.opening import open_user
from mailstore.store.ports import Column, FieldsOf
from tests.unit.store.files import deliver as put_file

ALL = [(1, MAX_UID)]
COUNT = selections.WORTH_KEEPING
WISH = FieldsOf(frozenset((b"subject",)))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MaildirStore]:
    opened = open_user(tmp_path / "mail")
    yield opened
    opened.close()


@pytest.fixture
def inbox(store: MaildirStore, tmp_path: Path) -> MaildirMailbox:
    mailbox = store.open("INBOX")
    for number in range(COUNT):
        put_file(tmp_path / "mail", f"{number}.host", b"Subject: %d\n\nText\n" % number)
    mailbox.sync()
    mailbox.fill(range(1, COUNT + 1))
    return mailbox


def ask(inbox: MaildirMailbox, wish: FieldsOf = WISH) -> list[bytes]:
    return [octets for _, octets in inbox.rows((Column.UID, wish), ALL)]


def kept(inbox: MaildirMailbox) -> int:
    connection = inbox.home.database.connection
    [count] = connection.execute("SELECT count(*) FROM selections").fetchone()
    return int(count)


def test_many_are_kept_and_read_again(inbox: MaildirMailbox) -> None:
    first = ask(inbox)
    assert first == [b"Subject: %d\r\n\r\n" % number for number in range(COUNT)]
    assert kept(inbox) == COUNT
    assert ask(inbox) == first


def test_few_are_not_worth_a_write(inbox: MaildirMailbox) -> None:
    inbox.rows((Column.UID, WISH), [(1, COUNT - 1)])
    assert kept(inbox) == 0


def test_large_ones_are_made_anew_each_time(
    inbox: MaildirMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selections, "LARGEST", 10)
    assert len(ask(inbox)) == COUNT
    assert kept(inbox) == 0


def test_they_go_with_their_messages(inbox: MaildirMailbox) -> None:
    ask(inbox)
    inbox.expunge([(1, 10)], only_deleted=False)
    assert kept(inbox) == COUNT - 10


def test_only_so_many_lists_are_kept(inbox: MaildirMailbox) -> None:
    names = sorted(KNOWN_FIELDS)[: selections.LISTS + 2]
    for name in names:
        ask(inbox, FieldsOf(frozenset((name,))))
    assert kept(inbox) == selections.LISTS * COUNT
    assert ask(inbox) == [b"Subject: %d\r\n\r\n" % number for number in range(COUNT)]


def test_much_is_given_few_at_a_time(
    inbox: MaildirMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = ask(inbox, FieldsOf(frozenset((b"subject", b"from"))))
    monkeypatch.setattr(messages, "AT_ONCE", 100)
    for _ in range(2):
        found = inbox.rows((Column.UID, FieldsOf(frozenset((b"subject", b"date")))), ALL)
        assert 1 < len(found) < COUNT
        assert [row[1] for row in found] == whole[: len(found)]


def test_while_another_writes_they_are_given_and_not_kept(
    inbox: MaildirMailbox, tmp_path: Path
) -> None:
    other = open_user(tmp_path / "mail")
    with other.home.database.transaction():
        assert len(ask(inbox)) == COUNT
    assert kept(inbox) == 0
    other.close()
