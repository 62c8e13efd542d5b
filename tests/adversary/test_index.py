"""The index is deleted, damaged, replaced or locked while the server runs."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailstore.store.check import check_user
from tests.adversary.fort import Fort, append, log_in, select
from tests.integration.wire import Wire

pytestmark = pytest.mark.slow

MESSAGES = 12


def ask(wire: Wire, command: bytes) -> list[bytes]:
    wire.send(b"a " + command + b"\r\n")
    lines = wire.until(b"a ")
    assert b"SERVERBUG" not in lines[-1], (command, lines)
    return lines


@pytest.fixture
def fort() -> Iterator[Fort]:
    """A new one for each test: alice has messages with flags and keywords, one is expunged."""
    with Fort() as new:
        with Wire(new, "imap") as wire:
            log_in(wire)
            for number in range(MESSAGES + 1):
                append(wire, b"Subject: %d\r\n\r\nText of %d.\r\n" % (number, number))
            select(wire)
            ask(wire, b"STORE 3 +FLAGS (\\Flagged important)")
            ask(wire, b"STORE 5 +FLAGS (\\Seen \\Answered)")
            ask(wire, b"STORE 7 +FLAGS (\\Deleted)")
            ask(wire, b"EXPUNGE")
        yield new
        new.unharmed()


def index(fort: Fort) -> Path:
    return fort.accounts["alice"].maildir / "mailstore-index"


def picture(fort: Fort) -> list[bytes]:
    """What a client that comes now is told of INBOX; mod-sequences aside."""
    with Wire(fort, "imap") as wire:
        log_in(wire)
        lines = [line for line in select(wire) if b"UIDVALIDITY" in line or b"EXISTS" in line]
        return lines + ask(wire, b"UID FETCH 1:* (FLAGS RFC822.SIZE INTERNALDATE ENVELOPE)")[:-1]


def remove(path: Path) -> None:
    for part in path.parent.glob(path.name + "*"):
        part.unlink()


def remove_the_file_alone(path: Path) -> None:
    path.unlink()


def remove_the_log(path: Path) -> None:
    path.with_name(path.name + "-wal").unlink(missing_ok=True)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))


def overwrite_pages(path: Path) -> None:
    """All but the first page: it opens, and is damaged within."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))


def overwrite_log(path: Path) -> None:
    log = path.with_name(path.name + "-wal")
    if log.exists():
        log.write_bytes(os.urandom(max(64, log.stat().st_size)))


def overwrite_shared_memory(path: Path) -> None:
    shared = path.with_name(path.name + "-shm")
    if shared.exists():
        with shared.open("r+b") as file:
            file.write(os.urandom(shared.stat().st_size))


def replace_by_text(path: Path) -> None:
    remove(path)
    path.write_text("This is no index.\n" * 100)


def replace_by_a_foreign_database(path: Path) -> None:
    remove(path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE messages (something TEXT)")
        database.commit()


def replace_by_a_directory(path: Path) -> None:
    remove(path)
    path.mkdir()


def replace_by_a_link(path: Path) -> None:
    other = path.parent.parent / "bob" / "mailstore-index"
    remove(path)
    path.symlink_to(other)


DAMAGES = [
    remove,
    remove_the_file_alone,
    remove_the_log,
    cut,
    empty,
    overwrite,
    overwrite_pages,
    overwrite_log,
    overwrite_shared_memory,
    replace_by_text,
    replace_by_a_foreign_database,
    replace_by_a_directory,
    replace_by_a_link,
]


def spoil(fort: Fort, damage: Callable[[Path], None]) -> None:
    damage(index(fort))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_between_sessions_changes_nothing_for_clients(
    fort: Fort, damage: Callable[[Path], None]
) -> None:
    fort.serves()
    before = picture(fort)
    spoil(fort, damage)
    assert picture(fort) == before
    with Wire(fort, "imap") as wire:
        log_in(wire)
        assert append(wire, b"Subject: next\r\n\r\n").split()[4] == b"%d]" % (MESSAGES + 2)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_within_a_session_ends_it_at_worst(
    fort: Fort, damage: Callable[[Path], None]
) -> None:
    before = picture(fort)
    with Wire(fort, "imap") as wire, Wire(fort, "imap") as idle:
        for each in (wire, idle):
            log_in(each)
            select(each)
        assert idle.ask(b"i IDLE").startswith(b"+")
        spoil(fort, damage)
        for command in (
            b"NOOP",
            b"UID FETCH 1:* (FLAGS ENVELOPE)",
            b"UID STORE 2 +FLAGS.SILENT (\\Draft)",
            b"UID STORE 2 -FLAGS.SILENT (\\Draft)",
            b"UID SEARCH KEYWORD important",
            b"STATUS Sent (MESSAGES)",
            b"UID FETCH 1 BODY[1]",
            b"NOOP",
        ):
            lines = ask(wire, command)
            if lines[-1] == b"" or lines[-1].startswith(b"* BYE"):
                break
            assert lines[-1].split()[1] in (b"OK", b"NO"), (command, lines)
            if b"SEARCH" in command and lines[-1].startswith(b"a OK"):
                assert lines[0] == b"* SEARCH 3"
        fort.serves()
    # Reading its text marked the first as seen, unless the session was over by then.
    assert [unseen(line) for line in picture(fort)] == [unseen(line) for line in before]


def unseen(line: bytes) -> bytes:
    return line.replace(b"\\Seen", b"").replace(b" ()", b"()")


def test_an_index_from_a_backup_gives_no_uid_twice(fort: Fort) -> None:
    path, backup = index(fort), fort.data / "backup"
    picture(fort)
    with (
        contextlib.closing(sqlite3.connect(path)) as database,
        contextlib.closing(sqlite3.connect(backup)) as copy,
    ):
        database.backup(copy)
    with Wire(fort, "imap") as wire:
        log_in(wire)
        for number in range(3):
            append(wire, b"Subject: later %d\r\n\r\n" % number)
        select(wire)
        ask(wire, b"STORE 1 +FLAGS (\\Deleted)")
        ask(wire, b"STORE * +FLAGS (\\Deleted)")
        ask(wire, b"EXPUNGE")
    before = picture(fort)
    remove(path)
    backup.rename(path)
    # Nobody knows any more to whom the new ones were told as recent.
    after = [line.replace(b"\\Recent", b"") for line in picture(fort)]
    assert after == [line.replace(b"\\Recent", b"") for line in before]
    with Wire(fort, "imap") as wire:
        log_in(wire)
        assert append(wire, b"Subject: next\r\n\r\n").split()[4] == b"%d]" % (MESSAGES + 5)


def test_the_directory_of_the_index_may_go(tmp_path: Path) -> None:
    settings = {"index": "{data}/index/{user}"}
    with Fort(tmp_path / "data", settings=settings) as fort, Wire(fort, "imap") as wire:
        log_in(wire)
        append(wire, b"Subject: one\r\n\r\n")
        select(wire)
        folder = fort.data / "index" / "alice"
        assert (folder / "mailstore-index").is_file()
        before = picture(fort)
        shutil.rmtree(fort.data / "index")
        for command in (b"NOOP", b"FETCH 1 (FLAGS ENVELOPE)", b"STORE 1 +FLAGS (\\Flagged)"):
            lines = ask(wire, command)
            assert lines[-1].split()[1] in (b"OK", b"NO"), lines
        wire.close()
        assert len(picture(fort)) == len(before)
        assert picture(fort)[0] == before[0]
        with Wire(fort, "imap") as again:
            log_in(again)
            assert append(again, b"Subject: two\r\n\r\n").startswith(b"ap OK")
        fort.unharmed(mail=False)


def test_a_lost_uidlist_means_no_uid_twice(fort: Fort) -> None:
    """It goes with the index, so nothing tells of the UIDs: there is a new UIDVALIDITY."""
    before = picture(fort)
    maildir = fort.accounts["alice"].maildir
    with Wire(fort, "imap") as wire:
        log_in(wire)
        select(wire)
        (maildir / "dovecot-uidlist").unlink()
        remove(index(fort))
        ask(wire, b"NOOP")
    after = picture(fort)
    assert after[0] == before[0]  # EXISTS
    assert after[1] != before[1]
    validity = [
        int(lines[1].partition(b"UIDVALIDITY ")[2].partition(b"]")[0]) for lines in (before, after)
    ]
    assert validity[1] > validity[0]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"garbage\n",
        b"3 V0 N0\n",
        b"3 V1 N99999999999999999999\n",
        b"3 V5 N4294967295 G" + b"0" * 32 + b"\n",
        b"3 V5 N3 G" + b"0" * 32 + b"\n1 :a\n1 :b\n0 :c\n2 :a\n-1 :d\nx :e\n9999999999 :f\n",
        b"\0" * 4096,
        os.urandom(65536),
        b"3 V5 N3\n" + b"1 :" + b"x" * 1_000_000,
    ],
    ids=range(9),
)
def test_garbage_in_the_uidlist_is_survived(fort: Fort, text: bytes) -> None:
    maildir = fort.accounts["alice"].maildir
    with Wire(fort, "imap") as wire:
        log_in(wire)
        select(wire)
        (maildir / "dovecot-uidlist").write_bytes(text)
        ask(wire, b"NOOP")
        fort.serves()
    lines = picture(fort)
    assert b"* %d EXISTS" % MESSAGES in lines
    with Wire(fort, "imap") as wire:
        log_in(wire)
        assert append(wire, b"Subject: next\r\n\r\n").startswith(b"ap OK")
    # Lines that mean nothing are told as faults until the list is written anew.
    check_user(maildir, repair=True)


@pytest.mark.parametrize("name", ["dovecot-keywords", "subscriptions", "mailstore-special-use"])
@pytest.mark.parametrize("text", [b"", b"0 \n1 a b\nx y\n99 z\n" * 1000, os.urandom(65536)])
def test_garbage_in_other_files_is_survived(fort: Fort, name: str, text: bytes) -> None:
    (fort.accounts["alice"].maildir / name).write_bytes(text)
    with Wire(fort, "imap") as wire:
        log_in(wire)
        select(wire)
        for command in (
            b'LIST "" *',
            b'LIST (SUBSCRIBED) "" *',
            b'LSUB "" *',
            b"STORE 1 +FLAGS (another)",
            b"SUBSCRIBE Sent",
            b"FETCH 1:* FLAGS",
        ):
            assert ask(wire, command)[-1].startswith((b"a OK", b"a NO [LIMIT]"))


def test_a_lock_on_one_index_keeps_nobody_else_waiting(fort: Fort) -> None:
    with Wire(fort, "imap") as wire, Wire(fort, "imap") as other:
        log_in(wire)
        select(wire)
        log_in(other, "bob")
        with contextlib.closing(sqlite3.connect(index(fort), isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            wire.send(b"a STORE 1 +FLAGS (\\Draft)\r\n")
            began = time.monotonic()
            while time.monotonic() - began < 1:
                moment = time.monotonic()
                assert other.ask(b"n NOOP").startswith(b"n OK")
                # Ten seconds are waited for a lock; not by those who have another index.
                assert time.monotonic() - moment < 5
            database.execute("ROLLBACK")
        assert wire.until(b"a ")[-1].startswith(b"a OK")


def test_a_lock_on_a_lost_index_is_waited_for_and_no_more(fort: Fort) -> None:
    """Somebody else is making it anew, and does not end."""
    with Wire(fort, "imap") as wire, Wire(fort, "imap") as other:
        log_in(wire)
        select(wire)
        log_in(other, "bob")
        lock = index(fort).with_name("mailstore-index.lock")
        with lock.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            remove_the_file_alone(index(fort))
            for command in (b"STORE 1 +FLAGS (\\Draft)", b"NOOP"):
                wire.send(b"a " + command + b"\r\n")
                assert other.ask(b"n NOOP").startswith(b"n OK")
                answer = wire.until(b"a ")[-1]
                assert answer.split()[1] in (b"OK", b"NO"), answer
                assert b"SERVERBUG" not in answer
        assert ask(wire, b"NOOP")[-1].startswith((b"a OK", b"a NO"))
    assert len(picture(fort)) == MESSAGES + 2
