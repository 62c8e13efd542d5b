"""Limits that change, and the limits that users set below them."""

from __future__ import annotations

import pytest

from mailstore.account.account import Account
from mailstore.account.lane import InPlaceLane
from mailstore.account.mail import Mail
from mailstore.model.errors import LimitReached, OverQuota
from mailstore.model.quota import NO_QUOTA, UNLIMITED, Quota, Usage
from mailstore.store.memory import MemoryStore
from tests.unit.account.test_account import append, run


class Rig:
    def __init__(self, allowed: Quota = NO_QUOTA) -> None:
        self.allowed = allowed
        self.store = MemoryStore()
        mail = Mail(self.store, InPlaceLane(), None, lambda: self.allowed)
        self.account = Account("ada", mail, lambda: None)


def test_limits_are_those_of_the_moment() -> None:
    rig = Rig()
    append(rig.account, b"1", b"2")
    rig.allowed = Quota(messages=2)
    with pytest.raises(OverQuota):
        append(rig.account, b"3")
    with pytest.raises(OverQuota):
        run(rig.account.quota.check_room(1, 1))
    rig.allowed = Quota(messages=3)
    run(rig.account.quota.check_room(1, 1))
    append(rig.account, b"3")
    assert run(rig.account.quota.usage()) == Usage(3, 3 * 15)


def test_copies_are_bound_by_the_quota_and_moves_are_not() -> None:
    rig = Rig(Quota(messages=1))
    append(rig.account, b"1")
    run(rig.account.create("Other"))
    mailbox = run(rig.account.open("INBOX"))
    with pytest.raises(OverQuota):
        run(mailbox.copy([(1, 1)], "Other"))
    assert run(mailbox.move([(1, 1)], "Other")).sources == [1]
    mailbox.close()


def test_exceeded_is_more_than_is_allowed() -> None:
    rig = Rig()
    append(rig.account, b"1", b"2")
    assert not run(rig.account.quota.exceeded())
    rig.allowed = Quota(messages=2)
    assert not run(rig.account.quota.exceeded())
    rig.allowed = Quota(storage=29)
    assert run(rig.account.quota.exceeded())


def test_users_may_set_lower_limits_only() -> None:
    rig = Rig(Quota(storage=100, messages=10, settable=True))
    quota = rig.account.quota
    run(quota.set_limits(Quota(storage=100)))
    run(quota.set_limits(Quota(messages=0)))
    assert run(quota.limits()) == Quota(100, 0, True)
    for higher in (Quota(storage=101), Quota(messages=11), Quota(5, 11)):
        with pytest.raises(LimitReached):
            run(quota.set_limits(higher))
    assert run(quota.limits()) == Quota(100, 0, True)
    run(quota.set_limits(Quota(UNLIMITED, UNLIMITED)))
    assert run(quota.limits()) == rig.allowed


def test_what_a_user_set_does_not_hold_where_users_may_not_set_limits() -> None:
    rig = Rig(Quota(messages=10, settable=True))
    run(rig.account.quota.set_limits(Quota(messages=0)))
    rig.allowed = Quota(messages=10)
    assert run(rig.account.quota.limits()) == Quota(messages=10)
    append(rig.account, b"1")
