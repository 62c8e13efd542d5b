from __future__ import annotations

import pytest

from mailstore.model.errors import InvalidMailboxName
from mailstore.store.maildir import names


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("INBOX", "INBOX"),
        ("a&b", "a&-b"),
        ("&&", "&-&-"),
        ("Café", "Caf&AOk-"),
        ("é&è", "&AOk-&-&AOg-"),
        # RFC 3501, section 5.1.3
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("😀", "&2D3eAA-"),
        ("\t", "&AAk-"),
        ("", ""),
    ],
)
def test_modified_utf7(text: str, encoded: str) -> None:
    assert names.encode_utf7(text) == encoded
    assert names.decode_utf7(encoded) == text


@pytest.mark.parametrize(
    "text",
    [
        "a&b",
        "&",
        "&AOk",
        "&AOk-&AOg-",
        "&AGE-",
        "&A-",
        "&AO-",
        "&AOkA-",
        "&AOl-",
        "&2D0-",
        "&AO/k-",
        "&AO=-",
        "é",
        "\t",
        "&AOk- &!-",
    ],
)
def test_what_is_never_written_is_not_modified_utf7(text: str) -> None:
    with pytest.raises(ValueError):
        names.decode_utf7(text)


def test_a_lone_surrogate_cannot_be_encoded() -> None:
    with pytest.raises(ValueError):
        names.encode_utf7("\ud800")


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("INBOX", ""),
        ("inbox", ""),
        ("Archive/2026", ".Archive.2026"),
        ("inbox/Sub", ".INBOX.Sub"),
        ("v1.0/a.b", ".v1&AC4-0.a&AC4-b"),
        ("a&b", ".a&-b"),
        ("Cafe\u0301", ".Caf&AOk-"),
        ("..", ".&AC4-&AC4-"),
        ("cur", ".cur"),
        ("with space ", ".with space "),
        ("a\\b*%", ".a\\b*%"),
    ],
)
def test_folders_of_names(name: str, folder: str) -> None:
    assert names.folder_of(name) == folder
    if folder:
        assert names.name_of(folder) == names.normalize(name)


@pytest.mark.parametrize(
    "name", ["", "/", "a//b", "/a", "a/", "~a", "~", "a\0", "a\nb", "\x9f", "\u2028", "\ud800"]
)
def test_names_that_cannot_be_folders(name: str) -> None:
    with pytest.raises(InvalidMailboxName):
        names.folder_of(name)


def test_the_longest_name() -> None:
    assert len(names.folder_of("x" * 254)) == 255
    with pytest.raises(InvalidMailboxName, match="too long"):
        names.folder_of("x" * 255)
    with pytest.raises(InvalidMailboxName, match="too long"):
        names.folder_of("é" * 96)


@pytest.mark.parametrize(
    "folder",
    [
        "cur",
        "new",
        "tmp",
        "",
        ".",
        "..",
        "...",
        ".a..b",
        ".a.",
        "dovecot-uidlist",
        ".INBOX",
        ".inbox",
    ],
)
def test_what_is_no_folder_of_a_mailbox(folder: str) -> None:
    assert names.name_of(folder) is None


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        (".a&b", "a&b"),
        (".a&AGE-", "aa"),
        (".Caf\u00e9", "Café"),
        (".a&AC8-b", "a&AC8-b"),
        (".a&AAo-b", "a&AAo-b"),
        (".a&2D0-", "a&2D0-"),
        (".~x", "~x"),
    ],
)
def test_folders_of_other_programs_are_read_leniently(folder: str, name: str) -> None:
    assert names.name_of(folder) == name


@pytest.mark.parametrize("folder", [".a\nb", ".\udcff", ".a\x7f"])
def test_folders_with_control_characters_have_no_name(folder: str) -> None:
    assert names.name_of(folder) is None


def test_names_of_a_whole_maildir() -> None:
    found, rest = names.names_of(
        ["cur", ".Archive.2026", ".v1&AC4-0", ".a&b", "subscriptions", ".INBOX.Sub"]
    )
    assert found == {
        "Archive/2026": ".Archive.2026",
        "v1.0": ".v1&AC4-0",
        "a&b": ".a&b",
        "INBOX/Sub": ".INBOX.Sub",
    }
    assert rest == ["cur", "subscriptions"]


def test_of_two_folders_with_one_name_the_ordinary_one_has_it() -> None:
    found, rest = names.names_of([".&AGE-b", ".ab", ".Cafe\u0301", ".Caf&AOk-"])
    assert found == {
        "ab": ".ab",
        "&AGE-b": ".&AGE-b",
        "Café": ".Caf&AOk-",
        "Cafe&AwE-": ".Cafe\u0301",
    }
    assert rest == []
    assert all(names.normalize(name) == name for name in found)


def test_a_second_inferior_of_inbox_in_other_case_is_left_out() -> None:
    found, rest = names.names_of([".inbox.Sub", ".INBOX.Sub"])
    assert (found, rest) == ({"INBOX/Sub": ".INBOX.Sub"}, [".inbox.Sub"])


def test_every_folder_has_at_most_one_name_and_every_name_one_folder() -> None:
    folders = [".a&b", ".a&-b", ".&AGE-&-b", ".a&-b.c", ".a&b.c"]
    found, rest = names.names_of(folders)
    assert len(found) + len(rest) == len(folders)
    assert len(set(found.values())) == len(found)
    assert found["a&b"] == ".a&-b"
