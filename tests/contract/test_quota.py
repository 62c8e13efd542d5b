"""How much mail there is, and how much there may be."""

from __future__ import annotations

import pytest

from mailstore.model.errors import OverQuota
from mailstore.model.flags import DELETED
from mailstore.model.quota import NO_QUOTA, Quota, Usage
from mailstore.store.ports import MailboxStore, UserStore
from tests.contract.implementations import Opener
from tests.contract.mail import ALL, append, append_many, message, names, new, only

SIZE = len(message())


def test_usage_is_the_sum_over_all_mailboxes(user_store: UserStore, inbox: MailboxStore) -> None:
    assert user_store.usage() == Usage(0, 0)
    user_store.create("Parent/Child")
    append_many(user_store, inbox, 3)
    assert user_store.usage() == Usage(3, 3 * SIZE)
    inbox.copy(only(1, 2), "Parent/Child")
    assert user_store.usage() == Usage(5, 5 * SIZE)
    inbox.move(only(3), "Parent/Child")
    assert user_store.usage() == Usage(5, 5 * SIZE)
    inbox.expunge(ALL, only_deleted=False)
    assert user_store.usage() == Usage(3, 3 * SIZE)
    user_store.delete("Parent/Child")
    assert user_store.usage() == Usage(0, 0)


def test_usage_counts_mail_that_another_session_put_there(open_store: Opener) -> None:
    first, second = open_store(), open_store()
    first.create("Other")
    inbox = first.open("INBOX")
    append_many(first, inbox, 2)
    assert second.usage() == Usage(2, 2 * SIZE)
    inbox.copy(ALL, "Other")
    assert second.usage() == Usage(4, 4 * SIZE)
    inbox.close()


@pytest.mark.parametrize("quota", [Quota(storage=3 * SIZE), Quota(messages=3)])
def test_an_append_beyond_the_quota_is_refused_whole(
    user_store: UserStore, inbox: MailboxStore, quota: Quota
) -> None:
    append_many(user_store, inbox, 2)
    before = inbox.state()
    with pytest.raises(OverQuota):
        inbox.append([new(user_store, message()), new(user_store, message())], quota)
    assert inbox.state() == before
    inbox.append([new(user_store, message())], quota)
    with pytest.raises(OverQuota):
        inbox.append([new(user_store, b"x")], quota)
    assert user_store.usage() == Usage(3, 3 * SIZE)
    inbox.append([new(user_store, b"x\r\n")], NO_QUOTA)
    assert user_store.usage() == Usage(4, 3 * SIZE + 3)


@pytest.mark.parametrize("quota", [Quota(storage=4 * SIZE), Quota(messages=4)])
def test_a_copy_beyond_the_quota_is_refused_whole(
    user_store: UserStore, inbox: MailboxStore, quota: Quota
) -> None:
    user_store.create("Other")
    append_many(user_store, inbox, 3)
    for destination in ("Other", "INBOX"):
        with pytest.raises(OverQuota):
            inbox.copy(only(1, 2), destination, quota)
    assert user_store.usage() == Usage(3, 3 * SIZE)
    inbox.copy(only(1), "Other", quota)
    assert user_store.usage() == Usage(4, 4 * SIZE)


def test_mail_that_is_there_stays_where_the_quota_was_lowered(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    """Nothing can be added; moving and expunging work as ever."""
    user_store.create("Other")
    append_many(user_store, inbox, 3)
    append(user_store, inbox, flags=DELETED)
    quota = Quota(messages=2)
    with pytest.raises(OverQuota):
        inbox.append([new(user_store, message())], quota)
    with pytest.raises(OverQuota):
        inbox.copy(only(1), "Other", quota)
    assert inbox.move(only(1), "Other").sources == [1]
    assert inbox.expunge(ALL) == [4]
    inbox.expunge(only(2), only_deleted=False)
    inbox.append([], quota)
    assert user_store.usage() == Usage(2, 2 * SIZE)


def test_limits_that_the_user_set_stay(open_store: Opener) -> None:
    first, second = open_store(), open_store()
    assert first.own_quota() == NO_QUOTA
    for quota in (Quota(storage=0), Quota(1 << 40, 5), Quota(messages=7), NO_QUOTA):
        first.set_own_quota(quota)
        assert first.own_quota() == second.own_quota() == quota


def test_an_inbox_that_is_renamed_moves_its_mail_whatever_the_quota(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    append_many(user_store, inbox, 3)
    user_store.rename("INBOX", "Old")
    assert names(user_store) == ["INBOX", "Old"]
    assert user_store.usage() == Usage(3, 3 * SIZE)
