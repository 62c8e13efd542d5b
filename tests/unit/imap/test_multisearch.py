"""MULTISEARCH opens one mailbox after another, and leaves none open."""

from __future__ import annotations

import pytest

from mailstore.account.mailbox import BATCH, OpenMailbox
from mailstore.model.errors import MailboxGone
from mailstore.store.memory import MemoryStore
from mailstore.store.memory_mailbox import MemoryMailbox
from tests.engine import EngineClient, EngineServer
from tests.unit.imap.mail import plain, put


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the mailboxes that are open."""
    names: list[str] = []
    look_first, close = OpenMailbox.look, OpenMailbox.close

    async def look(self: OpenMailbox) -> None:
        names.append(self.name)
        await look_first(self)

    def closed(self: OpenMailbox) -> None:
        names.remove(self.name)
        close(self)

    monkeypatch.setattr(OpenMailbox, "look", look)
    monkeypatch.setattr(OpenMailbox, "close", closed)
    return names


def client_with(*names: str) -> EngineClient:
    """Signed in; each mailbox has one message, and INBOX too."""
    store = MemoryStore()
    put(store, [plain(1)])
    for name in names:
        store.create(name)
        mailbox = store.open("INBOX")
        mailbox.copy([(1, 1)], name)
        mailbox.close()
    return EngineServer(store).connect().log_in()


def test_a_mailbox_that_goes_while_it_is_searched_is_passed_over(
    opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_with("A", "B").select()
    rows = MemoryMailbox.rows

    def gone(self: MemoryMailbox, *arguments: object, **named: object) -> object:
        if self.name == "A":
            raise MailboxGone("deleted")
        return rows(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(MemoryMailbox, "rows", gone)
    answer = client.ask(b"a ESEARCH IN (personal) UNSEEN")
    assert [line.split()[5] for line in answer[:-1]] == [b"INBOX", b"B"]
    assert answer[-1] == b"a OK ESEARCH completed"
    assert opened == ["INBOX"]


def test_others_have_their_turn_before_each_mailbox(opened: list[str]) -> None:
    client = client_with("A", "B")
    client.peer.slow = True
    client.send(b"a ESEARCH IN (personal) ALL\r\n")
    turns = 0
    while not client.peer.writes or b"a OK" not in client.peer.writes[-1]:
        client.peer.drain()
        turns += 1
    assert turns == 3
    assert opened == []


def test_a_client_that_goes_leaves_no_mailbox_open(opened: list[str]) -> None:
    store = MemoryStore()
    put(store, [plain(number) for number in range(BATCH + 1)])
    client = EngineServer(store).connect().log_in()
    client.peer.slow = True
    client.send(b"a ESEARCH IN (personal) UNSEEN\r\n")
    client.peer.drain()
    assert opened == ["INBOX"]
    client.engine.connection_lost()
    assert opened == []
