from __future__ import annotations

import pytest

from mailstore.model.errors import (
    InvalidMailboxName,
    MailboxExists,
    MailboxGone,
    MailboxHasChildren,
    NoSuchMailbox,
    NotSelectable,
)
from mailstore.model.flags import SEEN, FlagChange, FlagMode
from mailstore.model.mailbox import MailboxInfo
from mailstore.store.ports import Column, MailboxStore, UserStore
from tests.contract.implementations import Opener
from tests.contract.mail import ALL, append, append_many, flags_of, message, names, octets_of

NAMES = ["v1.0", "a&b", "Café", "台北/日本語", "with space", "middle~/~", "a%b", "INBOX/Sub", "😀"]


def test_there_is_an_inbox(user_store: UserStore) -> None:
    assert user_store.mailboxes() == [MailboxInfo("INBOX", True, None)]


def test_mailboxes_are_in_order_with_inbox_first_and_parents_that_do_not_exist(
    user_store: UserStore,
) -> None:
    for name in ("Zoo", "Archive/2026/May", "Archive/2025"):
        user_store.create(name)
    assert user_store.mailboxes() == [
        MailboxInfo("INBOX", True, None),
        MailboxInfo("Archive", False, None),
        MailboxInfo("Archive/2025", True, None),
        MailboxInfo("Archive/2026", False, None),
        MailboxInfo("Archive/2026/May", True, None),
        MailboxInfo("Zoo", True, None),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_names_come_back_as_they_were(user_store: UserStore, name: str) -> None:
    user_store.create(name)
    assert name in names(user_store)
    mailbox = user_store.open(name)
    assert mailbox.name == name
    uid = append(user_store, mailbox)
    assert octets_of(mailbox, uid) == message()
    mailbox.close()
    user_store.delete(name)
    assert name not in names(user_store)


def test_names_are_normalised(user_store: UserStore) -> None:
    user_store.create("Cafe\u0301")
    assert "Caf\u00e9" in names(user_store)
    with pytest.raises(MailboxExists):
        user_store.create("Caf\u00e9")
    user_store.open("Cafe\u0301").close()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "a//b",
        "/a",
        "a/",
        "a\0b",
        "a\r\nb",
        "a\x7f",
        "a\u0085b",
        "x" * 300,
        "\u2028",
        "é" * 200,
    ],
)
def test_names_that_cannot_be_are_refused(user_store: UserStore, name: str) -> None:
    with pytest.raises(InvalidMailboxName):
        user_store.create(name)
    assert names(user_store) == ["INBOX"]


@pytest.mark.parametrize(
    "name", ["..", "../..", "../../etc", ".", "a/../../b", "cur", "tmp", "new"]
)
def test_no_name_leads_out_of_the_mail(user_store: UserStore, name: str) -> None:
    try:
        user_store.create(name)
    except InvalidMailboxName:
        return
    assert name in names(user_store)
    mailbox = user_store.open(name)
    append(user_store, mailbox)
    assert user_store.status("INBOX").messages == 0
    mailbox.close()
    user_store.delete(name)
    assert names(user_store)[0] == "INBOX"


def test_names_that_differ_in_case_are_different(user_store: UserStore) -> None:
    user_store.create("Work")
    user_store.create("work")
    assert {"Work", "work"} <= set(names(user_store))


def test_inbox_is_there_already(user_store: UserStore) -> None:
    with pytest.raises(MailboxExists):
        user_store.create("INBOX")


def test_create_of_an_existing_mailbox_is_refused(user_store: UserStore) -> None:
    user_store.create("One")
    with pytest.raises(MailboxExists):
        user_store.create("One")


def test_a_parent_can_be_made_a_mailbox(user_store: UserStore) -> None:
    user_store.create("Parent/Child")
    user_store.create("Parent")
    assert MailboxInfo("Parent", True, None) in user_store.mailboxes()


def test_special_use_is_kept(user_store: UserStore) -> None:
    user_store.create("Sent Mail", b"\\Sent")
    assert MailboxInfo("Sent Mail", True, b"\\Sent") in user_store.mailboxes()
    user_store.rename("Sent Mail", "Gesendet")
    assert MailboxInfo("Gesendet", True, b"\\Sent") in user_store.mailboxes()
    user_store.delete("Gesendet")
    user_store.create("Gesendet")
    assert MailboxInfo("Gesendet", True, None) in user_store.mailboxes()


def test_open_needs_a_mailbox(user_store: UserStore) -> None:
    user_store.create("Parent/Child")
    with pytest.raises(NoSuchMailbox):
        user_store.open("Nowhere")
    with pytest.raises(NotSelectable):
        user_store.open("Parent")


def test_delete_removes_mailbox_and_messages(user_store: UserStore) -> None:
    user_store.create("One")
    mailbox = user_store.open("One")
    append_many(user_store, mailbox, 2)
    mailbox.close()
    user_store.delete("One")
    assert names(user_store) == ["INBOX"]
    with pytest.raises(NoSuchMailbox):
        user_store.open("One")
    with pytest.raises(NoSuchMailbox):
        user_store.delete("One")


def test_delete_of_inbox_is_refused(user_store: UserStore, inbox: MailboxStore) -> None:
    append(user_store, inbox)
    with pytest.raises(InvalidMailboxName):
        user_store.delete("INBOX")
    assert user_store.status("INBOX").messages == 1


def test_delete_of_a_mailbox_with_inferiors_leaves_a_parent(user_store: UserStore) -> None:
    user_store.create("Parent")
    user_store.create("Parent/Child")
    user_store.delete("Parent")
    assert MailboxInfo("Parent", False, None) in user_store.mailboxes()
    with pytest.raises(NotSelectable):
        user_store.open("Parent")
    with pytest.raises(MailboxHasChildren):
        user_store.delete("Parent")
    user_store.delete("Parent/Child")
    assert names(user_store) == ["INBOX"]


def test_a_name_that_begins_alike_is_no_inferior(user_store: UserStore) -> None:
    user_store.create("Work")
    user_store.create("Workshop")
    user_store.delete("Work")
    assert names(user_store) == ["INBOX", "Workshop"]


def test_uid_validity_grows_when_a_mailbox_is_made_anew(user_store: UserStore) -> None:
    seen = []
    for _ in range(4):
        user_store.create("Again")
        seen.append(user_store.status("Again").uid_validity)
        user_store.delete("Again")
    assert seen == sorted(set(seen))


def test_a_mailbox_made_anew_has_another_id(user_store: UserStore) -> None:
    user_store.create("Again")
    first = user_store.status("Again").mailbox_id
    user_store.delete("Again")
    user_store.create("Again")
    assert user_store.status("Again").mailbox_id != first


def test_uid_validity_grows_after_a_rename_into_an_old_name(user_store: UserStore) -> None:
    user_store.create("Other")
    user_store.create("Target")
    old = user_store.status("Target").uid_validity
    user_store.delete("Target")
    user_store.rename("Other", "Target")
    assert user_store.status("Target").uid_validity != old


def test_rename_takes_messages_along(user_store: UserStore) -> None:
    user_store.create("Old")
    mailbox = user_store.open("Old")
    mailbox_id = mailbox.status().mailbox_id
    append(user_store, mailbox, message(1), flags=SEEN, keywords=(b"one",))
    user_store.rename("Old", "New")
    renamed = user_store.open("New")
    [uid] = renamed.uids()
    assert octets_of(renamed, uid) == message(1)
    assert flags_of(renamed) == {uid: (SEEN, {b"one"})}
    assert renamed.status().mailbox_id == mailbox_id
    assert names(user_store) == ["INBOX", "New"]
    mailbox.close()
    renamed.close()


def test_rename_takes_inferiors_along(user_store: UserStore) -> None:
    for name in ("Old", "Old/a", "Old/a/b", "Older", "Parent/x"):
        user_store.create(name)
    user_store.rename("Old", "New/Place")
    assert names(user_store) == [
        "INBOX",
        "New",
        "New/Place",
        "New/Place/a",
        "New/Place/a/b",
        "Older",
        "Parent",
        "Parent/x",
    ]


def test_a_parent_that_does_not_exist_can_be_renamed(user_store: UserStore) -> None:
    user_store.create("Parent/x")
    user_store.rename("Parent", "Other")
    assert names(user_store) == ["INBOX", "Other", "Other/x"]


def test_rename_refuses_what_cannot_be(user_store: UserStore) -> None:
    for name in ("One", "Two", "Two/x"):
        user_store.create(name)
    before = user_store.mailboxes()
    with pytest.raises(NoSuchMailbox):
        user_store.rename("Nowhere", "Three")
    with pytest.raises(MailboxExists):
        user_store.rename("One", "Two")
    with pytest.raises(MailboxExists):
        user_store.rename("One", "One")
    with pytest.raises(MailboxExists):
        user_store.rename("One", "INBOX")
    with pytest.raises(InvalidMailboxName):
        user_store.rename("One", "One/inside")
    with pytest.raises(InvalidMailboxName):
        user_store.rename("One", "a//b")
    with pytest.raises(InvalidMailboxName):
        user_store.rename("Two", "y" * 253)
    assert user_store.mailboxes() == before


def test_rename_of_inbox_moves_its_messages(user_store: UserStore, inbox: MailboxStore) -> None:
    user_store.create("INBOX/Sub")
    uid = append(user_store, inbox, message(4), flags=SEEN, keywords=(b"one",))
    before = inbox.state()
    user_store.rename("INBOX", "Old mail")
    old = user_store.open("Old mail")
    [moved] = old.uids()
    assert octets_of(old, moved) == message(4)
    assert flags_of(old) == {moved: (SEEN, {b"one"})}
    assert list(inbox.uids()) == []
    assert inbox.changes(before.highest_mod_seq).expunged == [uid]
    assert inbox.state().uid_next == before.uid_next
    assert inbox.state().uid_validity == before.uid_validity
    assert names(user_store) == ["INBOX", "INBOX/Sub", "Old mail"]
    old.close()


def test_rename_of_inbox_needs_a_free_name(user_store: UserStore, inbox: MailboxStore) -> None:
    user_store.create("One")
    append(user_store, inbox)
    with pytest.raises(MailboxExists):
        user_store.rename("INBOX", "One")
    assert inbox.state().messages == 1


@pytest.mark.parametrize("how", ["delete", "rename", "made anew"])
def test_an_open_mailbox_is_gone_after(user_store: UserStore, how: str) -> None:
    user_store.create("One")
    user_store.create("Two")
    mailbox = user_store.open("One")
    uid = append(user_store, mailbox)
    if how == "rename":
        user_store.rename("One", "Three")
    else:
        user_store.delete("One")
    if how == "made anew":
        user_store.create("One")
    for call in (
        mailbox.sync,
        mailbox.state,
        mailbox.status,
        mailbox.keywords,
        mailbox.uids,
        mailbox.claim_recent,
        lambda: mailbox.changes(0),
        lambda: mailbox.rows((Column.UID,), ALL),
        lambda: mailbox.fill([uid]),
        lambda: mailbox.store_flags(ALL, FlagChange(FlagMode.ADD, SEEN, ())),
        lambda: append(user_store, mailbox),
        lambda: mailbox.copy(ALL, "Two"),
        lambda: mailbox.move(ALL, "Two"),
        lambda: mailbox.expunge(ALL),
        lambda: mailbox.read(uid),
    ):
        with pytest.raises(MailboxGone):
            call()
    mailbox.close()
    assert user_store.status("Two").messages == 0


def test_subscriptions_need_no_mailbox(user_store: UserStore) -> None:
    for name in ("Not/there", "v1.0", "Café", "INBOX"):
        user_store.set_subscribed(name, True)
    user_store.set_subscribed("v1.0", True)
    assert sorted(user_store.subscriptions()) == ["Café", "INBOX", "Not/there", "v1.0"]
    user_store.set_subscribed("v1.0", False)
    user_store.set_subscribed("never", False)
    assert sorted(user_store.subscriptions()) == ["Café", "INBOX", "Not/there"]


def test_deleting_and_renaming_leave_subscriptions_alone(user_store: UserStore) -> None:
    for name in ("One", "Two"):
        user_store.create(name)
        user_store.set_subscribed(name, True)
    user_store.delete("One")
    user_store.rename("Two", "Three")
    assert sorted(user_store.subscriptions()) == ["One", "Two"]


def test_what_holds_messages_is_selectable(open_store: Opener) -> None:
    store, other = open_store(), open_store()
    store.create("Parent/Child")
    assert store.selectable() == other.selectable() == {"INBOX", "Parent/Child"}
    other.create("Parent")
    other.rename("Parent/Child", "Elsewhere")
    assert store.selectable() == {"INBOX", "Parent", "Elsewhere"}
    store.delete("Parent")
    assert other.selectable() == {"INBOX", "Elsewhere"}
