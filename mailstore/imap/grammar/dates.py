"""Dates of SEARCH and APPEND."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from mailstore.imap.wire.cursor import MAX_NUMBER, Cursor

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        b"jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}
_DATE: Final = re.compile(rb'("?)(\d{1,2})-([A-Za-z]{3})-(\d{4})\1')
_DATE_TIME: Final = re.compile(
    rb'" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})"'
)


def parse_date(cursor: Cursor) -> date:
    """``date = date-text / DQUOTE date-text DQUOTE``.

    ``date-text = date-day "-" date-month "-" date-year``.
    """
    start = cursor.position
    found = cursor.match(_DATE)
    if found is not None:
        try:
            return date(int(found[4]), _MONTHS[found[3].lower()], int(found[2]))
        except (KeyError, ValueError):
            cursor.position = start
    raise cursor.bad("expected a date such as 1-Feb-2025")


def parse_date_time(cursor: Cursor) -> int:
    """``date-time``, in seconds since the epoch.

    ``date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone
    DQUOTE``. Times before 1970 or after 2106 become the nearest in between.

    Quirk (scripts around imaplib): a day of one digit need not have a space before it.
    """
    start = cursor.position
    found = cursor.match(_DATE_TIME)
    if found is not None:
        try:
            moment = datetime(
                int(found[3]),
                _MONTHS[found[2].lower()],
                int(found[1]),
                int(found[4]),
                int(found[5]),
                min(int(found[6]), 59),
                tzinfo=_zone(found),
            )
        except (KeyError, ValueError):
            cursor.position = start
        else:
            return min(max(_seconds(moment), 0), MAX_NUMBER)
    raise cursor.bad('expected a date and time such as "01-Feb-2025 12:00:00 +0000"')


def _zone(found: re.Match[bytes]) -> timezone:
    offset = timedelta(hours=int(found[8]), minutes=int(found[9]))
    return timezone(-offset if found[7] == b"-" else offset)


def _seconds(moment: datetime) -> int:
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
