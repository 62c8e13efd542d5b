from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailstore.model.errors import MessageGone
from mailstore.store.maildir.lines import IN_MEMORY, bare_lines, open_message, to_crlf


@pytest.mark.parametrize(
    ("octets", "converted"),
    [
        (b"", b""),
        (b"a", b"a"),
        (b"\n", b"\r\n"),
        (b"\r\n", b"\r\n"),
        (b"\r", b"\r"),
        (b"a\nb\r\nc\rd\n", b"a\r\nb\r\nc\rd\r\n"),
        (b"\r\r\n\n\n\r", b"\r\r\n\r\n\r\n\r"),
        (b"\n\r\n\r", b"\r\n\r\n\r"),
    ],
)
def test_only_a_bare_line_feed_gets_a_cr(octets: bytes, converted: bytes) -> None:
    assert to_crlf(octets) == converted
    assert bare_lines(octets) == len(converted) - len(octets)


def test_the_octet_before_counts() -> None:
    assert to_crlf(b"\na\n", 0x0D) == b"\na\r\n"
    assert to_crlf(b"\na\n", 0x61) == b"\r\na\r\n"
    assert bare_lines(b"\na\n", 0x0D) == 1


def test_octets_with_crlf_are_not_copied() -> None:
    octets = b"a\r\nb\r\n"
    assert to_crlf(octets) is octets


def write(path: Path, octets: bytes) -> bytes:
    path.write_bytes(octets)
    return to_crlf(octets)


SMALL = b"A: b\n\nbody\r\n\rend\n"
LARGE = (b"0123456789abcdef\n" * 3 + b"x\r\n" + b"\r") * 30_000


@pytest.mark.parametrize("octets", [b"", SMALL, LARGE, to_crlf(LARGE), b"\n" * (IN_MEMORY + 1)])
@pytest.mark.parametrize("size_known", [True, False])
def test_any_range_is_a_range_of_the_converted_message(
    tmp_path: Path, octets: bytes, size_known: bool
) -> None:
    message = write(tmp_path / "m", octets)
    stored = open_message(tmp_path / "m", 1, len(message) if size_known else None)
    assert stored.size == len(message)
    end = len(message)
    edges = [0, 1, 5, 65_535, 65_536, 65_537, 131_072, end // 2, end - 1, end, end + 10]
    for start in edges:
        for stop in edges:
            if 0 <= start <= stop:
                assert stored.read(start, stop) == message[start:stop]
    stored.close()
    stored.close()


def test_line_ends_that_blocks_cut_in_two(tmp_path: Path) -> None:
    octets = b"x" * 65_535 + b"\r\n" + b"y" * 65_533 + b"\r" + b"\n\n" + b"z\n" * IN_MEMORY
    message = write(tmp_path / "m", octets)
    stored = open_message(tmp_path / "m", 1)
    assert stored.size == len(message)
    assert stored.read(0, stored.size) == message
    for start in (65_534, 65_535, 65_536, 65_537, 131_070, 131_071, 131_072, 131_073):
        assert stored.read(start, start + 3) == message[start : start + 3]
    stored.close()


def test_a_wrong_size_is_put_right(tmp_path: Path) -> None:
    message = write(tmp_path / "m", SMALL)
    stored = open_message(tmp_path / "m", 1, 3)
    assert (stored.size, stored.read(0, 1000)) == (len(message), message)
    stored.close()


@pytest.mark.parametrize("octets", [to_crlf(LARGE), LARGE])
def test_a_file_that_was_cut_short_is_gone(tmp_path: Path, octets: bytes) -> None:
    write(tmp_path / "m", octets)
    stored = open_message(tmp_path / "m", 7)
    os.truncate(tmp_path / "m", 1000)
    with pytest.raises(MessageGone) as caught:
        stored.read(0, stored.size)
    assert caught.value.uid == 7
    stored.close()


def test_an_open_file_outlives_its_name(tmp_path: Path) -> None:
    write(tmp_path / "m", SMALL)
    stored = open_message(tmp_path / "m", 1)
    (tmp_path / "m").unlink()
    assert stored.read(0, 4) == b"A: b"
    stored.close()


def test_no_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_message(tmp_path / "none", 1)


def test_only_regular_files_are_messages(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "directory").mkdir()
    before = len(os.listdir("/proc/self/fd"))
    for name in ("pipe", "link", "directory"):
        with pytest.raises(MessageGone):
            open_message(tmp_path / name, 1)
    assert len(os.listdir("/proc/self/fd")) == before
