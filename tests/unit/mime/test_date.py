from datetime import UTC, datetime, timedelta, timezone

import pytest

from mailstore.mime.date import NO_DATE, parse_date, sent_at


def at(hours: float = 0.0) -> datetime:
    return datetime(2025, 7, 1, 10, 20, 30, tzinfo=timezone(timedelta(hours=hours)))


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (b"Tue, 1 Jul 2025 10:20:30 +0000", at()),
        (b"Tue, 01 Jul 2025 10:20:30 +0200", at(2)),
        (b"1 Jul 2025 10:20:30 -0430", at(-4.5)),
        (b"  tue ,  1  JUL  2025  10:20:30  +0200", at(2)),
        (b"Tue, 1 Jul 25 10:20:30 GMT", at()),
        (b"Tue, 1 Jul 125 10:20:30 UT", at()),
        (b"Tue, 1 Jul 2025 10:20:30 EDT", at(-4)),
        (b"Tue, 1 Jul 2025 10:20:30 PST", at(-8)),
        (b"Tue, 1 Jul 2025 10:20:30 A", at()),
        (b"Tue, 1 Jul 2025 10:20:30 CEST", at()),
        (b"Tue, 1 Jul 2025 10:20:30", at()),
        (b"Tue, 1 Jul 2025 10:20:30 +0200 (CEST)", at(2)),
        (b"(a(b)) Tue, 1 (c) Jul 2025 10:20:30 +0200", at(2)),
        (b"Tue, 1 Jul 2025\r\n 10:20:30 +0200", at(2)),
        (b"1-Jul-2025 10:20:30 +0200", at(2)),
        (b"Tue Jul  1 10:20:30 2025", at()),
        (b"Tue Jul  1 10:20:30 EDT 2025", at(-4)),
        (b"Tuesday, 1 July 2025 10:20:30 GMT+0200", at(2)),
        (b"Tue, 1 Jul 2025 10.20.30 +02:00", at(2)),
    ],
)
def test_dates(value: bytes, time: datetime) -> None:
    parsed = parse_date(value)
    assert parsed == time
    assert parsed is not None
    assert parsed.utcoffset() == time.utcoffset()


def test_seconds_may_be_missing_or_leap() -> None:
    assert parse_date(b"1 Jul 2025 10:20 +0000") == at().replace(second=0)
    assert parse_date(b"1 Jul 2025 10:20:60 +0000") == at().replace(second=59)


def test_two_digit_years() -> None:
    assert parse_date(b"1 Jan 49 0:0 Z") == datetime(2049, 1, 1, tzinfo=UTC)
    assert parse_date(b"1 Jan 50 0:0 Z") == datetime(1950, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [b"", b"yesterday", b"32 Jul 2025 10:20:30", b"1 Foo 2025 10:20:30", b"30 Feb 2025 1:1:1",
     b"1 Jul 2025 25:00:00", b"1 Jul 2025", b"1 Jul 0000 1:1:1", b"1 Jul 2025 1:1:1 +9999",
     b"(1 Jul 2025 10:20:30", b"\xff\x00"],
)  # fmt: skip
def test_what_is_no_date(value: bytes) -> None:
    assert parse_date(value) is None


def seconds(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (b"Sun, 31 Dec 2000 16:01:33 -0800", (2001, 1, 1, 0, 1, 33)),
        (b"1 Jul 2025 10:20:30 +9999", (2025, 7, 1, 10, 20, 30)),
        (b"1 Jul 2025 10:20 +9960 (odd)", (2025, 7, 1, 10, 20)),
        (b"1 Jul 2025 25:20:30 +0200", (2025, 7, 1)),
        (b"1 Jul 2025 noon", (2025, 7, 1)),
        (b"Tue, 1 (first) Jul 2025", (2025, 7, 1)),
        (b"1 Jan 1900 0:0:0 Z", (1900, 1, 1)),
        (b"31 Dec 9999 23:59:59 -0100", (9999, 12, 31, 23, 59, 59)),
    ],
)
def test_sent_dates_are_read_as_far_as_they_go(value: bytes, moment: tuple[int, ...]) -> None:
    """RFC 5256, section 2.2."""
    hour = 3600 if b"-0100" in value else 0
    assert sent_at(value) == seconds(*moment) + hour


@pytest.mark.parametrize("value", [b"", b"yesterday", b"30 Feb 2025 1:1:1", b"32 Jul 2025"])
def test_no_day_is_no_sent_date(value: bytes) -> None:
    assert sent_at(value) == NO_DATE
