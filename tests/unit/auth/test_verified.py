from __future__ import annotations

from twisted.internet.task import Clock

from mailstore.auth.verified import KEEP_S, VerifiedPasswords


def test_a_password_is_remembered_for_a_while() -> None:
    clock = Clock()
    verified = VerifiedPasswords(clock.seconds)
    assert not verified.has("ada", "hash", b"secret")
    verified.add("ada", "hash", b"secret")
    clock.advance(KEEP_S - 1)
    assert verified.has("ada", "hash", b"secret")
    clock.advance(1)
    assert not verified.has("ada", "hash", b"secret")


def test_what_one_user_proved_is_nothing_to_another() -> None:
    verified = VerifiedPasswords(Clock().seconds)
    verified.add("ada", "hash", b"secret")
    assert not verified.has("bob", "hash", b"secret")
    assert not verified.has("ada", "hash", b"Secret")
    assert not verified.has("ada", "other hash", b"secret")


def test_octets_do_not_move_from_one_part_to_the_next() -> None:
    verified = VerifiedPasswords(Clock().seconds)
    verified.add("ada", "hash", b"secret")
    assert not verified.has("adah", "ash", b"secret")
    assert not verified.has("ada", "hashs", b"ecret")
    assert not verified.has("ad", "ahash", b"secret")


def test_it_holds_so_many_and_forgets_the_oldest() -> None:
    clock = Clock()
    verified = VerifiedPasswords(clock.seconds, most=3)
    for user in ("a", "b", "c", "a", "d"):
        clock.advance(1)
        verified.add(user, "hash", b"x")
    assert len(verified) == 3
    assert [user for user in "abcd" if verified.has(user, "hash", b"x")] == ["a", "c", "d"]


def test_what_is_over_is_not_kept() -> None:
    clock = Clock()
    verified = VerifiedPasswords(clock.seconds)
    for number in range(100):
        verified.add(f"user{number}", "hash", b"x")
    clock.advance(KEEP_S)
    verified.add("ada", "hash", b"x")
    assert len(verified) == 1


def test_no_password_and_no_digest_without_the_key_is_held() -> None:
    clock = Clock()
    one, other = VerifiedPasswords(clock.seconds), VerifiedPasswords(clock.seconds)
    for verified in (one, other):
        verified.add("ada", "hash", b"secret")
    assert set(one._until).isdisjoint(other._until)
    assert all(b"secret" not in digest for digest in one._until)
