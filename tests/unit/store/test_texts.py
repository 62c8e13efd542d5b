"""The text index: it may be deleted, damaged, full or of another index, and is never wrong."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from mailstore.mime.fold import fold
from mailstore.store.index import texts
from mailstore.store.index.texts import TextIndex
from mailstore.store.maildir import texts as filling
from mailstore.store.maildir.home import TEXTS_NAME
from mailstore.store.maildir.mailbox import MaildirMailbox
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.opening import INDEX_NAME, open_user
from tests.contract.mail import append, only
from tests.unit.store.test_index import damage


@pytest.fixture
def index(tmp_path: Path) -> TextIndex:
    return TextIndex(tmp_path / "texts")


def test_what_has_all_groups_of_three_is_not_lacking(index: TextIndex) -> None:
    assert index.add([(7, "snow in the morning"), (9, "rain"), (12, "now, snow")])
    assert index.lacking([7, 9, 12, 15], ["snow"]) == {9}
    assert index.lacking([7, 9, 12], ["snow", "morning"]) == {9, 12}
    assert index.lacking([9], ["snow"]) == {9}
    assert index.lacking([], ["snow"]) == set()


@pytest.mark.parametrize("needles", [[], [""], ["xy"], ["xy", ""], ["e\u0301\u0301"]])
def test_of_less_than_three_letters_nothing_is_known(index: TextIndex, needles: list[str]) -> None:
    index.add([(1, "snow")])
    assert index.lacking([1], needles) == set()


def test_quotes_and_operators_are_letters_too(index: TextIndex) -> None:
    index.add([(1, '"quoted" AND (more*) NOT ^this {text}:'), (2, "x")])
    for needle in ('"qu', '""', 'd" AND', "(more*)", "NOT ^", "{text}:", "OR OR OR", "'''"):
        found = 1 not in index.lacking([1, 2], [needle])
        assert found or len(needle) > 2, needle
        if needle in '"quoted" AND (more*) NOT ^this {text}:':
            assert found, needle


def test_a_long_needle_is_looked_for_in_part(index: TextIndex) -> None:
    text = "".join(chr(0x4E00 + n) for n in range(20_000))
    index.add([(1, text), (2, text[::-1])])
    assert index.lacking([1, 2], [text]) == {2}


def test_a_text_that_is_too_long_is_never_lacking(index: TextIndex) -> None:
    index.add([(1, None)])
    assert index.unknown([1, 2]) == {2}
    assert index.lacking([1], ["snow"]) == set()


def test_what_is_added_twice_counts_once(index: TextIndex) -> None:
    index.add([(1, "snow"), (1, "rain")])
    index.add([(1, "rain")])
    assert index.lacking([1], ["snow"]) == set()
    assert index.lacking([1], ["rain"]) == {1}


def test_an_answer_is_not_kept_beyond_what_is_added(tmp_path: Path) -> None:
    one, other = TextIndex(tmp_path / "texts"), TextIndex(tmp_path / "texts")
    one.add([(1, "rain")])
    assert one.lacking([1, 2], ["snow"]) == {1}
    other.add([(2, "snow"), (3, "rain")])
    assert one.lacking([1, 2, 3], ["snow"]) == {1, 3}


def test_no_file_is_made_by_asking(index: TextIndex) -> None:
    assert index.lacking([1], ["snow"]) == set()
    assert index.unknown([1]) == {1}
    assert not index.path.exists()


def test_a_sweep_throws_away_what_is_of_no_use(
    index: TextIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "SPARE", 2)
    index.add([(n, "snow") for n in range(1, 10)])
    assert not index.sweep(4)
    assert index.lacking([1], ["rain"]) == {1}
    assert index.sweep(3)
    assert index.unknown([1, 2]) == {1, 2}
    assert index.lacking([1], ["rain"]) == set()
    index.add([(1, "rain")])
    assert index.lacking([1], ["snow"]) == {1}
    assert index.lacking([1], ["rain"]) == set()


@pytest.mark.parametrize(
    "content", [b"no database" * 500, b"SQLite format 3\0" + b"\0" * 5000, b""]
)
def test_garbage_in_its_place_is_removed(
    index: TextIndex, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.path.write_bytes(content)
    monkeypatch.setattr(texts, "RETRY_S", 0.0)
    for _ in range(2):
        index.add([(1, "snow")])
    assert index.lacking([1], ["rain"]) == {1}


def test_one_of_another_version_is_removed(
    index: TextIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "RETRY_S", 0.0)
    index.add([(1, "snow")])
    index.close()
    connection = sqlite3.connect(index.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert index.lacking([1], ["rain"]) == set()
    assert not index.path.exists()


def test_pages_that_went_bad_are_removed(index: TextIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "RETRY_S", 0.0)
    index.add([(n, f"snow and {n}") for n in range(1, 300)])
    index.close()
    damage(index.path)
    assert index.lacking([1], ["rain"]) == set()
    assert index.add([(1, "snow")]) or index.add([(1, "snow")])
    assert index.lacking([1], ["rain"]) == {1}


def test_a_file_that_is_replaced_while_open_is_noticed(index: TextIndex) -> None:
    index.add([(1, "snow")])
    for path in index.path.parent.glob("texts*"):
        path.unlink()
    assert index.lacking([1], ["rain"]) == set()
    assert index.add([(2, "snow")])
    assert index.lacking([1, 2], ["rain"]) == {2}


def test_a_link_in_its_place_is_not_followed(index: TextIndex, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    stranger.write_bytes(b"precious")
    index.path.symlink_to(stranger)
    index.add([(1, "snow")])
    assert stranger.read_bytes() == b"precious"
    assert not index.path.is_symlink()


def test_nobody_waits_for_another_who_writes(index: TextIndex) -> None:
    index.add([(1, "snow")])
    other = sqlite3.connect(index.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert not index.add([(2, "snow")])
    assert index.lacking([1], ["rain"]) == {1}
    other.execute("ROLLBACK")
    other.close()
    assert index.add([(2, "snow")])


def test_without_room_nothing_is_kept(index: TextIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "ROOM", 1 << 62)
    assert not index.add([(1, "snow")])
    assert not index.path.exists()


def test_a_folder_that_is_gone_is_no_error(tmp_path: Path) -> None:
    index = TextIndex(tmp_path / "no" / "texts")
    assert not index.add([(1, "snow")])
    assert index.lacking([1], ["rain"]) == set()


# With mail


def fill(mailbox: MaildirMailbox) -> int:
    """How often it took to take in all."""
    mailbox.fill(list(mailbox.uids()))
    count = 0
    while mailbox.fill_texts(1.0):
        count += 1
    return count


def plain(text: str) -> bytes:
    return b"Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode()


def test_messages_are_known_and_those_of_another_index_are_not(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    uids = [append(store, inbox, plain(text)) for text in ("snow", "rain", "hail")]
    assert fill(inbox) == 1
    assert inbox.lacking(uids, ["rain"]) == {uids[0], uids[2]}
    for path in root.glob(f"{INDEX_NAME}*"):
        path.unlink()
    inbox.sync()
    inbox.fill(uids)
    assert inbox.lacking(uids, ["rain"]) == set()
    fill(inbox)
    assert inbox.lacking(uids, ["rain"]) == {uids[0], uids[2]}


def test_an_index_from_a_backup_does_not_make_it_wrong(root: Path) -> None:
    store = open_user(root)
    append(store, store.open("INBOX"), plain("snow"))
    store.close()
    saved = (root / INDEX_NAME).read_bytes()
    store = open_user(root)
    inbox = store.open("INBOX")
    lost = append(store, inbox, plain("rain"))
    fill(inbox)
    inbox.expunge(only(lost), only_deleted=False)
    store.close()
    (root / INDEX_NAME).write_bytes(saved)
    store = open_user(root)
    inbox = store.open("INBOX")
    uid = append(store, inbox, plain("hail"))
    inbox.fill([uid])
    assert inbox.lacking([uid], ["hail"]) == set()
    store.close()


def test_an_id_of_a_content_is_not_given_again(store: MaildirStore, inbox: MaildirMailbox) -> None:
    uid = append(store, inbox, plain("rain"))
    fill(inbox)
    inbox.expunge(only(uid), only_deleted=False)
    other = append(store, inbox, plain("hail"))
    inbox.fill([other])
    assert inbox.lacking([other], ["hail"]) == set()
    fill(inbox)
    assert inbox.lacking([other], ["rain"]) == {other}


def test_messages_that_cannot_be_read_do_not_keep_it_busy(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    uids = [append(store, inbox, plain(text)) for text in ("snow", "rain")]
    inbox.fill(uids)
    [path, _] = sorted((root / "new").iterdir())
    path.unlink()
    assert fill(inbox) < 4
    assert inbox.lacking(uids, ["hail"]) == {uids[1]}


def test_long_messages_are_left_to_be_read(
    store: MaildirStore, inbox: MaildirMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "LONGEST", 1000)
    uids = [append(store, inbox, plain(text)) for text in ("snow " * 500, "rain")]
    fill(inbox)
    assert inbox.lacking(uids, ["hail"]) == {uids[1]}


def test_much_is_taken_in_a_little_at_a_time(
    store: MaildirStore, inbox: MaildirMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "AT_ONCE", 100)
    uids = [append(store, inbox, plain("snow " * 30)) for _ in range(5)]
    assert fill(inbox) == 5
    assert inbox.lacking(uids, [fold("RAIN")]) == set(uids)
    assert fill(inbox) == 0


def test_a_deleted_text_index_is_filled_again(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    uid = append(store, inbox, plain("snow"))
    fill(inbox)
    for path in root.glob(f"{TEXTS_NAME}*"):
        path.unlink()
    assert inbox.lacking([uid], ["rain"]) == set()
    assert fill(inbox) == 1
    assert inbox.lacking([uid], ["rain"]) == {uid}


def test_an_index_in_memory_keeps_no_texts(
    root: Path, store: MaildirStore, inbox: MaildirMailbox
) -> None:
    store.home.database.use_memory("test")
    inbox = store.open("INBOX")
    assert fill(inbox) == 0
    assert not os.path.exists(root / TEXTS_NAME)
