from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailstore.model.errors import Unavailable
from mailstore.model.metadata import SPECIAL_USE_ENTRY, entry_name
from mailstore.store.maildir import metadata
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.opening import INDEX_NAME, open_user

FILE = (
    b"mailstore-metadata 1\n"
    b"/private/comment\tMy first line\\nand my second\n"
    b"/shared/vendor/example/color\t#b71c1c\n"
)
ENTRIES = {
    b"/private/comment": b"My first line\nand my second",
    b"/shared/vendor/example/color": b"#b71c1c",
}


def test_the_file_as_it_is_described() -> None:
    assert metadata.parse(FILE) == ENTRIES
    assert metadata.encode(ENTRIES) == FILE


@given(
    st.dictionaries(
        st.from_regex(rb"/(private|shared)(/[a-z0-9 ]+){1,4}", fullmatch=True), st.binary()
    )
)
def test_what_is_written_is_read_again(entries: dict[bytes, bytes]) -> None:
    assert metadata.parse(metadata.encode(entries)) == entries


@given(st.binary())
def test_garbage_never_raises(garbage: bytes) -> None:
    metadata.parse(garbage)
    found = metadata.parse(b"mailstore-metadata 1\n" + garbage)
    assert all(entry_name(name) == name for name in found)


@pytest.mark.parametrize(
    "line",
    [b"", b"/private/comment", b"comment\tx", b"/private/a\t\\", b"/private/a\t\\x", b"\t\t\xff"],
)
def test_a_line_that_is_no_entry_is_left_out(line: bytes) -> None:
    assert metadata.parse(FILE + line + b"\n/private/z\tlast") == {
        **ENTRIES,
        b"/private/z": b"last",
    }


def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path / "file")
    Path(os.fsdecode(path)).write_bytes(b"mailstore-metadata 2\n/private/comment\tx\n")
    assert metadata.read(path) == {}
    with pytest.raises(Unavailable):
        metadata.write(path, ENTRIES, os.fsencode(tmp_path))
    assert Path(os.fsdecode(path)).read_bytes().startswith(b"mailstore-metadata 2")


def test_none_is_no_file_and_a_directory_is_an_error(tmp_path: Path) -> None:
    assert metadata.read(os.fsencode(tmp_path / "none")) == {}
    store = open_user(tmp_path / "mail")
    (tmp_path / "mail" / "mailstore-metadata").mkdir()
    with pytest.raises(Unavailable):
        store.metadata("INBOX")
    with pytest.raises(Unavailable):
        store.set_metadata("INBOX", {b"/private/comment": b"x"})
    store.close()


def test_they_outlive_the_index(tmp_path: Path) -> None:
    root = tmp_path / "mail"
    store = open_user(root)
    store.create("Other")
    store.set_metadata("Other", {b"/private/comment": b"x", SPECIAL_USE_ENTRY: b"\\Junk"})
    store.close()
    for path in root.glob(INDEX_NAME + "*"):
        path.unlink()
    store = open_user(root)
    assert store.metadata("Other") == {b"/private/comment": b"x", SPECIAL_USE_ENTRY: b"\\Junk"}
    store.close()


def test_a_use_by_a_standard_name_can_be_taken_away_and_given_to_another(tmp_path: Path) -> None:
    standard = (("Sent", b"\\Sent"), ("Sent Items", b"\\Sent"))
    open_user(tmp_path / "mail").close()

    def opened() -> MaildirStore:
        return open_user(tmp_path / "mail", standard=standard)

    store = opened()
    store.create("Sent")
    assert store.metadata("Sent") == {SPECIAL_USE_ENTRY: b"\\Sent"}
    store.set_metadata("Sent", {SPECIAL_USE_ENTRY: None})
    assert store.metadata("Sent") == {}
    assert [info.special_use for info in store.mailboxes()] == [None, None]
    store.create("Out")
    store.set_metadata("Out", {SPECIAL_USE_ENTRY: b"\\Sent"})
    store.close()
    store = opened()
    store.create("Sent Items")
    assert [store.metadata(name) for name in ("Out", "Sent Items")] == [
        {SPECIAL_USE_ENTRY: b"\\Sent"},
        {},
    ]
    assert [info.special_use for info in store.mailboxes()] == [None, b"\\Sent", None, None]
    store.close()


def test_a_mailbox_made_anew_has_its_standard_use_again(tmp_path: Path) -> None:
    open_user(tmp_path / "mail").close()
    store = open_user(tmp_path / "mail", standard=(("Sent", b"\\Sent"),))
    store.create("Sent")
    store.set_metadata("Sent", {SPECIAL_USE_ENTRY: None})
    store.delete("Sent")
    store.create("Sent")
    assert store.metadata("Sent") == {SPECIAL_USE_ENTRY: b"\\Sent"}
    store.close()
