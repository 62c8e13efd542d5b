from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailstore.store.maildir import subscriptions
from mailstore.store.maildir.subscriptions import Subscriptions

DOVECOT = b"V\t2\n\nArchive\t2026\nCaf&AOk-\nINBOX\nINBOX\tSub\n"


def test_a_file_that_dovecot_wrote_and_back() -> None:
    found = subscriptions.parse(DOVECOT)
    assert found.names == ["Archive/2026", "Café", "INBOX", "INBOX/Sub"]
    assert subscriptions.encode(found.names) == DOVECOT


def test_a_file_of_version_1() -> None:
    found = subscriptions.parse(b"INBOX\nArchive.2026\nArchive/2025\nCaf&AOk-\r\ninbox.Sub\n")
    assert found.names == ["INBOX", "Archive/2026", "Archive/2025", "Café", "INBOX/Sub"]


def test_dots_and_ampersands_in_levels_come_back() -> None:
    names = ["v1.0/a&b", "&AC4-", "..", "tab"]
    assert subscriptions.parse(subscriptions.encode(names)).names == names


def test_escaped_tabs_are_control_characters_and_no_name() -> None:
    found = subscriptions.parse(b"V\t2\n\na\x01tb\nok\n")
    assert (found.names, found.damage) == (["ok"], ["line 3 is not a mailbox name"])


def test_a_name_stands_once() -> None:
    assert subscriptions.parse(b"V\t2\n\na\nb\na\n").names == ["a", "b"]


@pytest.mark.parametrize("line", [b"\xff\xfe", b"a\t\tb", b"\t", b"a\0b", b"a\x7f"])
def test_what_is_no_name_is_reported_and_skipped(line: bytes) -> None:
    found = subscriptions.parse(b"V\t2\n\nfine\n" + line + b"\nalso fine\n")
    assert found.names == ["fine", "also fine"]
    assert found.damage == ["line 4 is not a mailbox name"]


def test_no_file_is_no_subscriptions(tmp_path: Path) -> None:
    assert subscriptions.read(tmp_path / "none") == Subscriptions()


def test_written_names_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / subscriptions.NAME
    subscriptions.write(path, ["INBOX", "Archive/2026"], tmp_path)
    subscriptions.write(path, ["INBOX", "台北/x.y"], tmp_path)
    assert subscriptions.read(path).names == ["INBOX", "台北/x.y"]
    assert os.listdir(tmp_path) == [subscriptions.NAME]


def test_what_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    for name in ("", "a//b", "\ud800"):
        with pytest.raises(ValueError):
            subscriptions.write(tmp_path / "s", [name], tmp_path)
    assert os.listdir(tmp_path) == []


def test_an_empty_list_is_a_header() -> None:
    assert subscriptions.encode([]) == b"V\t2\n\n"
    assert subscriptions.parse(b"V\t2\n\n").names == []
    assert subscriptions.parse(b"").names == []
