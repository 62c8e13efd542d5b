"""Moving in from Dovecot and out again: no client may notice, none downloads again."""

from __future__ import annotations

import imaplib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clients import dump
from tests.clients.agent import Agent
from tests.clients.backends import DovecotBackend, backend_named, own_folder
from tests.clients.door import Door
from tests.clients.maildir import deliver, numbers
from tests.clients.messages import numbered
from tests.clients.target import Backend, Target
from tests.clients.test_getmail import getmail
from tests.clients.test_mbsync import Mbsync, transferred
from tests.clients.test_mpop import mpop

USER = "mover"

pytestmark = pytest.mark.timeout(600)


class Clients:
    """One reader's programs, which keep their state from server to server."""

    def __init__(self, target: Target, home: Path) -> None:
        self._home = home
        self._agent = Agent(home)
        self._mbsync = Mbsync(target, home)

    def run(self, target: Target) -> None:
        """Bring all of them up to date, and see that a second run finds nothing to do."""
        self._mbsync.run()
        mpop(target, self._home, "keep on")
        getmail(target, self._home, "SimplePOP3SSLRetriever", self._agent)
        self.expect_nothing_new(target)
        assert self._mbsync.numbers() == numbers(target.maildir)

    def expect_nothing_new(self, target: Target) -> None:
        assert not transferred(self._mbsync.run())
        assert "retrieving" not in mpop(target, self._home, "keep on").output
        fetched = getmail(target, self._home, "SimplePOP3SSLRetriever", self._agent)
        assert "0 messages" in fetched.output


class Move:
    """Dovecot and the server under test on one Maildir, behind one door."""

    def __init__(self, name: str, workspace: Path, separator: str, extra: str = "") -> None:
        self.ours = backend_named(name, workspace / "ours", [USER])
        self.ours.start()
        maildir = self.ours.targets()[0].maildir
        self.ours.stop()
        self.ours.drop_index()
        # What Dovecot finds has to be Dovecot's own work.
        shutil.rmtree(maildir)
        # Started by root, Dovecot reads mail as another user, who has to get there.
        for folder in maildir.relative_to(workspace).parents:
            (workspace / folder).chmod(0o755)
        self.dovecot = DovecotBackend(
            workspace / "dovecot", {USER: maildir}, separator=separator, extra=extra
        )
        self._door = Door(workspace)

    @contextmanager
    def served_by(self, backend: Backend) -> Iterator[Target]:
        backend.start()
        try:
            yield self._door.open_to(backend.targets()[0])
        finally:
            backend.stop()

    def close(self) -> None:
        self._door.close()


def commands(session: imaplib.IMAP4_SSL, *lines: tuple[str, ...]) -> None:
    """Run IMAP commands, each of which has to succeed."""
    for name, *arguments in lines:
        answer, data = session._simple_command(name, *arguments)
        assert answer == "OK", (name, arguments, data)


def fill(target: Target, separator: str) -> None:
    """Mail with gaps in its UIDs, flags and keywords, in mailboxes of all kinds."""
    nested = f'"Work{separator}2026{separator}Q&AOk-"'
    with dump.connect(target) as session:
        commands(
            session,
            ("CREATE", '"Entw&APw-rfe"'),
            ("CREATE", '"&ZeVnLIqe-"'),
            ("CREATE", nested),
            ("CREATE", '"With blanks &- such"'),
            ("CREATE", '"work"'),
            ("CREATE", '"Say \\"hello\\" ~ 100%*"'),
            ("CREATE", f'"INBOX{separator}Child"'),
            ("SUBSCRIBE", '"Entw&APw-rfe"'),
            ("SUBSCRIBE", nested),
            ("SUBSCRIBE", "INBOX"),
        )
        for number in range(20):
            flags = ("", r"\Seen", r"\Flagged $label1", r"\Seen \Answered work urgent")[number % 4]
            date = imaplib.Time2Internaldate(1_700_000_000 + 86_400 * number)
            for mailbox in ("INBOX", '"Entw&APw-rfe"', nested)[: 1 + number % 3]:
                assert session.append(mailbox, flags, date, numbered(number))[0] == "OK"
        session.select()
        commands(
            session,
            ("STORE", "3,9,20", "+FLAGS.SILENT", r"(\Deleted)"),
            ("EXPUNGE",),
            ("STORE", "4:7", "+FLAGS.SILENT", "($Forwarded NonJunk)"),
            ("COPY", "1:4", '"&ZeVnLIqe-"'),
            ("STORE", "1", "+FLAGS.SILENT", r"(\Deleted)"),
        )
        session.unselect()
    for number in (20, 21):
        deliver(target.maildir, numbered(number))
    leave(target, ODD, 60)


ODD = (
    b"Subject: CRLF on disk\r\n\r\nBody\r\n",
    b"Subject: both line ends\r\n\nBody\n\r\n",
    b"Subject: no line end at the end\n\nBody",
    b"Subject: carriage returns\n\nOne\rtwo\r\r\nthree\n\r",
    b"Subject: octets \xff\xfe\x80\n\n\xc3\x28\xa0\n.\n",
    b"Subject: long line\n\n" + b"x" * 100_000 + b"\n",
)
"""What delivery agents leave in Maildirs, besides the usual."""

HEADER_ONLY = (b"Subject: no body\n", b"Subject: no empty line and no line end", b"")
"""More of that; mbsync takes such messages from no server."""


def leave(target: Target, odd: Sequence[bytes], first_number: int) -> None:
    for number, octets in enumerate(odd, first_number):
        deliver(target.maildir, b"X-Number: %d\n" % number + octets, as_it_is=True)


def change(target: Target) -> None:
    """What a reader does in a week: flags, new mail, expunges, a new mailbox."""
    before = dump.mailbox(target)
    uids = before.uids()
    deliver(target.maildir, numbered(30))
    with dump.connect(target) as session:
        session.select()
        commands(
            session,
            ("UID", "STORE", str(uids[1]), "-FLAGS.SILENT", r"(\Seen)"),
            ("UID", "STORE", str(uids[4]), "+FLAGS.SILENT", r"(\Flagged work newword)"),
            ("UID", "STORE", f"{uids[5]},{uids[20]}", "+FLAGS.SILENT", r"(\Deleted)"),
            ("UID", "EXPUNGE", f"{uids[5]},{uids[20]}"),
            ("CREATE", '"Neu &- sch&APY-n"'),
            ("SUBSCRIBE", '"Neu &- sch&APY-n"'),
            ("UNSUBSCRIBE", '"Entw&APw-rfe"'),
            ("UID", "COPY", str(uids[4]), '"Neu &- sch&APY-n"'),
        )
        for number in (31, 32):
            flags = r"(\Seen laterword)"
            assert session.append("INBOX", flags, '"01-Feb-2020 10:00:00 +0100"', numbered(number))
    after = dump.mailbox(target)
    assert after.uid_validity == before.uid_validity
    kept = {number: uid for number, uid in uids.items() if number not in (5, 20)}
    assert after.uids().items() >= kept.items()
    assert set(after.uids()) - set(kept) == {30, 31, 32}
    assert after.flags()[4] == ("$Forwarded", "NonJunk", "\\Flagged", "\\Seen", "newword", "work")


@pytest.fixture(params=[".", "/"], ids=["dot", "slash"])
def separator(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder of this test's own with a short name: sockets lie below it."""
    with own_folder() as folder:
        yield folder


@pytest.fixture
def move(target_name: str, place: Path, separator: str) -> Iterator[Move]:
    opened = Move(target_name, place, separator)
    yield opened
    opened.close()


def test_nothing_changes_for_clients_when_mail_moves_in_and_out(
    move: Move, separator: str, home: Path
) -> None:
    with move.served_by(move.dovecot) as target:
        fill(target, separator)
        clients = Clients(target, home)
        clients.run(target)
        left = dump.dump(target)
        assert len(left.maildrop) == 24
    with move.served_by(move.ours) as target:
        assert dump.dump(target) == left
        clients.expect_nothing_new(target)
        assert dump.dump(target) == left
        change(target)
        clients.run(target)
        changed = dump.dump(target)
    move.ours.drop_index()
    with move.served_by(move.ours) as target:
        assert dump.dump(target) == changed
        clients.expect_nothing_new(target)
    with move.served_by(move.dovecot) as target:
        assert dump.dump(target) == changed
        clients.expect_nothing_new(target)
        change_again(target)
        clients.run(target)
        back = dump.dump(target)
    with move.served_by(move.ours) as target:
        assert dump.dump(target) == back
        clients.expect_nothing_new(target)


def change_again(target: Target) -> None:
    with dump.connect(target) as session:
        session.select()
        commands(
            session,
            ("STORE", "1:3", "+FLAGS.SILENT", r"(\Answered thirdword)"),
            ("STORE", "2", "+FLAGS.SILENT", r"(\Deleted)"),
            ("EXPUNGE",),
        )
        assert session.append("INBOX", "(newword)", "", numbered(40))[0] == "OK"


def test_messages_that_arrive_between_two_servers_get_the_next_uids(move: Move) -> None:
    with move.served_by(move.dovecot) as target:
        fill(target, move.dovecot.separator)
        leave(target, HEADER_ONLY, 80)
        before = dump.mailbox(target)
    for number in (50, 51):
        deliver(target.maildir, numbered(number))
    with move.served_by(move.ours) as target:
        after = dump.mailbox(target)
        assert after.uid_validity == before.uid_validity
        new = {uid for uid in after.messages if uid not in before.messages}
        assert new == {before.uid_next, before.uid_next + 1}
        assert after.messages.items() >= before.messages.items()
    with move.served_by(move.dovecot) as target:
        assert dump.mailbox(target) == after


def test_unique_ids_that_dovecot_saved_are_kept(target_name: str, place: Path, home: Path) -> None:
    format_ = "pop3_uidl_format = %v-%u-old\npop3_save_uidl = yes\n"
    move = Move(target_name, place, ".", format_)
    with move.served_by(move.dovecot) as target:
        fill(target, ".")
        before = dump.maildrop(target)
        assert all(name.endswith("-old") for name, _ in before)
    for _ in range(2):
        with move.served_by(move.ours) as target:
            assert dump.maildrop(target) == before
        move.ours.drop_index()
    with move.served_by(move.dovecot) as target:
        assert dump.maildrop(target) == before
    move.close()
