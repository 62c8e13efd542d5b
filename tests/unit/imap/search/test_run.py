"""How a search is carried out: in batches, reading as little as it can."""

from __future__ import annotations

from typing import Any

import pytest

from mailstore.account import mailbox as account_mailbox
from mailstore.imap.search.run import EXAMINED
from mailstore.model.errors import MessageGone
from mailstore.model.flags import DELETED, SEEN
from mailstore.store.memory import MemoryStore
from mailstore.store.memory_mailbox import MemoryMailbox, MemoryMessage
from tests.unit.imap.mail import client_of, plain, put


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """UIDs of the messages that were opened."""
    uids: list[int] = []
    read = MemoryMailbox.read

    def counted(self: MemoryMailbox, uid: int) -> MemoryMessage:
        uids.append(uid)
        return read(self, uid)

    monkeypatch.setattr(MemoryMailbox, "read", counted)
    return uids


def store_of(*groups: tuple[int, int]) -> MemoryStore:
    """So many messages with these flags, one group after another."""
    store = MemoryStore()
    number = 0
    for count, flags in groups:
        put(
            store,
            [plain(number + n, b"body %d\r\n" % (number + n)) for n in range(count)],
            flags=flags,
        )
        number += count
    return store


def test_a_body_is_read_only_where_cheaper_keys_leave_it_open(opened: list[int]) -> None:
    client = client_of([], store=store_of((5, SEEN), (2, 0)))
    assert client.ask(b"a SEARCH BODY body UNSEEN SUBJECT message")[0] == b"* SEARCH 6 7"
    assert opened == [6, 7]


def test_an_or_reads_only_what_did_not_match_yet(opened: list[int]) -> None:
    client = client_of([], store=store_of((5, SEEN), (2, 0)))
    assert client.ask(b'a SEARCH OR BODY "body 5" SEEN')[0] == b"* SEARCH 1 2 3 4 5 6"
    assert opened == [6, 7]


def test_a_set_of_messages_narrows_what_is_looked_at(opened: list[int]) -> None:
    client = client_of([], store=store_of((9, 0)))
    assert client.ask(b"a SEARCH TEXT ada 2:8 UID 4:9,1 NOT 5")[0] == b"* SEARCH 4 6 7 8"
    assert opened == [4, 6, 7, 8]


def test_all_and_sets_ask_the_store_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of([], store=store_of((9, 0)))

    def rows(self: MemoryMailbox, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("asked")

    monkeypatch.setattr(MemoryMailbox, "rows", rows)
    assert client.ask(b"a UID SEARCH ALL")[0] == b"* SEARCH 1 2 3 4 5 6 7 8 9"
    assert client.ask(b"b UID SEARCH *:*")[0] == b"* SEARCH 9"
    assert client.ask(b"c UID SEARCH NOT 3:8")[0] == b"* SEARCH 1 2 9"


def test_many_messages_are_searched_in_batches() -> None:
    client = client_of([], store=store_of((1100, SEEN), (3, DELETED), (600, SEEN)))
    assert client.ask(b"a UID SEARCH UNSEEN")[0] == b"* SEARCH 1101 1102 1103"
    assert client.ask(b"b SEARCH RETURN (COUNT) UNDELETED")[0] == b'* ESEARCH (TAG "b") COUNT 1700'


def test_a_message_that_is_gone_matches_neither_a_key_nor_its_opposite(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_of([], store=store_of((3, 0)))
    read = MemoryMailbox.read

    def gone(self: MemoryMailbox, uid: int) -> MemoryMessage:
        if uid == 2:
            raise MessageGone(uid)
        return read(self, uid)

    monkeypatch.setattr(MemoryMailbox, "read", gone)
    assert client.ask(b"a SEARCH BODY body")[0] == b"* SEARCH 1 3"
    assert client.ask(b"b SEARCH NOT BODY nonsense")[0] == b"* SEARCH 1 3"


def test_reading_goes_on_in_slices_of_time(
    monkeypatch: pytest.MonkeyPatch, opened: list[int]
) -> None:
    monkeypatch.setattr(account_mailbox, "EXAMINE_S", -1.0)
    client = client_of([], store=store_of((EXAMINED + 5, 0)))
    answer = client.ask(b"a SEARCH RETURN (COUNT) BODY body")
    assert answer[0] == b'* ESEARCH (TAG "a") COUNT %d' % (EXAMINED + 5)
    assert opened == list(range(1, EXAMINED + 6))


def test_a_client_that_leaves_is_searched_for_no_longer(opened: list[int]) -> None:
    client = client_of([], store=store_of((EXAMINED * 3, 0)))
    client.peer.slow = True
    client.send(b"a SEARCH BODY body\r\n")
    assert len(opened) == EXAMINED
    client.engine.connection_lost()
    assert len(opened) == EXAMINED


def test_an_empty_mailbox_has_nothing() -> None:
    client = client_of([])
    assert client.ask(b"a SEARCH ALL")[0] == b"* SEARCH"
    assert client.ask(b"b UID SEARCH 1:* UNSEEN")[0] == b"* SEARCH"
    assert client.ask(b"c UID SEARCH RETURN (ALL COUNT) *")[0] == b'* ESEARCH (TAG "c") UID COUNT 0'
