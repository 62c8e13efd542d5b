from __future__ import annotations

import re
import socket
import time

import pytest

from mailstore.model.flags import ANSWERED, DELETED, DRAFT, FLAGGED, SEEN
from mailstore.store.maildir import filename
from mailstore.store.maildir.filename import FileName, Letters


def test_a_name_is_taken_apart() -> None:
    assert filename.parse(b"1795550310.M866989P10352.vm,S=11,W=14:2,Sbcd") == FileName(
        b"1795550310.M866989P10352.vm,S=11,W=14", 11, 14, b"Sbcd", b""
    )


@pytest.mark.parametrize(
    ("name", "size", "virtual_size", "letters"),
    [
        (b"1.a.host", None, None, b""),
        (b"1.a.host:2,", None, None, b""),
        (b"1.a.host:2,RS", None, None, b"RS"),
        (b"1.a.host,S=5:2,S", 5, None, b"S"),
        (b"1.a.host,W=7,S=5", 5, 7, b""),
        (b"1.a.host,U=9,S=5,X=z:2,", 5, None, b""),
        (b"1.a.host,S=x,W=-1", None, None, b""),
        (b"1.a.host,S=5x", None, None, b""),
        (b"1.a.host,S=" + b"9" * 30, None, None, b""),
        (b"1.a.host:1,experiment", None, None, b""),
        (b"1.a.host:", None, None, b""),
        (b"", None, None, b""),
    ],
)
def test_names_of_other_programs(
    name: bytes, size: int | None, virtual_size: int | None, letters: bytes
) -> None:
    parsed = filename.parse(name)
    assert (parsed.size, parsed.virtual_size, parsed.letters) == (size, virtual_size, letters)
    assert parsed.base == name.partition(b":")[0]
    assert filename.split(name) == (parsed.base, letters)


def test_what_follows_the_letters_is_kept() -> None:
    parsed = filename.parse(b"1.a.host:2,S,x=1")
    assert (parsed.letters, parsed.rest) == (b"S", b",x=1")
    assert filename.build(parsed.base, b"SF", parsed.rest) == b"1.a.host:2,FS,x=1"
    assert filename.split(b"1.a.host:2,S,x=1") == (b"1.a.host", b"S")


def test_letters_are_written_sorted_and_once() -> None:
    assert filename.build(b"1.a.host", b"SbTRSab") == b"1.a.host:2,RSTab"


def test_letters_mean_flags_and_keywords_and_others_are_kept() -> None:
    assert filename.parse_letters(b"DFPRSTazX") == Letters(
        DRAFT | FLAGGED | ANSWERED | SEEN | DELETED, b"az", b"PX"
    )
    assert filename.encode_letters(ANSWERED | SEEN, b"az", b"PX") == b"PRSXaz"
    assert filename.encode_letters(0, b"") == b""


def test_every_combination_of_flags_comes_back() -> None:
    for system in range(32):
        letters = filename.encode_letters(system, b"q")
        assert filename.parse_letters(letters) == Letters(system, b"q", b"")


def test_unique_names_differ_and_have_no_octet_with_a_meaning() -> None:
    names = [filename.unique() for _ in range(2_000)]
    assert len(set(names)) == 2_000
    assert all(
        re.fullmatch(rb"[0-9]+\.M[0-9]{6}P[0-9]+Q[0-9]+R[0-9a-f]{8}\.[\w.-]+", n) for n in names
    )


def test_names_stay_unique_when_the_clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000_123_456_789)
    names = {filename.unique() for _ in range(100)}
    assert len(names) == 100
    assert all(name.startswith(b"1000000000.M123456P") for name in names)


@pytest.mark.parametrize("host", ["a/b:c,d", "h\n", "", "x" * 300, "хост"])
def test_any_host_name_makes_a_safe_name(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    filename._host.cache_clear()
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    name = filename.with_sizes(filename.unique(), 10**12, 10**12)
    filename._host.cache_clear()
    assert not re.search(rb"[/:\n\0]", name)
    assert len(name) < 200


def test_sizes_in_a_name_are_read_back() -> None:
    parsed = filename.parse(filename.with_sizes(filename.unique(), 11, 14) + b":2,S")
    assert (parsed.size, parsed.virtual_size) == (11, 14)


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        (b"1795550310.M866989P10352.vm,S=11", 1_795_550_310),
        (b"100000000_0.1.host", 100_000_000),
        (b"9999999999.a", 0xFFFFFFFF),
        (b"99999999.a.host", 7),
        (b"0999999999.a.host", 7),
        (b"17955503101.a.host", 7),
        (b"1795550310", 7),
        (b"1795550310x.a", 7),
        (b"", 7),
    ],
)
def test_a_name_tells_when_it_was_made(name: bytes, moment: int) -> None:
    assert filename.made_at(name, 7) == moment
