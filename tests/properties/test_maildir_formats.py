"""What is written in a Maildir is read back, whatever it is."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from mailstore.model.errors import InvalidMailboxName
from mailstore.store.maildir import filename, keywords, lines, names, subscriptions, uidlist
from mailstore.store.maildir.spool import MaildirSpool

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
LEVELS = st.text(
    st.one_of(st.sampled_from("./&~-,+AOk é\u0301台😀"), st.characters(exclude_categories=["Cs"])),
    min_size=1,
    max_size=12,
)
NAMES = st.lists(LEVELS, min_size=1, max_size=4).map("/".join)

ID = b"0123456789abcdef" * 2
BASES = st.binary(min_size=1, max_size=30).filter(uidlist.is_listable)
FIELDS = st.dictionaries(
    st.sampled_from([b"W", b"S", b"P", b"O", b"G", b"X"]),
    st.binary(max_size=8).filter(lambda value: not set(value) & set(b" \t\n\r\v\f")),
    max_size=3,
)
UIDS = st.lists(st.integers(1, uidlist.MAX_UID), unique=True, max_size=20).map(sorted)
OCTETS = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"xyz"]), max_size=30).map(b"".join)


@given(TEXT)
def test_modified_utf7_round_trip(text: str) -> None:
    encoded = names.encode_utf7(text)
    assert encoded.isascii()
    assert encoded.isprintable()
    assert names.decode_utf7(encoded) == text


@given(st.text(st.sampled_from("&-,+/AOk2D ~é"), max_size=20))
def test_modified_utf7_has_one_form(encoded: str) -> None:
    try:
        decoded = names.decode_utf7(encoded)
    except ValueError:
        return
    assert names.encode_utf7(decoded) == encoded


@given(NAMES)
def test_a_name_has_one_folder_that_stays_in_the_maildir(name: str) -> None:
    try:
        folder = names.folder_of(name)
    except InvalidMailboxName:
        return
    if names.normalize(name) == "INBOX":
        assert folder == ""
        return
    assert folder.startswith(".")
    assert folder.isascii()
    assert not set(folder) & {"/", "\0", "\n"}
    assert ".." not in folder
    assert len(folder) <= 255
    assert names.name_of(folder) == names.normalize(name)
    assert names.names_of([folder]) == ({names.normalize(name): folder}, [])


@given(
    st.lists(st.text(st.sampled_from(".&-AGEabé\u0301\n/"), max_size=10), max_size=8, unique=True)
)
def test_no_two_folders_share_a_name(folders: list[str]) -> None:
    found, rest = names.names_of(folders)
    assert sorted([*found.values(), *rest]) == sorted(folders)
    assert all(names.normalize(name) == name for name in found)


@given(st.lists(NAMES, max_size=6))
def test_subscriptions_round_trip(wanted: list[str]) -> None:
    good = [names.normalize(name) for name in wanted if is_folder(name)]
    found = subscriptions.parse(subscriptions.encode(good))
    assert found.names == list(dict.fromkeys(good))
    assert found.damage == []


def is_folder(name: str) -> bool:
    try:
        names.folder_of(name)
    except InvalidMailboxName:
        return False
    return True


@given(UIDS, st.data())
def test_uidlist_round_trip_whole_and_in_part(uids: list[int], data: st.DataObject) -> None:
    bases = data.draw(st.lists(BASES, min_size=len(uids), max_size=len(uids), unique=True))
    entries = [
        (uid, base, uidlist.encode_fields(data.draw(FIELDS)))
        for uid, base in zip(uids, bases, strict=True)
    ]
    cut = data.draw(st.integers(0, len(entries)))
    blank = uidlist.Uidlist(uid_validity=9, uid_next=1, mailbox_id=ID)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "list"
        mark = uidlist.rewrite(path, blank, directory, entries[:cut])
        uidlist.append(path, mark, entries[cut:])
        whole, part = uidlist.read(path), uidlist.read(path, mark)
    assert whole.damage == part.damage == []
    assert list(whole.entries()) == entries
    assert list(part.entries()) == entries[cut:]
    assert whole.uid_next == max(uids, default=0) + 1
    assert whole.mark == part.mark


@given(BASES, st.integers(0, 31), st.sets(st.sampled_from(b"abz")), st.sets(st.sampled_from(b"PX")))
def test_file_names_round_trip(base: bytes, system: int, kept: set[int], others: set[int]) -> None:
    letters = filename.encode_letters(system, bytes(sorted(kept)), bytes(sorted(others)))
    parsed = filename.parse(filename.build(base, letters))
    assert (parsed.base, parsed.letters) == (base, letters)
    assert filename.parse_letters(letters) == (system, bytes(sorted(kept)), bytes(sorted(others)))


@given(st.binary(max_size=60))
def test_any_file_name_can_be_taken_apart(name: bytes) -> None:
    parsed = filename.parse(name)
    assert filename.split(name) == (parsed.base, parsed.letters)
    assert b":" not in parsed.base


@given(OCTETS, st.lists(st.integers(0, 60)).map(sorted))
def test_pieces_do_not_matter_to_line_ends(octets: bytes, cuts: list[int]) -> None:
    edges = [0, *cuts, len(octets)]
    with tempfile.TemporaryDirectory() as directory:
        spool = MaildirSpool(directory)
        for start, end in pairwise(edges):
            spool.write(octets[start:end])
        assert spool.octets() == lines.to_crlf(octets)
        assert spool.size == len(lines.to_crlf(octets)) == len(octets) + lines.bare_lines(octets)


@given(OCTETS)
def test_converted_lines_need_no_conversion(octets: bytes) -> None:
    converted = lines.to_crlf(octets)
    assert lines.bare_lines(converted) == 0
    assert lines.to_crlf(converted) is converted
    assert converted.replace(b"\r\n", b"\n") == octets.replace(b"\r\n", b"\n")


@pytest.mark.parametrize("count", [1, 26, 40])
def test_keywords_keep_their_letters(tmp_path: Path, count: int) -> None:
    known = keywords.Keywords()
    for number in range(count):
        before = known.letters()
        known = keywords.allocate(tmp_path / "k", known, [b"k%d" % number], tmp_path)
        assert before.items() <= known.letters().items()
        assert keywords.read(tmp_path / "k").letters() == known.letters()
