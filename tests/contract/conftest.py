"""Every test of the contract runs on every implementation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailstore.store.ports import MailboxStore, UserStore
from tests.contract.implementations import OPENERS, Opener, check_store


@pytest.fixture(params=sorted(OPENERS))
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the user's mail, any number of times; all is checked and closed at the end."""
    opener = OPENERS[request.param](tmp_path)
    opened: list[UserStore] = []

    def open_one() -> UserStore:
        opened.append(opener())
        return opened[-1]

    yield open_one
    for store in opened:
        check_store(store)
        store.close()


@pytest.fixture
def user_store(open_store: Opener) -> UserStore:
    return open_store()


@pytest.fixture
def inbox(user_store: UserStore) -> Iterator[MailboxStore]:
    mailbox = user_store.open("INBOX")
    yield mailbox
    mailbox.close()
