"""The index may be lost at any moment: all that it said comes back the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mailstore.model.flags import SEEN
from mailstore.store.maildir import uidlist
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.opening import open_user
from mailstore.store.ports import Column, UserStore
from tests.contract.mail import append
from tests.unit.store.files import ALL, OLD, deliver, forget_index

COLUMNS = tuple(column for column in Column if column is not Column.MOD_SEQ)


def all_rows(store: UserStore) -> dict[str, list[tuple[Any, ...]]]:
    """Everything but mod-sequences, by mailbox."""
    found = {}
    for info in store.mailboxes():
        mailbox = store.open(info.name)
        mailbox.sync()
        mailbox.fill(list(mailbox.uids()))
        found[info.name] = mailbox.rows(COLUMNS, ALL)
        mailbox.close()
    return found


def test_what_is_known_of_messages_comes_back(root: Path, store: MaildirStore) -> None:
    inbox = store.open("INBOX")
    append(store, inbox, internal_date=86_400)
    append(store, inbox, b"Subject: bare\n\nlines\n", flags=SEEN, keywords=(b"$label",))
    deliver(root, "1700000000.M1P2.host")
    deliver(root, "no-time-in-its-name")
    inbox.sync()
    store.create("Work")
    inbox.copy(ALL, "Work")
    inbox.move([(1, 1)], "Work")
    inbox.close()
    known = all_rows(store)
    assert [len(rows) for rows in known.values()] == [3, 5]
    forget_index(root)
    again = open_user(root)
    assert all_rows(again) == known
    again.close()


def test_a_message_was_saved_when_its_file_got_its_name(root: Path, store: MaildirStore) -> None:
    inbox = store.open("INBOX")
    deliver(root, "1700000000.M1P2.host")
    deliver(root, "1700000001_1.77.host,U=1:2,S", place="cur")
    deliver(root, "9999999999.a.host")
    deliver(root, "12.a.host")
    inbox.sync()
    dates = {saved_at for (saved_at,) in inbox.rows((Column.SAVED_AT,), ALL)}
    assert dates == {1_700_000_000, 1_700_000_001, 0xFFFFFFFF, OLD}
    inbox.close()


def test_the_guid_is_what_dovecot_says(root: Path, store: MaildirStore) -> None:
    inbox = store.open("INBOX")
    deliver(root, "1.a.host,S=5:2,S", place="cur")
    deliver(root, "2.b.host")
    deliver(root, "odd name")
    inbox.sync()
    inbox.close()
    store.close()
    listed = uidlist.read(root / uidlist.NAME)
    uids = dict(zip(listed.names, listed.uids, strict=True))
    fields = {uids[b"2.b.host"]: b"P77 Gf00d W20"}
    listed.fields.update(fields)
    uidlist.rewrite(root / uidlist.NAME, listed, root / "tmp")
    forget_index(root)
    again = open_user(root)
    inbox = again.open("INBOX")
    inbox.copy(ALL, "INBOX")
    guids = dict(inbox.rows((Column.UID, Column.GUID), ALL))
    first, second, third = (uids[name] for name in (b"1.a.host,S=5", b"2.b.host", b"odd name"))
    assert [guids[uid] for uid in (first, second, third)] == [b"1.a.host,S=5", b"f00d", b"odd name"]
    listed = uidlist.read(root / uidlist.NAME)
    assert listed.fields[3 + first] == b"G1.a.host,S=5"
    assert listed.fields[3 + second] == b"Gf00d"
    # A GUID with a space cannot be written down: the copy has one of its own.
    assert 3 + third not in listed.fields
    assert guids[3 + third] == listed.names[2 + third]
    inbox.close()
    again.close()
