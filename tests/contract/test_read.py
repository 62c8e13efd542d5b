from __future__ import annotations

import pytest

from mailstore.model.errors import MessageGone
from mailstore.store.ports import Column, MailboxStore, UserStore
from tests.contract.mail import ALL, append, message


@pytest.mark.parametrize("body", [b"short\r\n", b"0123456789abcde\n" * 100_000])
def test_any_range_can_be_read(user_store: UserStore, inbox: MailboxStore, body: bytes) -> None:
    uid = append(user_store, inbox, message(1, body))
    octets = message(1, body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    stored = inbox.read(uid)
    size = len(octets)
    assert stored.size == size
    for start, end in [(0, size), (0, 1), (5, 5), (3, 20), (size - 1, size), (size // 2, size)]:
        assert stored.read(start, end) == octets[start:end]
    stored.close()


def test_a_read_past_the_end_is_short(user_store: UserStore, inbox: MailboxStore) -> None:
    stored = inbox.read(append(user_store, inbox, b"0123456789"))
    assert stored.read(8, 100) == b"89"
    assert stored.read(10, 100) == b""
    assert stored.read(200, 100_000_000) == b""
    stored.close()


def test_the_size_of_the_row_is_the_size_of_the_message(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uid = append(user_store, inbox, b"A: b\n\nbare\nlines\n")
    stored = inbox.read(uid)
    assert inbox.rows((Column.SIZE,), ALL) == [(stored.size,)]
    assert len(stored.read(0, stored.size)) == stored.size
    stored.close()


def test_a_message_may_be_open_twice(user_store: UserStore, inbox: MailboxStore) -> None:
    uid = append(user_store, inbox, b"abcdef")
    first, second = inbox.read(uid), inbox.read(uid)
    assert first.read(0, 3) == b"abc"
    first.close()
    assert second.read(3, 6) == b"def"
    second.close()


def test_reading_what_never_was_is_message_gone(inbox: MailboxStore) -> None:
    with pytest.raises(MessageGone) as caught:
        inbox.read(17)
    assert caught.value.uid == 17
