from __future__ import annotations

from typing import Any

import pytest
from pydantic_core import PydanticCustomError

from mailstore.config.values import duration, number, one_of, size, switch, text

HUGE = 10**15


@pytest.mark.parametrize(
    ("given", "octets"),
    [
        ("4096", 4096),
        ("64KiB", 65536),
        ("64 MiB", 64 * 1024 * 1024),
        ("1.5GiB", 3 * 512 * 1024 * 1024),
        ("10kB", 10_000),
        ("2MB", 2_000_000),
        ("7B", 7),
    ],
)
def test_sizes(given: str, octets: int) -> None:
    assert size(0, HUGE)(given) == octets


@pytest.mark.parametrize(
    "given", ["", "-1", "1e3", "64mib", "64 Mi", "MiB", "0.3", "1,5MB", "9" * 30, "٣", None, ["1"]]
)
def test_what_is_no_size(given: Any) -> None:
    with pytest.raises(PydanticCustomError, match="a size from 0 to"):
        size(0, HUGE)(given)


def test_bounds_of_sizes_are_inclusive_and_told_as_people_write_them() -> None:
    parse = size(1024, 64 * 1024 * 1024)
    assert parse("1024") == 1024
    assert parse("64MiB") == 64 * 1024 * 1024
    with pytest.raises(PydanticCustomError, match="a size from 1KiB to 64MiB"):
        parse("1023")


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("90", 90), ("90s", 90), ("30min", 1800), ("1.5h", 5400), ("2d", 172_800), ("0.5", 0.5)],
)
def test_durations(given: str, seconds: float) -> None:
    assert duration(0, HUGE)(given) == seconds


@pytest.mark.parametrize("given", ["", "30m", "1 week", "-5s", "min", "inf", "nan", None])
def test_what_is_no_duration(given: Any) -> None:
    with pytest.raises(PydanticCustomError, match="a duration from"):
        duration(0, HUGE)(given)


def test_bounds_of_durations_say_why() -> None:
    with pytest.raises(
        PydanticCustomError, match=r"a duration from 30min to 7d \(RFC 9051, section 5.4\)"
    ):
        duration(1800, 7 * 86400, "RFC 9051, section 5.4")("29min")


@pytest.mark.parametrize("given", ["-1", "65536", "1_0", "0x1f", " 5", "+5", "5.0", "", "٥", None])
def test_what_is_no_number(given: Any) -> None:
    with pytest.raises(PydanticCustomError, match="a number from 0 to 65535"):
        number(0, 65535)(given)


def test_switches_take_all_of_yamls_words() -> None:
    assert [switch(word) for word in ("yes", "true", "on", "Yes")] == [True] * 4
    assert [switch(word) for word in ("no", "false", "off", "NO")] == [False] * 4
    wrong: list[Any] = ["", "1", "ja", None, []]
    for given in wrong:
        with pytest.raises(PydanticCustomError, match="yes or no"):
            switch(given)


def test_choices_are_listed() -> None:
    parse = one_of({"never": 1, "loopback": 2, "always": 3})
    assert parse("loopback") == 2
    with pytest.raises(PydanticCustomError, match="never, loopback or always"):
        parse("sometimes")


@pytest.mark.parametrize("given", ["", "a\nb", "\x7f", None, ["x"]])
def test_text_has_no_control_characters(given: Any) -> None:
    with pytest.raises(PydanticCustomError, match="text"):
        text(given)
