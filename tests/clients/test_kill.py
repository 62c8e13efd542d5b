"""kill -9 under load: what was acknowledged is there, once, whole, under its UID."""

from __future__ import annotations

import hashlib
import imaplib
import random
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.clients import dump
from tests.clients.backends import backend_named, own_folder
from tests.clients.maildir import numbers
from tests.clients.messages import numbered
from tests.clients.target import Backend, Target

ROUNDS = 6
CONNECTIONS = 4
USER = "loaded"
PATIENCE_S = 120.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

_APPENDUID = re.compile(rb"\[APPENDUID (\d+) (\d+)\]")


class Load:
    """Connections that give the server work until it is gone."""

    def __init__(self) -> None:
        self.lock = threading.Condition()
        self.ended = False
        self._acknowledged = 0
        self._errors: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def start(self, works: list[Callable[[], None]]) -> None:
        for work in works:
            thread = threading.Thread(target=self._guarded, args=(work,))
            self._threads.append(thread)
            thread.start()

    def acknowledged(self) -> None:
        """Call it with the lock held, once for each OK."""
        self._acknowledged += 1
        self.lock.notify_all()

    def wait_for(self, acknowledged: int) -> None:
        """Return when so much work was acknowledged."""
        with self.lock:
            enough = self.lock.wait_for(
                lambda: self._errors or self._acknowledged >= acknowledged, PATIENCE_S
            )
        assert enough, "the server does not answer"

    def join(self) -> None:
        """Call it once the server is gone."""
        with self.lock:
            self.ended = True
            self.lock.notify_all()
        for thread in self._threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
        assert not self._errors, self._errors

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (imaplib.IMAP4.abort, OSError):
            return  # The server was killed.
        except BaseException as error:
            with self.lock:
                self._errors.append(error)
                self.lock.notify_all()


class Appending(Load):
    """Appends and flags messages.

    ``appended`` holds the numbers that were acknowledged, with UIDVALIDITY and the UID that
    were told, ``flagged`` the UIDs whose flags were acknowledged.
    """

    def __init__(self, target: Target, first_number: int) -> None:
        super().__init__()
        self.appended: dict[int, tuple[int, int]] = {}
        self.flagged: set[int] = set()
        self.attempted: set[int] = set()
        self._target = target
        self._next = first_number
        self.start([self._append] * CONNECTIONS + [self._flag])

    def _append(self) -> None:
        session = dump.connect(self._target)
        while True:
            with self.lock:
                number = self._next
                self._next += 1
                self.attempted.add(number)
            answer, data = session.append("INBOX", r"(\Seen)", "", numbered(number))
            assert answer == "OK", data
            found = _APPENDUID.search(data[0])
            assert found, data
            with self.lock:
                self.appended[number] = int(found[1]), int(found[2])
                self.acknowledged()

    def _flag(self) -> None:
        session = dump.connect(self._target)
        session.select()
        while not self.ended:
            with self.lock:
                self.lock.wait_for(
                    lambda: self.ended or len(self.appended) > len(self.flagged), PATIENCE_S
                )
                known = {uid for _, uid in self.appended.values()}
            for uid in sorted(known - self.flagged):
                session.noop()
                answer, data = session.uid("STORE", str(uid), "+FLAGS", r"(\Flagged kept)")
                assert answer == "OK", data
                assert data != [None], f"UID {uid} was told and is not there"
                with self.lock:
                    self.flagged.add(uid)


class Moving(Load):
    """Moves messages out of INBOX, each connection its own share of them.

    ``moved`` holds the numbers that were acknowledged, with the UID in the new mailbox.
    """

    def __init__(self, target: Target, uids: dict[int, int]) -> None:
        super().__init__()
        self.moved: dict[int, int] = {}
        self._target = target
        shares = [list(uids.items())[place::CONNECTIONS] for place in range(CONNECTIONS)]
        self.start([partial(self._move, share) for share in shares])

    def _move(self, share: list[tuple[int, int]]) -> None:
        session = dump.connect(self._target)
        session.select()
        for number, uid in share:
            answer, data = session.uid("MOVE", str(uid), "Archive")
            assert answer == "OK", data
            [told] = session.response("COPYUID")[1]
            assert isinstance(told, bytes), told
            _, source, copy = told.split()
            assert int(source) == uid
            with self.lock:
                self.moved[number] = int(copy)
                self.acknowledged()


@pytest.fixture
def server(target_name: str) -> Iterator[Backend]:
    with own_folder() as folder:
        opened = backend_named(target_name, folder, [USER])
        opened.start()
        yield opened
        opened.stop()


def test_acknowledged_messages_survive_kill_9(server: Backend) -> None:
    moments = random.Random(20_260_101)
    appended: dict[int, tuple[int, int]] = {}
    attempted: set[int] = set()
    flagged: set[int] = set()
    for _ in range(ROUNDS):
        load = Appending(server.targets()[0], first_number=max(attempted, default=0) + 1)
        load.wait_for(moments.randrange(1, 60))
        server.kill()
        load.join()
        appended |= load.appended
        attempted |= load.attempted
        flagged |= load.flagged
        server.start()
        _check_appended(server.targets()[0], appended, attempted, flagged)
    # And once more from the Maildir alone.
    server.kill()
    server.drop_index()
    server.start()
    _check_appended(server.targets()[0], appended, attempted, flagged)


def _check_appended(
    target: Target,
    appended: dict[int, tuple[int, int]],
    attempted: set[int],
    flagged: set[int],
) -> None:
    found = dump.mailbox(target)
    present = [message.number for message in found.messages.values()]
    assert len(present) == len(set(present)), "a message is there twice"
    assert set(appended) <= set(present) <= attempted
    assert numbers(target.maildir) == sorted(present)
    assert found.uid_next > max(found.messages)
    for uid, message in found.messages.items():
        digest = hashlib.sha256(numbered(message.number)).hexdigest()
        assert message.digest == digest, f"message {message.number} is not whole"
        told = appended.get(message.number, (found.uid_validity, uid))
        assert told == (found.uid_validity, uid)
        assert "\\Seen" in message.flags
        if uid in flagged:
            assert {"\\Flagged", "kept"} <= set(message.flags)


def test_moved_messages_survive_kill_9(server: Backend) -> None:
    moments = random.Random(20_260_202)
    everything = set(range(150))
    with dump.connect(server.targets()[0]) as session:
        session.create("Archive")
        for number in sorted(everything):
            session.append("INBOX", "", "", numbered(number))
    moved: dict[int, int] = {}
    for _ in range(ROUNDS):
        target = server.targets()[0]
        load = Moving(target, dump.mailbox(target).uids())
        load.wait_for(moments.randrange(1, 20))
        server.kill()
        load.join()
        moved |= load.moved
        server.start()
        _check_moved(server.targets()[0], everything, moved)


def _check_moved(target: Target, everything: set[int], moved: dict[int, int]) -> None:
    left, there = dump.mailbox(target), dump.mailbox(target, "Archive")
    for mailbox in (left, there):
        assert len(mailbox.uids()) == len(mailbox.messages), "a message is there twice"
        for message in mailbox.messages.values():
            assert message.digest == hashlib.sha256(numbered(message.number)).hexdigest()
    # One whose move was not acknowledged may be in both, but not in neither.
    assert left.uids().keys() | there.uids().keys() == everything
    assert not left.uids().keys() & moved.keys()
    assert there.uids().items() >= moved.items()
