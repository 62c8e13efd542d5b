from __future__ import annotations

import pytest

from mailstore.model.errors import InUse
from mailstore.store.ports import UserStore
from tests.contract.implementations import Opener
from tests.contract.mail import append


def test_the_maildrop_is_locked_once(user_store: UserStore) -> None:
    release = user_store.lock_maildrop()
    with pytest.raises(InUse):
        user_store.lock_maildrop()
    release()
    user_store.lock_maildrop()()


def test_releasing_twice_does_not_release_the_next_lock(user_store: UserStore) -> None:
    release = user_store.lock_maildrop()
    release()
    again = user_store.lock_maildrop()
    release()
    with pytest.raises(InUse):
        user_store.lock_maildrop()
    again()


def test_the_lock_holds_for_another_opening_of_the_mail(open_store: Opener) -> None:
    first, second = open_store(), open_store()
    release = first.lock_maildrop()
    with pytest.raises(InUse):
        second.lock_maildrop()
    release()
    second.lock_maildrop()()


def test_the_lock_does_not_stop_others_from_using_the_mailbox(user_store: UserStore) -> None:
    release = user_store.lock_maildrop()
    mailbox = user_store.open("INBOX")
    append(user_store, mailbox)
    assert mailbox.state().messages == 1
    mailbox.close()
    release()
