"""What is known of texts is never wrong, whoever keeps it."""

from __future__ import annotations

import pytest

from mailstore.mime.fold import fold
from mailstore.store.ports import MailboxStore, UserStore
from tests.contract.implementations import Opener
from tests.contract.mail import append, only

BODY = (
    b"From: ada@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nSnow in the morning.\r\n"
)
OTHER = b"Subject: other\r\n\r\nRain in the evening.\r\n"


def fill(mailbox: MailboxStore) -> None:
    mailbox.fill(list(mailbox.uids()))
    while mailbox.fill_texts(1.0):
        pass


@pytest.mark.parametrize(
    "needle", ["snow in", "Grüße", "GRÜSSE", "ada@", "sn", "", "n\x00o", "\u0308", "morning."]
)
def test_no_message_with_a_text_is_said_to_lack_it(
    user_store: UserStore, inbox: MailboxStore, needle: str
) -> None:
    uid, other = append(user_store, inbox, BODY), append(user_store, inbox, OTHER)
    for _ in range(2):
        assert uid not in inbox.lacking([uid, other], [fold(needle)])
        fill(inbox)
    assert inbox.lacking([uid, other, 4_000_000], []) == set()


def test_messages_that_nobody_read_may_have_anything(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    fill(inbox)
    uid = append(user_store, inbox, BODY)
    assert inbox.lacking([uid], ["not there"]) == set()


def test_filling_is_done_at_some_time_and_changes_nothing(
    user_store: UserStore, inbox: MailboxStore
) -> None:
    uids = [append(user_store, inbox, BODY) for _ in range(3)]
    inbox.fill(uids)
    state = inbox.state()
    fill(inbox)
    assert not inbox.fill_texts(1.0)
    assert inbox.state() == state
    inbox.expunge(only(uids[1]), only_deleted=False)
    fill(inbox)
    assert inbox.lacking(uids, ["snow"]) == set()


def test_a_copy_is_known_as_its_source_is(user_store: UserStore, inbox: MailboxStore) -> None:
    uid = append(user_store, inbox, BODY)
    fill(inbox)
    [copy] = inbox.copy(only(uid), "INBOX").uids
    needles = ["never there"]
    assert (copy in inbox.lacking([copy], needles)) == (uid in inbox.lacking([uid], needles))


def test_another_opening_is_told_what_this_one_read(open_store: Opener) -> None:
    first, second = open_store(), open_store()
    inbox, same = first.open("INBOX"), second.open("INBOX")
    uid = append(first, inbox, BODY)
    fill(inbox)
    same.sync()
    assert same.lacking([uid], ["never there"]) == inbox.lacking([uid], ["never there"])
    assert same.lacking([uid], ["snow"]) == set()
