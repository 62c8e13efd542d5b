"""offlineimap: two-way synchronisation, with FETCH and STORE where mbsync would batch."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from tests.clients import dump
from tests.clients.maildir import deliver, numbers, set_letters, stored
from tests.clients.messages import numbered
from tests.clients.programs import Ended, NotEnded, require, run
from tests.clients.target import Target


class Offlineimap:
    """A local Maildir below ``home`` that mirrors every mailbox of the target."""

    def __init__(self, target: Target, home: Path, *, starttls: bool = False) -> None:
        require("offlineimap")
        self.local = home / "local"
        self._home = home
        self._configuration = home / "offlineimaprc"
        self._configuration.write_text(
            f"""\
[general]
accounts = test
metadata = {home}/metadata

[Account test]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = {self.local}
utf8foldernames = no

[Repository far]
type = IMAP
remotehost = {target.host}
remoteport = {target.imap if starttls else target.imaps}
remoteuser = {target.user}
remotepass = {target.password}
ssl = {"no" if starttls else "yes"}
starttls = {"yes" if starttls else "no"}
sslcacertfile = {target.ca_file}
"""
        )

    def run(self, attempts: int = 1) -> Ended:
        """``attempts`` is more than 1 for STARTTLS only.

        There its imaplib2 loses a race now and then: two of its threads use the TLS
        session at once, and it fails or waits for ever without sending a command.
        """
        command = ["offlineimap", "-c", self._configuration, "-o", "-u", "basic"]
        for _ in range(attempts - 1):
            with contextlib.suppress(NotEnded):
                ended = run(command, home=self._home, expect=range(256), deadline_s=20)
                if ended.status == 0:
                    return ended
        return run(command, home=self._home)

    def numbers(self, name: str = "INBOX") -> list[int]:
        return numbers(self.local / name)

    def letters(self, name: str = "INBOX") -> dict[int, str]:
        return {number: message.letters for number, message in stored(self.local / name).items()}


@pytest.fixture
def offlineimap(target: Target, home: Path) -> Offlineimap:
    return Offlineimap(target, home)


def copied(ended: Ended) -> bool:
    return "Copy message" in ended.output


def test_second_run_transfers_nothing(target: Target, offlineimap: Offlineimap) -> None:
    for number in range(8):
        deliver(target.maildir, numbered(number))
    assert copied(offlineimap.run())
    assert offlineimap.numbers() == list(range(8))
    for number, message in stored(offlineimap.local / "INBOX").items():
        assert message.octets == numbered(number)
    before = dump.dump(target)
    assert not copied(offlineimap.run())
    assert dump.dump(target) == before


def test_flags_messages_and_deletions_go_both_ways(
    target: Target, offlineimap: Offlineimap
) -> None:
    for number in range(6):
        deliver(target.maildir, numbered(number))
    offlineimap.run()
    uids = dump.mailbox(target).uids()
    with dump.connect(target) as session:
        session.select()
        session.uid("STORE", str(uids[0]), "+FLAGS", r"(\Seen)")
        session.uid("STORE", str(uids[1]), "+FLAGS", r"(\Deleted)")
        session.expunge()
    near = stored(offlineimap.local / "INBOX")
    set_letters(near[2], "FS")
    near[3].path.unlink()
    deliver(offlineimap.local / "INBOX", numbered(9))
    offlineimap.run()
    assert offlineimap.letters() == {0: "S", 2: "FS", 4: "", 5: "", 9: ""}
    assert dump.mailbox(target).flags() == {
        0: ("\\Seen",),
        2: ("\\Flagged", "\\Seen"),
        4: (),
        5: (),
        9: (),
    }
    assert not copied(offlineimap.run())


def test_new_mailboxes_go_both_ways(target: Target, offlineimap: Offlineimap) -> None:
    offlineimap.run()
    with dump.connect(target) as session:
        session.create("Far")
        session.append("Far", "", "", numbered(1))
    near = offlineimap.local / "Near"
    for place in ("tmp", "new", "cur"):
        (near / place).mkdir(parents=True)
    deliver(near, numbered(2))
    offlineimap.run()
    assert offlineimap.numbers("Far") == [1]
    assert numbers(target.maildir, "Near") == [2]


@pytest.mark.timeout(300)
def test_starttls(target: Target, home: Path) -> None:
    deliver(target.maildir, numbered(1))
    offlineimap = Offlineimap(target, home, starttls=True)
    offlineimap.run(attempts=6)
    assert offlineimap.numbers() == [1]
