from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailstore.store.maildir import keywords
from mailstore.store.maildir.keywords import Keywords


def test_a_file_that_dovecot_wrote() -> None:
    found = keywords.parse(b"0 kw1\n1 $Label1\n2 kw2\n3 zz\n")
    assert found.by_letter() == {97: b"kw1", 98: b"$Label1", 99: b"kw2", 100: b"zz"}
    assert found.letters() == {b"kw1": b"a", b"$label1": b"b", b"kw2": b"c", b"zz": b"d"}
    assert found.damage == []


def test_no_file_is_no_keywords(tmp_path: Path) -> None:
    assert keywords.read(tmp_path / keywords.NAME) == Keywords()


def test_numbers_may_be_missing_and_out_of_order() -> None:
    found = keywords.parse(b"5 five\n\n2 two\r\n")
    assert found.names == [None, None, b"two", None, None, b"five"]
    assert found.letters() == {b"two": b"c", b"five": b"f"}


@pytest.mark.parametrize(
    "line", [b"x", b"1", b"1 ", b"-1 a", b"1 a b", b"1 a)", b"1 \\Seen", b"1 \xc3\xa9", b"99999 a"]
)
def test_what_is_no_keyword_is_reported_and_skipped(line: bytes) -> None:
    found = keywords.parse(b"0 ok\n" + line + b"\n2 fine\n")
    assert found.letters() == {b"ok": b"a", b"fine": b"c"}
    assert found.damage == ["line 2 is not a keyword"]


def test_a_number_keeps_its_first_keyword() -> None:
    found = keywords.parse(b"0 one\n0 two\n0 one\n")
    assert found.letters() == {b"one": b"a"}
    assert found.damage == ["line 2 gives a number a second time"]


def test_a_keyword_with_two_letters_is_written_as_the_first_and_read_as_both() -> None:
    found = keywords.parse(b"0 Junk\n1 junk\n")
    assert found.letters() == {b"junk": b"a"}
    assert found.by_letter() == {97: b"Junk", 98: b"junk"}


def test_numbers_beyond_the_letters_have_none() -> None:
    found = keywords.parse(b"25 last\n26 toolate\n")
    assert found.letters() == {b"last": b"z"}


def test_new_keywords_get_the_next_letters(tmp_path: Path) -> None:
    path = tmp_path / keywords.NAME
    first = keywords.allocate(path, Keywords(), [b"One", b"$Two"], tmp_path)
    second = keywords.allocate(path, first, [b"ONE", b"Three", b"three"], tmp_path)
    assert second.letters() == {b"one": b"a", b"$two": b"b", b"three": b"c"}
    assert path.read_bytes() == b"0 One\n1 $Two\n2 Three\n"
    assert keywords.read(path).names == second.names
    assert os.listdir(tmp_path) == [keywords.NAME]


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / keywords.NAME
    known = keywords.allocate(path, Keywords(), [b"one"], tmp_path)
    inode = path.stat().st_ino
    assert keywords.allocate(path, known, [b"ONE"], tmp_path) is known
    assert keywords.allocate(path, known, [], tmp_path) is known
    assert path.stat().st_ino == inode


def test_a_gap_is_never_filled(tmp_path: Path) -> None:
    found = keywords.allocate(tmp_path / "k", keywords.parse(b"3 three\n"), [b"new"], tmp_path)
    assert found.letters() == {b"three": b"d", b"new": b"e"}


def test_the_27th_keyword_has_no_letter(tmp_path: Path) -> None:
    names = [b"k%d" % n for n in range(30)]
    found = keywords.allocate(tmp_path / "k", Keywords(), names, tmp_path)
    assert found.letters() == {b"k%d" % n: bytes((97 + n,)) for n in range(26)}
    assert keywords.allocate(tmp_path / "k", found, [b"late"], tmp_path) is found


def test_numbers_beyond_the_letters_do_not_use_letters_up(tmp_path: Path) -> None:
    found = keywords.allocate(tmp_path / "k", keywords.parse(b"40 far\n"), [b"new"], tmp_path)
    assert found.letters() == {b"new": b"a"}
    assert (tmp_path / "k").read_bytes() == b"0 new\n40 far\n"


def test_what_is_no_keyword_is_not_written(tmp_path: Path) -> None:
    for bad in (b"", b"a b", b"a\nb", b"\\Seen", b"x" * 300):
        with pytest.raises(ValueError):
            keywords.allocate(tmp_path / "k", Keywords(), [b"ok", bad], tmp_path)
    assert os.listdir(tmp_path) == []
