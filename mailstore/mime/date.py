"""Dates of header fields, RFC 5322, sections 3.3 and 4.3."""

import re
from datetime import UTC, datetime, timedelta, timezone

from mailstore.mime.lexer import Lexer

__all__ = ["NO_DATE", "parse_date", "sent_at"]

NO_DATE = -(1 << 62)
"""Before every date: there is none."""

_MONTHS = {
    name: number
    for number, name in enumerate(
        b"jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}
_ZONES = {
    b"edt": -4, b"est": -5, b"cdt": -5, b"cst": -6, b"mdt": -6, b"mst": -7, b"pdt": -7,
    b"pst": -8,
}  # fmt: skip
"""RFC 5322, section 4.3. Other names, military letters too, tell nothing: UTC."""

_DAY = re.compile(
    rb"\s*(?:[A-Za-z]{2,9}\.?\s*,?\s*)?(?P<day>\d{1,2})(?:\s*-\s*|\s*)(?P<month>[A-Za-z]{3})[a-z]{0,6}\.?"
    rb"(?:\s*-\s*|,?\s*)(?P<year>\d{2,4})"
)
_DATE = re.compile(
    _DAY.pattern + rb"[\s,]+(?P<hour>\d{1,2})\s*[:.]\s*(?P<minute>\d{1,2})"
    rb"(?:\s*[:.]\s*(?P<second>\d{1,2})(?:\.\d{1,9})?)?\s*(?P<zone>[^\s].*)?",
    re.DOTALL,
)
_ASCTIME = re.compile(
    rb"\s*[A-Za-z]{3,9},?\s+(?P<month>[A-Za-z]{3})[a-z]{0,6}\s+(?P<day>\d{1,2}),?\s+"
    rb"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    rb"(?:\s+(?P<zone>[A-Za-z]{1,5}|[+-]\d{4}))?\s+(?P<year>\d{4})\s*",
)
_OFFSET = re.compile(rb"(?:GMT|UTC|UT)?\s*([+-])(\d{1,2}):?(\d{2})", re.IGNORECASE)
_LONGEST = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_date(value: bytes) -> datetime | None:
    """Return the time that a Date field tells, in its own zone, or ``None``.

    Two-digit years, named zones, comments, a missing zone (UTC) or seconds, hyphens, and
    the order of ``asctime`` are read. Never raises.
    """
    if len(value) > _LONGEST:
        value = value[:_LONGEST]
    if b"(" in value:
        value = _without_comments(value)
    match = _DATE.match(value) or _ASCTIME.match(value)
    if match is None:
        return None
    month = _MONTHS.get(match["month"].lower())
    if month is None:
        return None
    try:
        return datetime(
            _year(match["year"]),
            month,
            int(match["day"]),
            int(match["hour"]),
            int(match["minute"]),
            min(int(match["second"] or 0), 59),
            tzinfo=_zone(match["zone"] or b""),
        )
    except ValueError:
        return None


def sent_at(value: bytes) -> int:
    """Return the time that a Date field tells, seconds since the epoch in UTC, or NO_DATE.

    A zone that cannot be is UTC, and a time that cannot be is midnight, but a day has to be
    there (RFC 5256, section 2.2).
    """
    moment = parse_date(value)
    if moment is None:
        moment = _without_zone(value[:_LONGEST])
    return NO_DATE if moment is None else int((moment - _EPOCH).total_seconds())


def _without_zone(value: bytes) -> datetime | None:
    if b"(" in value:
        value = _without_comments(value)
    match = _DATE.match(value)
    if match is not None:
        moment = parse_date(value[: match.start("zone")] if match["zone"] else value)
        if moment is not None:
            return moment
    match = _DAY.match(value)
    return None if match is None else parse_date(match[0] + b" 00:00:00")


def _year(digits: bytes) -> int:
    """Two digits are 2000-2049 or 1950-1999, three are since 1900 (RFC 5322, 4.3)."""
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _zone(text: bytes) -> timezone:
    match = _OFFSET.match(text)
    if match is None:
        name = text.split(maxsplit=1)[0].lower() if text.strip() else b""
        hours = _ZONES.get(name, 0)
        return timezone(timedelta(hours=hours)) if hours else UTC
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    if not offset:
        return UTC
    return timezone(-offset if match[1] == b"-" else offset)


def _without_comments(value: bytes) -> bytes:
    lexer = Lexer(value)
    text = bytearray()
    while not lexer.at_end:
        start = lexer.position
        lexer.skip()
        if lexer.position > start:
            text += b" "
        else:
            text += value[start : start + 1]
            lexer.position += 1
    return bytes(text)
