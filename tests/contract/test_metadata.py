from __future__ import annotations

import pytest

from mailstore.model.errors import LimitReached, NoSuchMailbox, NotSelectable
from mailstore.model.mailbox import MailboxInfo
from mailstore.model.metadata import MOST_ENTRIES, MOST_OCTETS, SERVER, SPECIAL_USE_ENTRY
from mailstore.store.ports import UserStore
from tests.contract.implementations import Opener

COMMENT = b"/private/comment"
SHARED = b"/shared/vendor/example/color"


def test_there_are_none_at_first(user_store: UserStore) -> None:
    assert user_store.metadata("INBOX") == {}
    assert user_store.metadata(SERVER) == {}


@pytest.mark.parametrize("name", ["INBOX", "Archive/2026", SERVER])
def test_what_was_set_is_there_for_all(open_store: Opener, name: str) -> None:
    store, other = open_store(), open_store()
    store.create("Archive/2026")
    store.set_metadata(name, {COMMENT: b"one", SHARED: b"#fff"})
    assert other.metadata(name) == {COMMENT: b"one", SHARED: b"#fff"}
    other.set_metadata(name, {COMMENT: b"two"})
    other.set_metadata(name, {SHARED: None, b"/private/none": None})
    assert store.metadata(name) == {COMMENT: b"two"}


def test_each_mailbox_has_its_own_and_so_has_the_server(user_store: UserStore) -> None:
    user_store.create("Other")
    for name in ("INBOX", "Other", SERVER):
        user_store.set_metadata(name, {COMMENT: name.encode()})
    assert [user_store.metadata(name)[COMMENT] for name in ("INBOX", "Other", SERVER)] == [
        b"INBOX",
        b"Other",
        b"",
    ]


def test_a_value_is_any_octets(user_store: UserStore) -> None:
    every = bytes(range(256)) + b"\\n\\\\\r\n\t\n\\"
    user_store.set_metadata("INBOX", {COMMENT: every, SHARED: b""})
    assert user_store.metadata("INBOX") == {COMMENT: every, SHARED: b""}


def test_they_follow_a_rename_and_end_with_the_mailbox(user_store: UserStore) -> None:
    user_store.create("Old")
    user_store.create("Old/Below")
    user_store.set_metadata("Old", {COMMENT: b"above"})
    user_store.set_metadata("Old/Below", {COMMENT: b"below"})
    user_store.rename("Old", "New")
    assert user_store.metadata("New") == {COMMENT: b"above"}
    assert user_store.metadata("New/Below") == {COMMENT: b"below"}
    user_store.delete("New/Below")
    user_store.create("New/Below")
    assert user_store.metadata("New/Below") == {}


def test_those_of_inbox_stay_when_it_is_renamed(user_store: UserStore) -> None:
    user_store.set_metadata("INBOX", {COMMENT: b"x"})
    user_store.rename("INBOX", "Old")
    assert user_store.metadata("INBOX") == {COMMENT: b"x"}
    assert user_store.metadata("Old") == {}


def test_only_a_mailbox_has_some(user_store: UserStore) -> None:
    user_store.create("Parent/Child")
    with pytest.raises(NoSuchMailbox):
        user_store.metadata("Nowhere")
    with pytest.raises(NoSuchMailbox):
        user_store.set_metadata("Nowhere", {COMMENT: b"x"})
    with pytest.raises(NotSelectable):
        user_store.metadata("Parent")
    with pytest.raises(NotSelectable):
        user_store.set_metadata("Parent", {SPECIAL_USE_ENTRY: b"\\Sent"})


def test_too_many_are_refused_and_nothing_is_set(user_store: UserStore) -> None:
    many: dict[bytes, bytes | None] = {b"/private/%d" % n: b"" for n in range(MOST_ENTRIES)}
    user_store.set_metadata("INBOX", many)
    with pytest.raises(LimitReached):
        user_store.set_metadata("INBOX", {COMMENT: b"x", b"/private/0": b"y"})
    assert user_store.metadata("INBOX") == many
    user_store.set_metadata("INBOX", {COMMENT: b"x", b"/private/0": None})
    with pytest.raises(LimitReached):
        user_store.set_metadata(SERVER, {COMMENT: b"x" * MOST_OCTETS})


def test_the_special_use_is_one_of_them(user_store: UserStore) -> None:
    user_store.create("Sent", b"\\Sent")
    user_store.create("Other")
    assert user_store.metadata("Sent") == {SPECIAL_USE_ENTRY: b"\\Sent"}
    user_store.set_metadata("Sent", {SPECIAL_USE_ENTRY: None, COMMENT: b"x"})
    user_store.set_metadata("Other", {SPECIAL_USE_ENTRY: b"\\Sent"})
    assert user_store.metadata("Sent") == {COMMENT: b"x"}
    assert user_store.metadata("Other") == {SPECIAL_USE_ENTRY: b"\\Sent"}
    user_store.rename("Other", "Gone out")
    assert user_store.mailboxes()[1:] == [
        MailboxInfo("Gone out", True, b"\\Sent"),
        MailboxInfo("Sent", True, None),
    ]


def test_a_use_that_cannot_be_is_refused_with_all_else(user_store: UserStore) -> None:
    user_store.create("Other")
    for name, use in (("Other", b"\\All"), ("INBOX", b"\\Sent"), ("INBOX", None)):
        with pytest.raises(ValueError, match="special use"):
            user_store.set_metadata(name, {COMMENT: b"x", SPECIAL_USE_ENTRY: use})
        assert user_store.metadata(name) == {}


def test_a_use_is_not_changed_where_the_rest_is_refused(user_store: UserStore) -> None:
    user_store.create("Other", b"\\Junk")
    with pytest.raises(LimitReached):
        user_store.set_metadata(
            "Other", {SPECIAL_USE_ENTRY: b"\\Sent", COMMENT: b"x" * MOST_OCTETS}
        )
    assert user_store.metadata("Other") == {SPECIAL_USE_ENTRY: b"\\Junk"}
