from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from mailstore.model.errors import OverQuota, Unavailable
from mailstore.store import durable
from mailstore.store.maildir.spool import IN_MEMORY, MaildirSpool


def fds() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_a_small_message_makes_no_file_until_it_is_sealed(tmp_path: Path) -> None:
    spool = MaildirSpool(tmp_path)
    spool.write(b"A: b\n\n")
    spool.write(b"body\r\n")
    assert os.listdir(tmp_path) == []
    assert (spool.size, spool.octets()) == (14, b"A: b\r\n\r\nbody\r\n")
    path = spool.seal(1_000_000_000)
    assert Path(os.fsdecode(path)).read_bytes() == spool.octets() == b"A: b\r\n\r\nbody\r\n"
    assert os.stat(path).st_mtime == 1_000_000_000
    spool.discard()
    assert os.listdir(tmp_path) == []


def test_a_large_message_goes_to_a_file(tmp_path: Path) -> None:
    before = fds()
    spool = MaildirSpool(tmp_path)
    octets = b"0123456789\r\n" * (IN_MEMORY // 12)
    spool.write(octets)
    assert os.listdir(tmp_path) == []
    spool.write(b"one more line\n")
    assert os.listdir(tmp_path) == [os.fsdecode(spool.name)]
    assert spool.octets() == octets + b"one more line\r\n"
    assert spool.size == len(octets) + 15
    spool.seal()
    assert spool.octets() == octets + b"one more line\r\n"
    spool.discard()
    assert (os.listdir(tmp_path), fds()) == ([], before)


def test_a_line_end_cut_in_two_stays_one(tmp_path: Path) -> None:
    spool = MaildirSpool(tmp_path)
    for piece in (b"a\r", b"", b"\n", b"b\n", b"\n\r", b"c"):
        spool.write(piece)
    assert spool.octets() == b"a\r\nb\r\n\r\n\rc"


def test_a_placed_file_is_not_the_spools_any_more(tmp_path: Path) -> None:
    spool = MaildirSpool(tmp_path)
    spool.write(b"mail")
    durable.place(spool.seal(), tmp_path / "cur")
    spool.placed()
    spool.discard()
    assert (tmp_path / "cur").read_bytes() == b"mail"


def test_an_empty_message_can_be_sealed(tmp_path: Path) -> None:
    path = MaildirSpool(tmp_path).seal()
    assert os.stat(path).st_size == 0


@pytest.mark.parametrize("number", [errno.EIO, errno.EFBIG, errno.EMFILE, errno.ENOENT])
def test_any_other_error_while_a_message_comes_in_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(path: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(durable, "create", fail)
    spool = MaildirSpool(tmp_path)
    with pytest.raises(Unavailable):
        spool.write(b"x" * (IN_MEMORY + 1))
    with pytest.raises(ValueError, match="discarded"):
        spool.write(b"x")


@pytest.mark.parametrize("when", ["write", "seal"])
def test_a_full_disk_discards_the_spool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    before = fds()
    spool = MaildirSpool(tmp_path)
    spool.write(b"x" * IN_MEMORY)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "write", full)
    call = spool.seal if when == "seal" else lambda: spool.write(b"y")
    with pytest.raises(OverQuota):
        call()
    monkeypatch.undo()
    assert (os.listdir(tmp_path), fds()) == ([], before)
    with pytest.raises(OverQuota):
        spool.seal()
    with pytest.raises(ValueError):
        spool.write(b"more")
    spool.discard()


def test_a_failed_sync_discards_the_spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fds()
    spool = MaildirSpool(tmp_path)
    spool.write(b"mail")

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "lost")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError):
        spool.seal()
    assert (os.listdir(tmp_path), fds()) == ([], before)


def test_discarding_at_any_time_leaves_nothing(tmp_path: Path) -> None:
    before = fds()
    for size in (0, 10, IN_MEMORY + 1):
        spool = MaildirSpool(tmp_path)
        spool.write(b"x" * size)
        spool.discard()
        spool.discard()
    assert (os.listdir(tmp_path), fds()) == ([], before)
