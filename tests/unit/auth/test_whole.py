"""All of it together: real hashes, real threads, a real users file."""

from __future__ import annotations

import queue
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.portal import IRealm, Portal
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailstore.account.account import Account
from mailstore.auth import ports
from mailstore.auth.checker import UsersChecker
from mailstore.auth.crypt_process import CryptProcesses
from mailstore.auth.failure_delay import FailureDelay
from mailstore.auth.passwords import is_known, verify
from mailstore.auth.realm import MailRealm
from mailstore.auth.sign_in import CredSignIn
from mailstore.auth.users import Users
from mailstore.auth.verified import VerifiedPasswords
from mailstore.auth.work_pool import WorkPool
from mailstore.config.users import UsersFile
from mailstore.model.errors import AuthenticationFailed
from tests.unit.auth.fakes import FakeLog, at_once, result_of

T = TypeVar("T")

# Of "pässword 1"; sha512-crypt and sha1.
USERS = """\
users:
  ada:
    password: "{CRYPT}$6$rounds=1000$saltsalt$LpbUuSkOxu/vg/HbLhWYyO9j1M1J/MWO4e8GVf138hLitJ0fXki\
GRg2bjfTk2oHKX1aa.Vv3OoL3QdQPe3rrz/"  # from the old server
  bob:
    password: "{SSHA}idX3pKaj4FpK0K4cUUxogwqgcipzYWx0c2FsdA=="
"""
PASSWORD = "pässword 1".encode()


class Reactor(Clock):
    """A clock, and calls from threads that the test handles."""

    def __init__(self) -> None:
        super().__init__()
        self.from_threads: queue.Queue[Callable[[], Any]] = queue.Queue()

    def callFromThread(self, call: Callable[..., Any], /, *args: Any) -> None:  # noqa: N802
        self.from_threads.put(lambda: call(*args))

    def wait(self, deferred: Deferred[T]) -> T:
        while not deferred.called:
            self.from_threads.get(timeout=60)()
            self.advance(10)
        return result_of(deferred)


def test_old_hashes_let_users_in_once_and_are_then_replaced_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "users.yaml"
    path.write_text(USERS, encoding="utf-8")
    reactor = Reactor()
    log = FakeLog()
    pool, processes = WorkPool(reactor), CryptProcesses()
    users = Users(UsersFile(path, known_hash=is_known), at_once, cast(ports.Clock, reactor), log)
    users.load()
    verified = VerifiedPasswords(reactor.seconds)
    checker = UsersChecker(users, verified, pool.run, processes.verify, log)
    realm = MailRealm(users, lambda user: Account(user.name, cast(Any, None), lambda: None))
    portal = Portal(cast(IRealm, realm), [cast(ICredentialsChecker, checker)])
    delay = FailureDelay(reactor.seconds, str)
    sign_in = CredSignIn(portal, delay, cast(ports.Clock, reactor), log)
    pool.start()

    def login(user: bytes, password: bytes) -> str:
        return reactor.wait(sign_in.authenticate(user, password, "192.0.2.1", "imap")).user

    try:
        assert login(b"ada", PASSWORD) == "ada"
        assert login(b"Bob", PASSWORD) == "bob"
        assert login(b"ada", PASSWORD) == "ada"
        for user, password in ((b"ada", b"wrong"), (b"carol", PASSWORD)):
            with pytest.raises(AuthenticationFailed):
                login(user, password)
    finally:
        result_of(users.flush())
        pool.stop()
        processes.close()
    written = UsersFile(path, known_hash=is_known).load()
    for name in ("ada", "bob"):
        assert written[name].password.startswith("$argon2id$")
        assert verify("pässword 1", written[name].password)
    assert "# from the old server" in path.read_text()
    assert "hashes-replaced users=1" in log.lines
    assert PASSWORD.decode() not in "".join(log.lines)

    path.write_text("users: {ada: {}}\n")
    assert result_of(users.reload()) is False
    assert len(users) == 2
