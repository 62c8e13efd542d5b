from __future__ import annotations

from twisted.internet.task import Clock

from mailstore.auth.failure_delay import FORGET_S, FailureDelay


def same(address: str) -> str:
    return address


def test_refusals_wait_longer_and_longer_within_bounds() -> None:
    delay = FailureDelay(Clock().seconds, same)
    assert [delay.failed("192.0.2.1") for _ in range(7)] == [0.25, 0.5, 1, 2, 4, 5, 5]
    for _ in range(2000):
        assert delay.failed("192.0.2.1") == 5


def test_addresses_do_not_wait_for_each_other() -> None:
    delay = FailureDelay(Clock().seconds, same)
    for _ in range(10):
        delay.failed("192.0.2.1")
    assert delay.failed("192.0.2.2") == 0.25


def test_a_group_of_addresses_counts_as_one() -> None:
    delay = FailureDelay(Clock().seconds, lambda address: address[:8])
    delay.failed("2001:db8::1")
    assert delay.failed("2001:db8::2") == 0.5


def test_quiet_is_forgiven() -> None:
    clock = Clock()
    delay = FailureDelay(clock.seconds, same)
    for _ in range(5):
        delay.failed("192.0.2.1")
    clock.advance(FORGET_S)
    assert delay.failed("192.0.2.1") == 0.25


def test_many_addresses_take_bounded_room_and_the_loud_stay() -> None:
    delay = FailureDelay(Clock().seconds, same, most=100)
    for number in range(1000):
        delay.failed(f"10.0.{number // 256}.{number % 256}")
        loud = delay.failed("192.0.2.1")
    assert len(delay) == 100
    assert loud == 5
