from __future__ import annotations

import logging
from typing import cast

from twisted.logger import ILogObserver, Logger, LogLevel, formatEvent

from mailstore.net.events import Events, LoggingBridge, quote


def logger(seen: list[dict[str, object]]) -> Logger:
    return Logger("test", observer=cast(ILogObserver, seen.append))


def test_an_event_is_one_line_with_its_fields() -> None:
    seen: list[dict[str, object]] = []
    Events("imap", logger(seen)).info("login", c=7, user='"bob"', x=None)
    assert [formatEvent(event) for event in seen] == ['imap login c=7 user="bob"']


def test_nothing_in_a_field_is_taken_for_a_format() -> None:
    """Courier, GLSA 200408-19: format strings in a user's name."""
    seen: list[dict[str, object]] = []
    Events("imap", logger(seen)).warn("x", user=quote("{c} %s {0}"))
    assert [formatEvent(event) for event in seen] == ['imap x user="{c} %s {0}"']


def test_quoted_text_is_ascii_on_one_line_and_not_endless() -> None:
    assert quote("a\r\nb\x1b[2J") == r'"a\r\nb\u001b[2J"'
    assert quote(b"\xff\xfe") == r'"\\xff\\xfe"'
    assert quote("ü").isascii()
    assert len(quote("x" * 100_000)) < 300


def test_an_incident_has_an_id_and_a_traceback() -> None:
    seen: list[dict[str, object]] = []
    events = Events("pop3", logger(seen))
    try:
        raise ZeroDivisionError("surprise")
    except ZeroDivisionError as error:
        incident = events.incident(error, c=3)
    assert seen[0]["log_level"] is LogLevel.critical
    assert formatEvent(seen[0]).startswith(f"pop3 incident id={incident} c=3")
    assert "surprise" in str(seen[0]["log_failure"])


def test_warnings_of_lower_layers_come_into_the_same_log() -> None:
    seen: list[dict[str, object]] = []
    bridge = LoggingBridge(logger(seen))
    bridge.emit(logging.makeLogRecord({"msg": "moved %s {x}", "args": ("a",), "levelno": 30}))
    assert [formatEvent(event) for event in seen] == ["store moved a {x}"]
    assert seen[0]["log_level"] is LogLevel.warn
