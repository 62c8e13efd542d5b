"""A disk that is full, or becomes so in the middle of a command."""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adversary.fort import MIB, Fort, append, log_in, select
from tests.integration.wire import Wire

pytestmark = pytest.mark.slow

SMALL = b"Subject: small\r\n\r\nhello\r\n"
_libc = ctypes.CDLL(None, use_errno=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four mebibytes; it takes root to make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    path = os.fsencode(folder)
    if _libc.mount(b"tmpfs", path, b"tmpfs", 0, b"size=4m,mode=700"):
        pytest.skip(f"no file system can be mounted: {os.strerror(ctypes.get_errno())}")
    try:
        yield folder
    finally:
        _libc.umount2(path, 2)


@pytest.fixture
def laden(disk: Path, tmp_path: Path) -> Iterator[Fort]:
    """A server whose mail is on the small disk; alice has ten messages of 100 KiB."""
    with Fort(tmp_path / "data", settings={"maildir": f"{disk}/{{user}}"}) as fort:
        for account in fort.info["accounts"]:
            account["maildir"] = str(disk / account["user"])
        with Wire(fort, "imap") as wire:
            log_in(wire)
            for _ in range(10):
                append(wire, b"Subject: x\r\n\r\n" + b"0123456789\r\n" * 8500)
        with Wire(fort, "imap") as wire:
            log_in(wire, "bob")
            append(wire, SMALL)
        yield fort


def fill(disk: Path, leave: int = 0) -> Path:
    """Take all room but ``leave`` octets; the file that does it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        free = os.statvfs(disk)
        os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_bsize - leave))
    return filler


def ask(wire: Wire, command: bytes) -> bytes:
    wire.send(b"a " + command + b"\r\n")
    lines = wire.until(b"a ")
    assert b"SERVERBUG" not in lines[-1], (command, lines[-1])
    return lines[-1]


def test_a_full_disk_refuses_mail_and_nothing_else(disk: Path, laden: Fort) -> None:
    with Wire(laden, "imap") as wire:
        log_in(wire)
        select(wire)
        filler = fill(disk)
        big = b"Subject: big\r\n\r\n" + b"x" * (2 * MIB) + b"\r\n"
        for message in (SMALL, big, big):
            assert append(wire, message).startswith(b"ap NO [OVERQUOTA]")
        # The same in one command, and with the client waiting for its turn.
        wire.send(b"ap APPEND INBOX {%d}\r\n" % len(big))
        if wire.line().startswith(b"+"):
            wire.send(big + b"\r\n")
            assert wire.until(b"ap ")[-1].startswith(b"ap NO [OVERQUOTA]")
        assert ask(wire, b"NOOP").startswith(b"a OK")
        assert ask(wire, b"FETCH 1:* (FLAGS ENVELOPE RFC822.SIZE)").startswith(b"a OK")
        assert ask(wire, b"SEARCH BODY 456").startswith(b"a OK")
        assert ask(wire, b"STATUS Sent (MESSAGES UIDNEXT)").startswith(b"a OK")
        assert ask(wire, b'LIST "" *').startswith(b"a OK")
        for refused in (b"CREATE Other/With/Many/Levels", b"COPY 1:* Sent", b"MOVE 1 Sent"):
            assert ask(wire, refused).startswith((b"a OK", b"a NO [OVERQUOTA]", b"a NO [UNAVA"))
        # Flags are names of files; whoever makes room must be let.
        assert ask(wire, b"STORE 1:2 +FLAGS.SILENT (\\Deleted)").startswith(b"a OK")
        assert ask(wire, b"EXPUNGE").startswith(b"a OK")
        filler.unlink()
    laden.unharmed()
    with Wire(laden, "imap") as wire:
        log_in(wire)
        assert append(wire, SMALL).startswith(b"ap OK")


def test_sign_in_and_reading_need_no_room(disk: Path, laden: Fort) -> None:
    """Also for a session that begins on a full disk, and for one of a server that does."""
    fill(disk)
    for _ in range(2):
        with Wire(laden, "imap") as wire:
            log_in(wire)
            select(wire)
            wire.send(b"a FETCH 1 BODY[]\r\n")
            size = int(wire.line().rpartition(b"{")[2].rstrip(b"}"))
            assert size == 14 + 12 * 8500
        with Wire(laden, "pop3") as wire:
            wire.line()
            wire.send(b"USER bob\r\nPASS battery staple\r\nRETR 1\r\n")
            answers = [wire.line() for _ in range(3)]
            assert answers[2] == b"+OK %d octets" % len(SMALL), answers
        # A new process; what it finds is as full as before.
        restart(laden)
    laden.unharmed()


def restart(fort: Fort) -> None:
    maildirs = [account["maildir"] for account in fort.info["accounts"]]
    fort.stop()
    fort.start()
    for account, maildir in zip(fort.info["accounts"], maildirs, strict=True):
        account["maildir"] = maildir


def test_a_pop3_client_can_make_room(disk: Path, laden: Fort) -> None:
    filler = fill(disk)
    with Wire(laden, "pop3") as wire:
        wire.line()
        wire.send(b"USER alice\r\nPASS correct horse\r\n")
        wire.line()
        assert wire.line().startswith(b"+OK 10 ")
        for number in range(1, 11):
            assert wire.ask(b"DELE %d" % number).startswith(b"+OK")
        assert wire.ask(b"QUIT") == b"+OK Bye, 10 messages removed"
    filler.unlink()
    with Wire(laden, "pop3") as wire:
        wire.line()
        wire.send(b"USER alice\r\nPASS correct horse\r\n")
        wire.line()
        assert wire.line().startswith(b"+OK 0 ")
    laden.unharmed()


@pytest.mark.parametrize("leave", [4096, 8192, 16384, 65536, 262144, 1048576])
def test_wherever_room_ends_an_append_is_whole_or_not_there(
    disk: Path, laden: Fort, leave: int
) -> None:
    with Wire(laden, "imap") as wire:
        log_in(wire)
        select(wire)
        filler = fill(disk, leave)
        told = []
        for number in range(12):
            message = b"Subject: %d\r\n\r\n" % number + b"y" * (leave // 8) + b"\r\n"
            answer = append(wire, message)
            assert answer.startswith((b"ap OK [APPENDUID", b"ap NO [OVERQUOTA]")), answer
            if answer.startswith(b"ap OK"):
                told.append(int(answer.split()[4].rstrip(b"]")))
        assert told == sorted(set(told))
        filler.unlink()
    laden.unharmed()
    with Wire(laden, "imap") as wire:
        log_in(wire)
        select(wire)
        wire.send(b"a UID SEARCH ALL\r\n")
        uids = [int(uid) for uid in wire.line().split()[2:]]
        assert set(told) <= set(uids)
        assert len(uids) == 10 + len(told)


@pytest.mark.parametrize("most", [1, 4096, 32768, 200_000])
def test_files_that_may_not_grow_are_a_refusal_too(fort: Fort, most: int) -> None:
    """RLIMIT_FSIZE: each write beyond it fails, in the index as well."""
    with Wire(fort, "imap") as wire:
        log_in(wire)
        append(wire, SMALL)
        select(wire)
        hard = resource.prlimit(fort.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(fort.pid, resource.RLIMIT_FSIZE, (most, hard))
        try:
            for size in (1, 5000, 60_000, MIB):
                answer = append(wire, b"Subject: big\r\n\r\n" + b"z" * size + b"\r\n")
                refusals = b"ap NO [OVERQUOTA]", b"ap NO [UNAVAILABLE]"
                assert answer.startswith(refusals if size > most else (b"ap OK", *refusals)), answer
                assert ask(wire, b"STORE 1 +FLAGS (\\Answered)").split()[1] in (b"OK", b"NO")
                assert ask(wire, b"FETCH 1 (FLAGS BODYSTRUCTURE)").startswith(b"a OK")
                assert ask(wire, b"CREATE Limited").split()[1] in (b"OK", b"NO")
                assert ask(wire, b"NOOP").startswith(b"a OK")
        finally:
            resource.prlimit(fort.pid, resource.RLIMIT_FSIZE, (hard, hard))
