"""kill -9 under load: what was acknowledged is there, once, whole, under its UID."""

from __future__ import annotations

import hashlib
import imaplib
import random
import re
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.clients import dump
from tests.clients.backends import backend_named, own_folder
from tests.clients.maildir import numbers
from tests.clients.messages import numbered
from tests.clients.target import Backend, Target

ROUNDS = 6
CONNECTIONS = 4
USER = "loaded"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

_APPENDUID = re.compile(rb"\[APPENDUID (\d+) (\d+)\]")


class Load:
    """Connections that append and flag messages until the server is gone.

    ``appended`` holds the numbers that were acknowledged with the UIDs that were told,
    ``flagged`` the UIDs whose flag was acknowledged.
    """

    def __init__(self, target: Target, first_number: int) -> None:
        self.appended: dict[int, tuple[int, int]] = {}
        self.flagged: set[int] = set()
        self.attempted: set[int] = set()
        self.errors: list[BaseException] = []
        self._target = target
        self._next = first_number
        self._ended = False
        self._lock = threading.Condition()
        self._threads = [
            threading.Thread(target=self._guarded, args=(self._append,)) for _ in range(CONNECTIONS)
        ] + [threading.Thread(target=self._guarded, args=(self._flag,))]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wait_for(self, acknowledged: int) -> None:
        """Return when so many messages were acknowledged."""
        with self._lock:
            enough = self._lock.wait_for(
                lambda: self.errors or len(self.appended) >= acknowledged, 120
            )
        assert enough, "the server does not answer"

    def join(self) -> None:
        """Call it once the server is gone."""
        with self._lock:
            self._ended = True
            self._lock.notify_all()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (imaplib.IMAP4.abort, OSError):
            return  # The server was killed.
        except BaseException as error:
            with self._lock:
                self.errors.append(error)
                self._lock.notify_all()

    def _append(self) -> None:
        session = dump.connect(self._target)
        while True:
            with self._lock:
                number = self._next
                self._next += 1
                self.attempted.add(number)
            answer, data = session.append("INBOX", r"(\Seen)", "", numbered(number))
            assert answer == "OK", data
            found = _APPENDUID.search(data[0])
            assert found, data
            with self._lock:
                self.appended[number] = int(found[1]), int(found[2])
                self._lock.notify_all()

    def _flag(self) -> None:
        session = dump.connect(self._target)
        session.select()
        while not self._ended:
            with self._lock:
                self._lock.wait_for(
                    lambda: self._ended or len(self.appended) > len(self.flagged), 120
                )
                known = {uid for _, uid in self.appended.values()}
            for uid in sorted(known - self.flagged):
                session.noop()
                answer, data = session.uid("STORE", str(uid), "+FLAGS", r"(\Flagged kept)")
                assert answer == "OK", data
                assert data != [None], f"UID {uid} was told and is not there"
                with self._lock:
                    self.flagged.add(uid)


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
        load = Load(server.targets()[0], first_number=max(attempted, default=0) + 1)
        load.start()
        load.wait_for(moments.randrange(1, 60))
        server.kill()
        load.join()
        assert not load.errors, load.errors
        appended |= load.appended
        attempted |= load.attempted
        flagged |= load.flagged
        server.start()
        _check(server.targets()[0], appended, attempted, flagged)
    # And once more from the Maildir alone.
    server.kill()
    server.drop_index()
    server.start()
    _check(server.targets()[0], appended, attempted, flagged)


def _check(
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
