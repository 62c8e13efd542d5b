"""The index may be damaged, deleted, replaced or unwritable; mail stays in reach."""

from __future__ import annotations

import os
import sqlite3
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailstore.model.errors import MailboxGone, MailError, OverQuota, Unavailable
from mailstore.model.flags import DELETED, SEEN, FlagMode
from mailstore.store.check import check_user
from mailstore.store.index import database, expunged, messages
from mailstore.store.index.database import Database, IndexLost
from mailstore.store.index.messages import MessageRow
from mailstore.store.maildir.mailbox import MaildirMailbox
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.opening import INDEX_NAME, open_user
from mailstore.store.ports import Column
from tests.contract.mail import append, append_many, flags_of, mod_seqs, store_flags
from tests.unit.store.files import ALL, deliver


def damage(path: Path) -> None:
    """Overwrite all pages but the first."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(max(path.stat().st_size - 4096, 4096)))


@pytest.mark.parametrize(
    "content", [b"not a database at all" * 500, b"SQLite format 3\0" + b"\0" * 5000]
)
def test_garbage_in_place_of_the_index_is_moved_aside(root: Path, content: bytes) -> None:
    store = open_user(root)
    uids = append_many(store, store.open("INBOX"), 3)
    store.close()
    (root / INDEX_NAME).write_bytes(content)
    again = open_user(root)
    assert list(again.open("INBOX").uids()) == uids
    again.close()
    [kept] = root.glob(f"{INDEX_NAME}.damaged-*")
    assert kept.read_bytes() == content


def test_another_programs_database_is_moved_aside(root: Path) -> None:
    open_user(root).close()
    (root / INDEX_NAME).unlink()
    connection = sqlite3.connect(root / INDEX_NAME)
    connection.execute("CREATE TABLE messages (a)")
    connection.commit()
    connection.close()
    store = open_user(root)
    assert append(store, store.open("INBOX")) == 1
    store.close()


def test_an_index_of_another_version_is_rebuilt(root: Path) -> None:
    store = open_user(root)
    uids = append_many(store, store.open("INBOX"), 3)
    store.close()
    connection = sqlite3.connect(root / INDEX_NAME)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    again = open_user(root)
    assert list(again.open("INBOX").uids()) == uids
    again.close()


def test_pages_that_go_bad_while_in_use_cost_nothing_but_the_index(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    uids = append_many(store, inbox, 50)
    store.home.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.home.database.connection.execute("PRAGMA cache_size = 0")
    damage(root / INDEX_NAME)
    store.home.database.connection.execute("PRAGMA shrink_memory")
    rows = inbox.rows((Column.UID, Column.FLAGS), ALL)
    assert [uid for uid, _ in rows] == uids
    assert append(store, inbox) == uids[-1] + 1


def test_an_index_deleted_while_open_is_made_anew(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    uids = append_many(store, inbox, 3)
    told = inbox.state()
    for path in root.glob(f"{INDEX_NAME}*"):
        path.unlink()
    assert inbox.sync() is True
    assert inbox.state().highest_mod_seq > told.highest_mod_seq
    assert append(store, inbox) == uids[-1] + 1
    assert (root / INDEX_NAME).exists()


def test_two_openings_agree_on_the_index_made_anew(root: Path, store: MaildirStore) -> None:
    other = open_user(root)
    first, second = store.open("INBOX"), other.open("INBOX")
    append(store, first)
    (root / INDEX_NAME).unlink()
    assert append(other, second) == 2
    assert append(store, first) == 3
    assert append(other, second) == 4
    assert list(first.uids()) == list(second.uids()) == [1, 2, 3, 4]
    other.close()


def test_an_index_that_is_a_link_is_not_followed(root: Path, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    other = open_user(stranger)
    append(other, other.open("INBOX"))
    other.close()
    open_user(root).close()
    (root / INDEX_NAME).unlink()
    (root / INDEX_NAME).symlink_to(stranger / INDEX_NAME)
    store = open_user(root)
    assert store.status("INBOX").messages == 0
    assert not (root / INDEX_NAME).is_symlink()
    store.close()


def test_the_index_may_lie_elsewhere(root: Path, tmp_path: Path) -> None:
    index = tmp_path / "fast" / "user" / "index"
    store = open_user(root, index=index)
    append(store, store.open("INBOX"))
    store.close()
    assert index.exists()
    assert list(root.glob(f"{INDEX_NAME}*")) == []
    assert check_user(root, index=index) == []


def test_a_writer_that_waits_too_long_gives_up(
    store: MaildirStore, inbox: MaildirMailbox, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.01)
    other = open_user(root)
    mailbox = other.open("INBOX")
    with store.home.database.transaction(), pytest.raises(Unavailable):
        append(other, mailbox)
    assert append(other, mailbox) == 1
    other.close()


def test_errors_of_ours_are_not_taken_for_a_lost_index(store: MaildirStore) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        store.home.database.connection.execute("SELECT * FROM no_such")
    assert database.mail_error(sqlite3.OperationalError("no code")) is None


def test_after_a_reboot_all_mod_sequences_are_above_those_told(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    append_many(store, inbox, 3)
    told = inbox.state().highest_mod_seq
    store.close()
    connection = sqlite3.connect(root / INDEX_NAME)
    connection.execute("UPDATE mailboxes SET boot = 'another'")
    connection.execute("UPDATE meta SET value = 'another'")
    connection.commit()
    connection.close()
    again = open_user(root)
    mailbox = again.open("INBOX")
    assert min(mod_seqs(mailbox).values()) > told
    assert len(mailbox.changes(told).changed) == 3
    again.close()


def fail_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every write to the index on disk finds the disk full."""

    @contextmanager
    def transaction(self: Database, *, wait: bool = True) -> Iterator[sqlite3.Connection]:
        with original(self, wait=wait) as connection:
            yield connection
            if not self.volatile:
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error

    original = Database.transaction
    monkeypatch.setattr(Database, "transaction", transaction)


def test_on_a_full_disk_mail_can_be_read_flagged_and_removed(
    root: Path, store: MaildirStore, inbox: MaildirMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_many(store, inbox, 2)
    deliver(root, "1.a.host", b"Subject: third\r\n\r\nx\r\n")
    inbox.sync()
    deliver(root, "2.b.host")
    with monkeypatch.context() as patch:
        fail_commits(patch)
        assert inbox.claim_recent() == 1
        with pytest.raises(OverQuota):
            append(store, inbox)
        inbox.fill([3])
        [(envelope,)] = [row[1:] for row in inbox.rows((Column.UID, Column.ENVELOPE), [(3, 3)])]
        assert b"third" in envelope
        store_flags(inbox, [1], FlagMode.ADD, SEEN | DELETED)
        assert inbox.expunge(ALL) == [1]
        assert list(inbox.uids())[:2] == [2, 3]
        with pytest.raises(MailError):
            append(store, inbox)
    assert store.home.database.volatile


def test_on_a_full_disk_what_was_expunged_is_not_seen_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_user(root)
    append_many(store, store.open("INBOX"), 3)
    with monkeypatch.context() as patch:
        fail_commits(patch)
        assert store.open("INBOX").expunge([(2, 2)], only_deleted=False) == [2]
        store.close()
        store = open_user(root)
        inbox = store.open("INBOX")
        inbox.sync()
        assert list(inbox.uids()) == [1, 3]
    store.close()
    deliver(root, "1.a.host")
    again = open_user(root)
    inbox = again.open("INBOX")
    inbox.sync()
    assert list(inbox.uids()) == [1, 3, 4]
    again.close()


def test_the_index_goes_back_to_the_disk_when_there_is_room(
    root: Path, store: MaildirStore, inbox: MaildirMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_many(store, inbox, 2)
    store.home.database.use_memory("the disk is full")
    told = inbox.state()
    assert list(inbox.uids()) == [1, 2]
    inbox.expunge([(1, 1)], only_deleted=False)
    store.home.database._look_again_at = 0.0
    inbox.sync()
    assert not store.home.database.volatile
    assert list(inbox.uids()) == [2]
    assert append(store, inbox) == 3
    assert inbox.state().highest_mod_seq > told.highest_mod_seq


def test_a_place_that_cannot_be_written_gives_an_index_in_memory(
    root: Path, tmp_path: Path
) -> None:
    store = open_user(root)
    append(store, store.open("INBOX"))
    store.close()
    (tmp_path / "file").write_bytes(b"")
    opened = Database(tmp_path / "file" / "index")
    assert opened.volatile
    opened.close()


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    opened = Database(tmp_path / "index")
    with pytest.raises(sqlite3.IntegrityError), opened.transaction() as connection:
        connection.executemany("INSERT INTO expunged VALUES (1, 1, 1, 1)", [(), ()])
    assert opened.connection.execute("SELECT count(*) FROM expunged").fetchone() == (0,)
    with opened.transaction() as connection:
        connection.execute("INSERT INTO expunged VALUES (1, 1, 1, 1)")
    assert opened.connection.execute("SELECT count(*) FROM expunged").fetchone() == (1,)
    opened.close()


def test_version_changes_with_every_commit_by_anybody(tmp_path: Path) -> None:
    one, other = Database(tmp_path / "index"), Database(tmp_path / "index")
    seen = [one.version()]
    with one.transaction() as connection:
        connection.execute("INSERT INTO expunged VALUES (1, 1, 1, 1)")
    seen.append(one.version())
    with other.transaction() as connection:
        connection.execute("INSERT INTO expunged VALUES (1, 2, 1, 1)")
    seen.append(one.version())
    assert len(set(seen)) == 3
    assert one.version() == seen[-1]
    one.close()
    other.close()


def test_a_replaced_index_is_noticed_by_the_next_writer(tmp_path: Path) -> None:
    opened = Database(tmp_path / "index")
    (tmp_path / "index").unlink()
    with pytest.raises(IndexLost), opened.transaction():
        pytest.fail("the transaction must not begin")
    opened.reopen("a test")
    with opened.transaction():
        pass
    opened.close()


def row(uid: int, mod_seq: int = 1) -> MessageRow:
    return MessageRow(1, uid, mod_seq, 0, b"", 1, 0, 0, None, None, None, 0, b"%d" % uid)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = Database(tmp_path / "index")
    yield opened.connection
    opened.close()


@pytest.mark.parametrize("limit", [1, 7, 1000])
@pytest.mark.parametrize("since", [0, 3])
@pytest.mark.parametrize("count", [1, 8, 9, 300])
def test_rows_of_few_and_of_many_ranges_are_the_same(
    connection: sqlite3.Connection, count: int, since: int, limit: int
) -> None:
    stored = [(uid, uid % 7 + 1) for uid in range(1, 2001, 2)]
    messages.insert(connection, [row(uid, mod_seq) for uid, mod_seq in stored])
    existing = messages.uids(connection, 1)
    ranges = [(3 * n + 1, 3 * n + 2) for n in range(count)]
    columns = (Column.UID, Column.MOD_SEQ)
    wanted = [
        (uid, mod_seq)
        for uid, mod_seq in stored
        if mod_seq > since and any(low <= uid <= high for low, high in ranges)
    ]
    found = messages.rows(connection, 1, columns, ranges, existing, since, limit)
    assert found == wanted[:limit]


def test_changed_rows_are_found_whether_few_or_many(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages.insert(connection, [row(uid, uid % 7 + 1) for uid in range(1, 101)])
    few = messages.changed(connection, 1, 4)
    monkeypatch.setattr(messages, "_FEW_CHANGES", 1)
    assert messages.changed(connection, 1, 4) == few
    assert [found.uid for found in few] == [uid for uid in range(1, 101) if uid % 7 + 1 > 4]


def test_joined_tombstones_tell_too_many_uids_never_too_few(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expunged, "KEPT", 10)
    for uid in range(1, 101):
        expunged.add(connection, 1, uid + 1000, [uid])
    [count] = connection.execute("SELECT count(*) FROM expunged").fetchone()
    assert count <= 11
    assert expunged.after(connection, 1, 0) == list(range(1, 101))
    for point in range(1, 101):
        told = expunged.after(connection, 1, 1000 + point)
        assert set(told) >= set(range(point + 1, 101))
        assert set(told) <= set(range(1, 101))


def test_too_many_expunged_uids_to_list_end_the_view(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    expunged.add_runs(connection, 1, 5, [(1, 4_000_000_000)])
    with pytest.raises(MailboxGone):
        expunged.after(connection, 1, 0)
    assert expunged.runs_after(connection, 1, 0) == [(1, 4_000_000_000)]


def test_uids_within_ranges_are_cut_out() -> None:
    existing = array("I", [1, 2, 5, 9, 10])
    assert messages.within(existing, [(2, 5), (10, 4_000_000_000)]) == [2, 5, 10]
    assert messages.within(existing, []) == []


def test_flags_of_many_mailboxes_do_not_mix(store: MaildirStore) -> None:
    for name in ("One", "Two"):
        store.create(name)
        append(store, store.open(name), flags=SEEN if name == "One" else DELETED)
    assert flags_of(store.open("One")) == {1: (SEEN, set())}
    assert flags_of(store.open("Two")) == {1: (DELETED, set())}
