"""Who gets in, and that a refusal costs the same whoever it is for.

Costs are counted in verifications, not in time.
"""

from __future__ import annotations

from typing import cast

import pytest
from twisted.cred.credentials import IUsernamePassword, UsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock

from mailstore.auth import checker as checker_module
from mailstore.auth import passwords
from mailstore.auth.checker import UsersChecker
from mailstore.auth.crypt_process import CryptFailed
from mailstore.auth.ports import InThread
from mailstore.auth.users import Users
from mailstore.auth.verified import KEEP_S, VerifiedPasswords
from mailstore.auth.work_pool import Busy
from mailstore.model.errors import AuthenticationUnavailable
from mailstore.model.user import UserEntry
from tests.unit.auth.fakes import FakeLog, FakeSource, Later, at_once, result_of


class Rig:
    """A checker whose hashes are ``<scheme>:<password>``, and who counts what it verifies."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *users: UserEntry) -> None:
        self.clock = Clock()
        self.log = FakeLog()
        self.source = FakeSource(*users)
        self.users = Users(self.source, at_once, self.clock, self.log)
        self.users.load()
        self.verified: list[str] = []
        self.in_process: list[str] = []
        self.broken = False
        monkeypatch.setattr(passwords, "verify", self._verify)
        monkeypatch.setattr(passwords, "decoy", lambda: "new:decoy")
        monkeypatch.setattr(passwords, "holds_interpreter", lambda h: h.startswith("slow:"))
        monkeypatch.setattr(passwords, "replacement", self._replacement)
        assert vars(checker_module)["passwords"] is passwords
        self.use(at_once)

    def use(self, in_thread: InThread) -> None:
        self.checker = UsersChecker(
            self.users,
            VerifiedPasswords(self.clock.seconds),
            in_thread,
            self._verify_in_process,
            self.log,
        )

    def _verify(self, password: str, hashed: str) -> bool:
        self.verified.append(hashed)
        return hashed.partition(":")[2] == password

    def _verify_in_process(self, password: str, hashed: str) -> bool:
        if self.broken:
            raise CryptFailed("the child process died")
        self.in_process.append(hashed)
        return hashed.partition(":")[2] == password

    def _replacement(self, password: str, hashed: str) -> str | None:
        return None if hashed.startswith("new:") else f"new:{password}"

    def ask(self, user: bytes, password: bytes) -> Deferred[str]:
        credentials = cast(IUsernamePassword, UsernamePassword(user, password))
        return self.checker.requestAvatarId(credentials)

    def login(self, user: str | bytes, password: str | bytes) -> str:
        octets = [x.encode() if isinstance(x, str) else x for x in (user, password)]
        return result_of(self.ask(*octets))

    def refused(self, user: str | bytes, password: str | bytes) -> None:
        with pytest.raises(UnauthorizedLogin):
            self.login(user, password)


ADA = UserEntry("Ada", "new:secret")
BOB = UserEntry("bob", "new:builder")
GONE = UserEntry("gone", "new:secret", disabled=True)


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    return Rig(monkeypatch, ADA, BOB, GONE)


def test_the_right_password_gives_the_name_as_the_file_has_it(rig: Rig) -> None:
    assert rig.login("ada", "secret") == "Ada"
    assert rig.login("BOB", "builder") == "bob"


@pytest.mark.parametrize(
    ("user", "password"), [("ada", "wrong"), ("nobody", "secret"), ("gone", "secret")]
)
def test_every_refusal_costs_one_verification(rig: Rig, user: str, password: str) -> None:
    rig.refused(user, password)
    assert len(rig.verified) == 1


def test_an_unknown_user_is_refused_even_with_the_decoys_password(rig: Rig) -> None:
    for number in range(50):
        for password in ("secret", "builder"):
            rig.refused(f"nobody{number}", password)
    assert set(rig.verified) == {"new:secret", "new:builder"}
    # Nothing was learnt from it.
    rig.verified.clear()
    rig.login("ada", "secret")
    assert rig.verified == ["new:secret"]


def test_without_any_user_the_decoy_is_a_new_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch)
    rig.refused("nobody", "decoy")
    assert rig.verified == ["new:decoy"]


def test_a_slow_hash_is_verified_elsewhere_for_the_unknown_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig(monkeypatch, UserEntry("ada", "slow:secret"))
    rig.refused("ada", "wrong")
    rig.refused("nobody", "secret")
    assert rig.in_process == ["slow:secret"] * 2
    assert rig.verified == []


@pytest.mark.parametrize(
    "password", [b"", b"sec\0ret", b"secret\0", b"\xff", b"x" * 4097, "é".encode("latin-1")]
)
def test_what_is_no_password_is_refused_without_verifying(rig: Rig, password: bytes) -> None:
    for user in ("ada", "nobody", "gone"):
        rig.refused(user, password)
    assert rig.verified == []


@pytest.mark.parametrize("user", [b"", b"ada\0", b"\xff\xfe", b"x" * 1025])
def test_what_is_no_name_is_refused(rig: Rig, user: bytes) -> None:
    rig.refused(user, "secret")


def test_a_password_that_was_right_is_not_hashed_again(rig: Rig) -> None:
    for _ in range(3):
        assert rig.login("ada", "secret") == "Ada"
    assert len(rig.verified) == 1
    rig.refused("ada", "Secret")
    rig.refused("bob", "secret")
    assert len(rig.verified) == 3
    rig.clock.advance(KEEP_S)
    rig.login("ada", "secret")
    assert len(rig.verified) == 4


def test_what_was_right_ends_with_the_hash_and_with_the_user(rig: Rig) -> None:
    rig.login("ada", "secret")
    rig.source.users = (UserEntry("Ada", "new:other"),)
    result_of(rig.users.reload())
    rig.refused("ada", "secret")
    rig.source.users = (UserEntry("Ada", "new:secret", disabled=True),)
    result_of(rig.users.reload())
    rig.refused("ada", "secret")
    rig.source.users = ()
    result_of(rig.users.reload())
    rig.refused("ada", "secret")


def test_an_old_hash_is_replaced_when_the_password_was_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig(monkeypatch, UserEntry("ada", "old:secret"))
    rig.refused("ada", "wrong")
    assert rig.users.find("ada") == UserEntry("ada", "old:secret")
    rig.login("ada", "secret")
    assert rig.users.find("ada") == UserEntry("ada", "new:secret")
    result_of(rig.users.flush())
    assert rig.source.written == [{"ada": ("old:secret", "new:secret")}]
    # It is remembered under the better hash.
    rig.verified.clear()
    rig.login("ada", "secret")
    assert rig.verified == []


def test_a_disabled_user_gets_no_better_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, UserEntry("gone", "old:secret", disabled=True))
    rig.refused("gone", "secret")
    assert rig.users.find("gone") == UserEntry("gone", "old:secret", disabled=True)


def test_a_user_who_goes_during_the_verification_does_not_get_in(rig: Rig) -> None:
    later = Later()
    rig.use(later)
    result = rig.ask(b"ada", b"secret")
    rig.source.users = ()
    result_of(rig.users.reload())
    later.run_next()
    with pytest.raises(UnauthorizedLogin):
        result_of(result)


def test_a_password_changed_during_the_verification_is_not_undone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig(monkeypatch, UserEntry("ada", "old:secret"))
    later = Later()
    rig.use(later)
    rig.ask(b"ada", b"secret")
    rig.source.users = (UserEntry("ada", "new:changed"),)
    result_of(rig.users.reload())
    later.run_next()
    assert rig.users.find("ada") == UserEntry("ada", "new:changed")
    result_of(rig.users.flush())
    assert rig.source.written == []
    refused = rig.ask(b"ada", b"secret")
    later.run_next()
    with pytest.raises(UnauthorizedLogin):
        result_of(refused)


def test_a_full_queue_is_unavailable_and_no_refusal(rig: Rig) -> None:
    rig.use(lambda call: fail(Busy()))
    with pytest.raises(AuthenticationUnavailable):
        rig.login("ada", "secret")
    with pytest.raises(AuthenticationUnavailable):
        rig.login("nobody", "secret")


def test_a_child_process_that_dies_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(monkeypatch, UserEntry("ada", "slow:secret"))
    rig.broken = True
    with pytest.raises(AuthenticationUnavailable):
        rig.login("ada", "secret")
    assert rig.log.lines == ['not-verified why="the child process died"']


def test_no_password_is_logged(rig: Rig) -> None:
    rig.login("ada", "secret")
    rig.refused("ada", "hunter2")
    rig.refused("nobody", "hunter2")
    text = "\n".join(rig.log.lines)
    assert "secret" not in text
    assert "hunter2" not in text
