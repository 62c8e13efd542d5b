"""Accounts over the store in memory, with every call in place."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from mailstore.account.account import Account
from mailstore.account.accounts import Accounts
from mailstore.account.lane import InPlaceLane
from mailstore.account.mail import Mail
from mailstore.account.mailbox import BATCH
from mailstore.model.errors import InUse, NoSuchMailbox, TooManyConnections
from mailstore.model.flags import DELETED, SEEN, FlagChange, FlagMode
from mailstore.model.mailbox import canonical_name
from mailstore.model.sequence_set import MAX_UID
from mailstore.model.task import Task
from mailstore.store.memory import MemoryStore
from mailstore.store.ports import Column, NewMessage

T = TypeVar("T")
ALL = [(1, MAX_UID)]


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    results: list[T] = []
    errors: list[BaseException | None] = []

    async def collect() -> None:
        results.append(await coroutine)

    task = Task(collect(), errors.append)
    assert task.done
    if errors[0] is not None:
        raise errors[0]
    return results[0]


@pytest.fixture
def mail() -> Mail:
    return Mail(MemoryStore(), InPlaceLane(), None)


@pytest.fixture
def account(mail: Mail) -> Account:
    return Account("ada", mail, lambda: None)


def append(account: Account, *bodies: bytes, mailbox: str = "INBOX") -> list[int]:
    messages = []
    for body in bodies:
        spool = account.spool()
        spool.write(b"Subject: x\r\n\r\n" + body)
        messages.append(NewMessage(spool))
    return run(account.append(mailbox, messages)).uids


def all_rows(account: Account, columns: tuple[Column, ...]) -> list[tuple[Any, ...]]:
    async def collect() -> list[tuple[Any, ...]]:
        mailbox = await account.open("INBOX")
        rows = [row async for batch in mailbox.rows(columns, ALL) for row in batch]
        mailbox.close()
        return rows

    return run(collect())


def test_rows_come_in_batches_and_all_of_them_come(account: Account) -> None:
    uids = append(account, *(b"x" for _ in range(BATCH + 3)))

    async def batches() -> list[int]:
        mailbox = await account.open("inbox")
        return [len(batch) async for batch in mailbox.rows((Column.UID,), ALL)]

    assert run(batches()) == [BATCH, 3]
    assert [uid for (uid,) in all_rows(account, (Column.UID,))] == uids


def test_content_is_read_on_the_way_when_nobody_has_asked_before(account: Account) -> None:
    append(account, b"one", b"two")
    rows = all_rows(account, (Column.UID, Column.ENVELOPE))
    assert [row[1] is not None for row in rows] == [True, True]


def test_subscribers_hear_of_what_other_sessions_do(mail: Mail, account: Account) -> None:
    append(account, b"one")
    other = run(Account("ada", mail, lambda: None).open("INBOX"))
    heard: list[str] = []
    other.subscribe(lambda: heard.append("changed"))
    mailbox = run(account.open("INBOX"))
    run(mailbox.store_flags([(1, 1)], FlagChange(FlagMode.ADD, SEEN | DELETED, ())))
    run(mailbox.expunge(ALL))
    append(account, b"two")
    assert len(heard) == 3
    other.close()
    append(account, b"three")
    assert len(heard) == 3


def test_a_copy_is_told_in_its_destination(account: Account) -> None:
    append(account, b"one")
    run(account.create("Archive"))
    target = run(account.open("Archive"))
    heard: list[int] = []
    target.subscribe(lambda: heard.append(1))
    source = run(account.open("INBOX"))
    run(source.copy(ALL, "Archive"))
    run(source.move(ALL, "Archive"))
    assert len(heard) == 2
    assert run(target.state()).messages == 2


def test_inbox_is_found_in_any_case(account: Account) -> None:
    append(account, b"one", mailbox="iNbOx")
    assert run(account.status("inbox")).messages == 1
    with pytest.raises(NoSuchMailbox):
        run(account.open("Nothing"))


def test_a_maildrop_is_locked_for_one_session(mail: Mail, account: Account) -> None:
    append(account, b"one")
    first = run(account.open_maildrop())
    with pytest.raises(InUse):
        run(Account("ada", mail, lambda: None).open_maildrop())
    first.close()
    first.close()
    run(account.open_maildrop()).close()


def test_a_maildrop_is_what_was_there_when_it_was_opened(account: Account) -> None:
    append(account, b"one", b"two")
    maildrop = run(account.open_maildrop())
    append(account, b"three")
    assert [message.uid for message in maildrop.messages] == [1, 2]
    assert len({message.unique_id for message in maildrop.messages}) == 2
    assert [message.size for message in maildrop.messages] == [17, 17]


def test_the_update_state_deletes_and_marks_what_was_read(account: Account) -> None:
    append(account, b"one", b"two", b"three")
    maildrop = run(account.open_maildrop())
    run(maildrop.update(deleted=[1], retrieved=[2]))
    maildrop.close()
    assert all_rows(account, (Column.UID, Column.FLAGS)) == [(2, SEEN), (3, 0)]


def test_mail_is_opened_once_and_closed_after_the_last_session() -> None:
    opened: list[str] = []
    closed: list[str] = []

    class Noticed(Mail):
        def close(self) -> None:
            closed.append("closed")
            super().close()

    def open_mail(user: str) -> Mail:
        opened.append(user)
        return Noticed(MemoryStore(), InPlaceLane(), None)

    accounts = Accounts(open_mail, per_user=2)
    first, second = accounts.open("ada"), accounts.open("ada")
    with pytest.raises(TooManyConnections):
        accounts.open("ada")
    first.close()
    first.close()
    assert (opened, closed) == (["ada"], [])
    second.close()
    assert closed == ["closed"]
    accounts.open("ada").close()
    assert (opened, closed) == (["ada", "ada"], ["closed", "closed"])


def test_a_change_is_told_however_the_name_is_spelt(account: Account, mail: Mail) -> None:
    heard: list[str] = []
    run(account.create("Caf\u00e9"))
    mail.hub.subscribe("Caf\u00e9", lambda: heard.append("heard"))
    append(account, b"x", mailbox="Cafe\u0301")
    inbox = run(account.open("INBOX"))
    append(account, b"y")
    run(inbox.copy(ALL, canonical_name("Cafe\u0301")))
    inbox.close()
    assert heard == ["heard", "heard"]
