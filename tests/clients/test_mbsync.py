"""mbsync (isync): two-way synchronisation of a local Maildir with the server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.clients import dump
from tests.clients.maildir import deliver, numbers, set_letters, stored
from tests.clients.messages import numbered
from tests.clients.programs import Ended, require, run
from tests.clients.target import Target


class Mbsync:
    """A local Maildir++ below ``home`` that mirrors every mailbox of the target."""

    def __init__(self, target: Target, home: Path, *, tls: str = "IMAPS") -> None:
        require("mbsync")
        self.local = home / "local"
        self.local.mkdir()
        self._home = home
        self._configuration = home / "mbsyncrc"
        port = target.imaps if tls == "IMAPS" else target.imap
        self._configuration.write_text(
            f"""\
IMAPAccount server
Host {target.host}
Port {port}
User {target.user}
Pass {target.password}
SSLType {tls}
SystemCertificates no
CertificateFile {target.ca_file}

IMAPStore far
Account server

MaildirStore near
Path {self.local}/
Inbox {self.local}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
SyncState *
CopyArrivalDate yes
"""
        )

    def run(self) -> Ended:
        return run(["mbsync", "-Dn", "-c", self._configuration, "all"], home=self._home)

    def folder(self, name: str) -> Path:
        return self.local / name

    def numbers(self, name: str = "INBOX") -> list[int]:
        return numbers(self.folder(name))

    def letters(self, name: str = "INBOX") -> dict[int, str]:
        return {number: message.letters for number, message in stored(self.folder(name)).items()}


def transferred(ended: Ended) -> list[str]:
    """The commands of a run that moved a message or a flag, in either direction."""
    return re.findall(r">>> \d+ (.*(?:BODY.PEEK\[\]|APPEND|STORE|EXPUNGE|CREATE).*)", ended.output)


def without_tuid(octets: bytes) -> bytes:
    """mbsync adds a field to what it uploads, by which to find it again."""
    return re.sub(rb"X-TUID: [^\r]*\r\n", b"", octets)


@pytest.fixture
def mbsync(target: Target, home: Path) -> Mbsync:
    return Mbsync(target, home)


def test_second_run_transfers_nothing(target: Target, mbsync: Mbsync) -> None:
    for number in range(10):
        deliver(target.maildir, numbered(number))
    assert transferred(mbsync.run())
    assert mbsync.numbers() == list(range(10))
    for number, message in stored(mbsync.folder("INBOX")).items():
        assert without_tuid(message.octets) == numbered(number)
    before = dump.dump(target)
    assert not transferred(mbsync.run())
    assert dump.dump(target) == before


def test_flags_go_both_ways(target: Target, mbsync: Mbsync) -> None:
    for number in range(6):
        deliver(target.maildir, numbered(number))
    mbsync.run()
    with dump.connect(target) as session:
        uids = dump.mailbox(target).uids()
        session.select()
        session.uid("STORE", str(uids[0]), "+FLAGS", r"(\Seen \Flagged)")
        session.uid("STORE", str(uids[1]), "+FLAGS", r"(\Answered)")
    near = stored(mbsync.folder("INBOX"))
    set_letters(near[2], "S")
    set_letters(near[3], "FRS")
    mbsync.run()
    assert mbsync.letters() == {0: "FS", 1: "R", 2: "S", 3: "FRS", 4: "", 5: ""}
    assert dump.mailbox(target).flags() == {
        0: ("\\Flagged", "\\Seen"),
        1: ("\\Answered",),
        2: ("\\Seen",),
        3: ("\\Answered", "\\Flagged", "\\Seen"),
        4: (),
        5: (),
    }
    assert not transferred(mbsync.run())


def test_new_messages_go_both_ways(target: Target, mbsync: Mbsync) -> None:
    deliver(target.maildir, numbered(0))
    mbsync.run()
    deliver(target.maildir, numbered(1))
    deliver(mbsync.folder("INBOX"), numbered(2))
    deliver(mbsync.folder("INBOX"), numbered(7))
    mbsync.run()
    assert mbsync.numbers() == numbers(target.maildir) == [0, 1, 2, 7]
    for number in (2, 7):
        assert without_tuid(stored(target.maildir)[number].octets) == numbered(number)
    assert not transferred(mbsync.run())


def test_expunges_go_both_ways(target: Target, mbsync: Mbsync) -> None:
    for number in range(6):
        deliver(target.maildir, numbered(number))
    mbsync.run()
    with dump.connect(target) as session:
        session.select()
        session.uid("STORE", str(dump.mailbox(target).uids()[0]), "+FLAGS", r"(\Deleted)")
        session.expunge()
    near = stored(mbsync.folder("INBOX"))
    near[1].path.unlink()
    set_letters(near[2], "T")
    before = dump.mailbox(target)
    mbsync.run()
    assert mbsync.numbers() == numbers(target.maildir) == [3, 4, 5]
    after = dump.mailbox(target)
    assert after.uid_validity == before.uid_validity
    assert after.uid_next == before.uid_next
    assert not transferred(mbsync.run())


def test_new_mailboxes_go_both_ways(target: Target, mbsync: Mbsync) -> None:
    mbsync.run()
    with dump.connect(target) as session:
        session.create("Far")
        session.append("Far", "", "", numbered(1))
        session.create('"Entw&APw-rfe"')
        session.append('"Entw&APw-rfe"', r"\Seen", "", numbered(2))
    near = mbsync.folder("Near")
    for place in ("tmp", "new", "cur"):
        (near / place).mkdir(parents=True)
    deliver(near, numbered(3))
    mbsync.run()
    assert mbsync.numbers("Far") == [1]
    assert mbsync.letters("Entw&APw-rfe") == {2: "S"}
    assert numbers(target.maildir, "Near") == [3]
    assert not transferred(mbsync.run())


def test_starttls(target: Target, home: Path) -> None:
    deliver(target.maildir, numbered(1))
    mbsync = Mbsync(target, home, tls="STARTTLS")
    mbsync.run()
    assert mbsync.numbers() == [1]
