from __future__ import annotations

from twisted.internet.task import Clock

from mailstore.auth.users import WRITE_AFTER_S, Users
from mailstore.model.user import UserEntry
from tests.unit.auth.fakes import FakeLog, FakeSource, Later, at_once, result_of

ADA = UserEntry("Ada", "$ada")
BOB = UserEntry("bob", "$bob")


def loaded(source: FakeSource, clock: Clock | None = None) -> tuple[Users, FakeLog]:
    log = FakeLog()
    users = Users(source, at_once, clock or Clock(), log)
    users.load()
    return users, log


def test_names_are_found_in_any_case() -> None:
    users, _ = loaded(FakeSource(ADA, BOB))
    assert users.find("ada") == users.find("ADA") == ADA
    assert users.find("carol") is None
    assert len(users) == 2


def test_reload_swaps_all_users_at_once() -> None:
    source, later, log = FakeSource(ADA), Later(), FakeLog()
    users = Users(source, later, Clock(), log)
    users.load()
    source.users = (BOB,)
    done = users.reload()
    assert users.find("ada") == ADA
    assert users.find("bob") is None
    later.run_next()
    assert result_of(done) is True
    assert users.find("ada") is None
    assert users.find("bob") == BOB
    assert log.lines == ["users-reloaded users=1"]


def test_a_broken_file_keeps_the_users_and_is_told_line_by_line() -> None:
    source = FakeSource(ADA)
    users, log = loaded(source)
    source.fault = ValueError("users.yaml:3: wrong\nusers.yaml:5: wrong too")
    assert result_of(users.reload()) is False
    assert users.find("ada") == ADA
    assert log.lines == [
        'users-not-reloaded fault="users.yaml:3: wrong"',
        'users-not-reloaded fault="users.yaml:5: wrong too"',
    ]
    source.fault = None
    assert result_of(users.reload()) is True


def test_reloads_come_one_after_the_other() -> None:
    source, later = FakeSource(ADA), Later()
    users = Users(source, later, Clock(), FakeLog())
    first, second = users.reload(), users.reload()
    assert len(later.waiting) == 1
    later.run_next()
    assert result_of(first)
    source.users = (BOB,)
    later.run_next()
    assert result_of(second)
    assert users.find("bob") == BOB


def test_a_decoy_is_a_users_hash_and_stays_the_same_for_a_name() -> None:
    everybody = [UserEntry(f"user{n}", f"${n}") for n in range(50)]
    users, _ = loaded(FakeSource(*everybody))
    decoys = {name: users.decoy(name) for name in (f"nobody{n}" for n in range(200))}
    assert set(decoys.values()) <= {user.password for user in everybody}
    assert len(set(decoys.values())) > 20
    assert all(users.decoy(name.upper()) == decoy for name, decoy in decoys.items())


def test_without_users_there_is_no_decoy() -> None:
    users, _ = loaded(FakeSource())
    assert users.decoy("ada") is None


def test_decoys_follow_the_hashes_that_are_in_use() -> None:
    users, _ = loaded(FakeSource(ADA))
    users.replace_password(ADA, "$better")
    assert users.decoy("nobody") == "$better"


def test_better_hashes_are_used_at_once_and_written_together() -> None:
    source, clock = FakeSource(ADA, BOB), Clock()
    users, log = loaded(source, clock)
    users.replace_password(ADA, "$better")
    clock.advance(WRITE_AFTER_S / 2)
    users.replace_password(BOB, "$good")
    assert users.find("ada") == UserEntry("Ada", "$better")
    assert source.written == []
    clock.advance(WRITE_AFTER_S / 2)
    assert source.written == [{"Ada": ("$ada", "$better"), "bob": ("$bob", "$good")}]
    assert log.lines == ["hashes-replaced users=2"]
    assert clock.getDelayedCalls() == []


def test_a_hash_that_is_no_longer_the_users_is_not_replaced() -> None:
    source = FakeSource(ADA)
    users, _ = loaded(source)
    source.users = (UserEntry("Ada", "$new password"),)
    result_of(users.reload())
    users.replace_password(ADA, "$better")
    result_of(users.flush())
    assert source.written == []
    assert users.find("ada") == source.users[0]


def test_replacing_twice_writes_the_last_over_the_first() -> None:
    source = FakeSource(ADA)
    users, _ = loaded(source)
    users.replace_password(ADA, "$better")
    users.replace_password(UserEntry("Ada", "$better"), "$best")
    result_of(users.flush())
    assert source.written == [{"Ada": ("$ada", "$best")}]


def test_flush_writes_now_and_only_once() -> None:
    source, clock = FakeSource(ADA), Clock()
    users, _ = loaded(source, clock)
    users.replace_password(ADA, "$better")
    result_of(users.flush())
    clock.advance(60)
    assert source.written == [{"Ada": ("$ada", "$better")}]


def test_a_file_that_cannot_be_written_is_told_and_sign_in_goes_on() -> None:
    source = FakeSource(ADA)
    users, log = loaded(source)
    users.replace_password(ADA, "$better")
    source.fault = ValueError("users.yaml: Permission denied")
    result_of(users.flush())
    assert log.lines == ['hashes-not-replaced fault="users.yaml: Permission denied"']
    assert users.find("ada") == UserEntry("Ada", "$better")


def test_an_error_without_words_is_told_by_its_name() -> None:
    source = FakeSource(ADA)
    users, log = loaded(source)
    source.fault = KeyError()
    assert result_of(users.reload()) is False
    assert log.lines == ['users-not-reloaded fault="KeyError"']
