"""What other programs, or other users, may put into a Maildir while the server runs."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adversary.fort import Fort, append, log_in, select
from tests.integration.wire import Wire

pytestmark = pytest.mark.slow

GOOD = b"Subject: good\r\n\r\nA whole message.\r\n"
SECRET = b"the password of another user"


def ask(wire: Wire, command: bytes) -> list[bytes]:
    wire.send(b"a " + command + b"\r\n")
    lines: list[bytes] = []
    while not (lines and lines[-1].startswith((b"a OK", b"a NO", b"a BAD"))):
        line = wire.line_or_end()
        assert line is not None, lines
        lines.append(line)
    assert b"SERVERBUG" not in lines[-1], lines[-1]
    return lines


def read_all(wire: Wire) -> list[bytes]:
    """Everything that can be asked of every message."""
    select(wire)
    lines = []
    for command in (
        b"FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)",
        b"FETCH 1:* (BODY.PEEK[] BODY.PEEK[1] BODY.PEEK[HEADER])",
        b"SEARCH TEXT nothing",
        b"SEARCH HEADER Subject good",
    ):
        lines += ask(wire, command)
    return lines


@pytest.fixture
def fort() -> Iterator[Fort]:
    """A new one for each test: what is left in a Maildir is in the way of the next."""
    with Fort() as new:
        yield new
        new.unharmed()


@pytest.fixture
def inbox(fort: Fort) -> Path:
    """The Maildir of alice, who has signed in once."""
    fort.serves()
    return fort.accounts["alice"].maildir


def test_links_pipes_and_devices_are_no_messages(fort: Fort, inbox: Path) -> None:
    secret = fort.data / "secret"
    secret.write_bytes(b"Subject: secret\r\n\r\n" + SECRET + b"\r\n")
    made = []
    with Wire(fort, "imap") as wire:
        log_in(wire)
        append(wire, GOOD)
        select(wire)
        for place in ("new", "cur"):
            folder = inbox / place
            names = [f"{place}{number}:2," for number in range(8)]
            (folder / names[0]).symlink_to(secret)
            (folder / names[1]).symlink_to("/etc/passwd")
            (folder / names[2]).symlink_to(names[2])
            (folder / names[3]).symlink_to("nowhere")
            os.mkfifo(folder / names[4])
            (folder / names[5]).mkdir()
            (folder / names[5] / "inside").write_bytes(GOOD)
            listening = socket.socket(socket.AF_UNIX)
            listening.bind(os.path.relpath(folder / names[6]))
            listening.close()
            if os.geteuid() == 0:
                os.mknod(folder / names[7], stat.S_IFCHR | 0o600, os.makedev(1, 5))
            made += [folder / name for name in names]
        lines = read_all(wire)
        assert any(line.startswith(b"* 1 EXISTS") for line in select(wire))
        assert not any(SECRET in line or b"root:" in line for line in lines)
        fort.serves()
    # Nothing of it was touched.
    left = [path for path in made if path.is_symlink() or path.exists()]
    assert len(left) >= len(made) - 2
    for path in left:
        if path.is_dir() and not path.is_symlink():
            (path / "inside").unlink()
            path.rmdir()
        else:
            path.unlink()


def test_a_file_that_becomes_a_link_is_never_followed(fort: Fort, inbox: Path) -> None:
    secret = fort.data / "secret"
    secret.write_bytes(b"Subject: secret\r\n\r\n" + SECRET + b"\r\n")
    with Wire(fort, "imap") as wire:
        log_in(wire)
        for _ in range(3):
            append(wire, GOOD)
        select(wire)
        for folder in ("new", "cur"):
            for path in (inbox / folder).iterdir():
                path.unlink()
                path.symlink_to(secret)
        lines = ask(wire, b"FETCH 1:3 BODY.PEEK[]") + ask(wire, b"SEARCH BODY password")
        ask(wire, b"COPY 1:3 Sent")
        ask(wire, b"STORE 1:3 +FLAGS (\\Seen)")
        lines += read_all(wire)
        select(wire, b"Sent")
        lines += ask(wire, b"FETCH 1:* BODY[]")
        assert not any(SECRET in line for line in lines)
    for folder in ("new", "cur"):
        for path in (inbox / folder).iterdir():
            path.unlink()


def test_folders_that_are_links_are_no_mailboxes(fort: Fort, inbox: Path) -> None:
    bob = fort.accounts["bob"].maildir
    with Wire(fort, "imap") as wire:
        log_in(wire, "bob")
        append(wire, b"Subject: secret\r\n\r\n" + SECRET + b"\r\n")
    (inbox / ".Linked").symlink_to(bob)
    (inbox / ".Half").mkdir()
    (inbox / ".Half" / "cur").symlink_to(bob / "cur")
    (inbox / ".Half" / "new").symlink_to(bob / "new")
    (inbox / ".Half" / "tmp").symlink_to(bob / "tmp")
    (inbox / ".Most").mkdir()
    (inbox / ".Most" / "cur").mkdir()
    (inbox / ".Most" / "new").symlink_to(bob / "new")
    (inbox / ".Most" / "tmp").symlink_to(bob / "tmp")
    with Wire(fort, "imap") as wire:
        log_in(wire)
        listed = ask(wire, b'LIST "" *')
        assert not any(name in line for line in listed for name in (b"Linked", b"Half", b"Most"))
        for name in (b"Linked", b"Half", b"Most"):
            assert ask(wire, b"SELECT " + name)[-1].startswith(b"a NO")
            assert ask(wire, b"STATUS " + name + b" (MESSAGES)")[-1].startswith(b"a NO")
        for name in (b"Linked", b"Half", b"Most"):
            ask(wire, b"DELETE " + name)
            ask(wire, b"RENAME " + name + b" Other")
    assert (bob / "cur").is_dir()
    assert sum(1 for part in ("new", "cur") for _ in (bob / part).iterdir())


ODD_NAMES = [
    b"1:2,S", b"1:2,Sabc", b"1:2,\xff\xfe", b"\xff\xfe\xfd", b"x:1,weird", b"x:2", b"y:", b":2,S",
    b":2,", b"a:2,S:2,T", b" ", b"a b c", b"tab\there", b"line\nfeed", b"cr\rlf\n", b"esc\x1b[2J",
    b"S=5", b"z,S=0:2,", b"z,S=999999999999999999999:2,", b"z2,S=-5,W=-9:2,S", b"z3,W=1:2,S",
    b"z4,S=12,S=13,W=x:2,", b"1" * 255, b"u,U=4294967295:2,", b"u2,U=1:2,", b"%s%n%d",
    b"-rf", b"~", b"0", b"99999999999999999999.x", b"w:2," + b"abcdefghijklmnopqrstuvwxyz" * 5,
    b"q:2,SSSS", b"r:2,PRSTDF", b"s:2,ZYX", b"t:2,S,extra", b"*", b"'\"\\",
]  # fmt: skip


def test_odd_names_and_wrong_sizes_are_messages_all_the_same(fort: Fort, inbox: Path) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire)
        select(wire)
        for name in ODD_NAMES:
            (inbox / "cur" / os.fsdecode(name)).write_bytes(GOOD)
        # Of one base name twice the second gets another, and is seen at the next look.
        select(wire)
        select(wire)
        exists = [line for line in select(wire) if line.endswith(b" EXISTS")]
        assert exists == [b"* %d EXISTS" % len(ODD_NAMES)]
        lines = ask(wire, b"FETCH 1:* (RFC822.SIZE BODY.PEEK[])")
        sizes = [line for line in lines if b" FETCH (" in line]
        assert len(sizes) == len(ODD_NAMES)
        assert all(b"BODY[] {%d}" % len(GOOD) in line for line in sizes)
        # What a name claims may be told before the file is read, never after.
        again = [line for line in ask(wire, b"FETCH 1:* RFC822.SIZE") if b" FETCH (" in line]
        assert all(b"RFC822.SIZE %d" % len(GOOD) in line for line in again)
        assert ask(wire, b"STORE 1:* +FLAGS (\\Flagged new)")[-1].startswith(b"a OK")
        assert ask(wire, b"STORE 1:* -FLAGS (\\Seen)")[-1].startswith(b"a OK")
        assert ask(wire, b"SEARCH FLAGGED UNSEEN")[0].count(b" ") == len(ODD_NAMES) + 1
        ask(wire, b"COPY 1:* Sent")
    with Wire(fort, "pop3") as wire:
        wire.line()
        wire.send(b"USER alice\r\nPASS correct horse\r\nUIDL\r\n")
        wire.line()
        assert wire.line().startswith(b"+OK %d " % len(ODD_NAMES))
        ids = [line.split()[1] for line in wire.until(b".")[1:-1]]
        assert len(set(ids)) == len(ODD_NAMES)
        assert all(len(each) <= 70 and each.isalnum() for each in ids)


def test_one_base_name_many_times_is_that_many_messages(fort: Fort, inbox: Path) -> None:
    with Wire(fort, "imap") as wire:
        log_in(wire)
        select(wire)
        for number, letters in enumerate(("", "S", "F", "FS", "T", "RS")):
            (inbox / "cur" / f"1.same:2,{letters}").write_bytes(GOOD + b"%d" % number)
        (inbox / "new" / "1.same").write_bytes(GOOD + b"new")
        select(wire)
        exists = [line for line in select(wire) if line.endswith(b" EXISTS")]
        assert exists == [b"* 7 EXISTS"]
        texts = {line for line in ask(wire, b"FETCH 1:* BODY.PEEK[]") if line[:1].isdigit()}
        texts |= {line for line in ask(wire, b"FETCH 1:* BODY.PEEK[TEXT]") if line == b"new)"}
        assert len(texts) == 7


def test_ten_thousand_files_of_garbage_at_once(fort: Fort, inbox: Path) -> None:
    with Wire(fort, "imap") as wire, Wire(fort, "imap") as other:
        log_in(wire)
        log_in(other, "bob")
        append(wire, GOOD)
        select(wire)
        for number in range(10_000):
            place = inbox / ("new" if number % 2 else "cur")
            (place / f"{number}.garbage").write_bytes(os.urandom(number % 300))
        wire.send(b"n NOOP\r\n")
        for _ in range(20):
            assert other.ask(b"o NOOP").startswith(b"o OK")
        wire.until(b"n ")
        before = fort.forget_peak()
        wire.send(b"f FETCH 1:* (ENVELOPE BODYSTRUCTURE FLAGS)\r\n")
        for _ in range(20):
            assert other.ask(b"o NOOP").startswith(b"o OK")
        count = sum(line.startswith(b"* ") for line in wire.until(b"f "))
        assert count == 10_001
        assert fort.peak() - before < 40 * 1024 * 1024
        ask(wire, b"STORE 1:* +FLAGS.SILENT (\\Deleted)")
        assert len(ask(wire, b"EXPUNGE")) >= 10_001


def disturb(inbox: Path, number: int) -> None:
    """What happens to a file is another thing each time."""
    for place in ("new", "cur"):
        for path in sorted((inbox / place).iterdir()):
            number += 1
            match number % 5:
                case 0:
                    path.write_bytes(b"")
                case 1:
                    path.write_bytes(GOOD * 10)
                case 2:
                    path.unlink()
                case 3:
                    path.rename(inbox / "cur" / (path.name.partition(":")[0] + ":2,FS"))
                case 4:
                    path.chmod(0)


def test_mail_that_comes_and_goes_while_it_is_read(fort: Fort, inbox: Path) -> None:
    """Files are renamed, cut short, grown and removed between commands of one session."""
    with Wire(fort, "imap") as wire:
        log_in(wire)
        select(wire)
        for round_ in range(12):
            append(wire, GOOD * 5)
            disturb(inbox, round_)
            for command in (
                b"FETCH 1:* (UID BODY.PEEK[])",
                b"FETCH 1:* (UID BODY.PEEK[1] BODYSTRUCTURE)",
                b"STORE 1:* +FLAGS (\\Answered)",
                b"SEARCH TEXT whole",
                b"NOOP",
            ):
                wire.send(b"a " + command + b"\r\n")
                ended = False
                while not ended:
                    line = wire.line_or_end()
                    assert line is not None, command
                    ended = line.startswith((b"a OK", b"a NO", b"a BAD"))
                    assert b"SERVERBUG" not in line
            for place in ("new", "cur"):
                for path in (inbox / place).iterdir():
                    path.chmod(0o600)
