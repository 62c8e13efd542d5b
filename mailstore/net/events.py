"""The log: one line for each event, with the same words and order every time.

``imap login c=17 user="bob" address=192.0.2.1``. Nothing of a message, no password, and no
octet from a client that is not escaped. Tracebacks stand there only for what nobody
foresaw, under the incident id that the client was told.
"""

from __future__ import annotations

import json
import logging
import secrets
from typing import Any

from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

LONGEST = 200


def quote(text: str | bytes) -> str:
    """``text`` in double quotes on one line of ASCII, cut when it is very long."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    return json.dumps(text if len(text) <= LONGEST else text[:LONGEST] + "...")


class Events:
    """Writes events of one kind: ``imap``, ``pop3``, ``server``."""

    def __init__(self, name: str, logger: Logger | None = None) -> None:
        self._name = name
        self._log = logger or Logger(namespace="mailstore")

    def info(self, event: str, **fields: object) -> None:
        self._emit(LogLevel.info, event, fields)

    def warn(self, event: str, **fields: object) -> None:
        self._emit(LogLevel.warn, event, fields)

    def _emit(self, level: Any, event: str, fields: dict[str, object]) -> None:
        pairs = "".join(f" {name}={value}" for name, value in fields.items() if value is not None)
        self._log.emit(level, "{line}", line=f"{self._name} {event}{pairs}", **fields)

    def incident(self, error: BaseException, **fields: object) -> str:
        """Log an error that nobody foresaw, with its traceback; returns its id."""
        incident = secrets.token_hex(4)
        pairs = "".join(f" {name}={value}" for name, value in fields.items() if value is not None)
        self._log.failure(
            "{line}",
            Failure(error, type(error), error.__traceback__),  # type: ignore[no-untyped-call]
            line=f"{self._name} incident id={incident}{pairs}",
        )
        return incident


class LoggingBridge(logging.Handler):
    """Takes what the layers below log with the standard library into the same log."""

    def __init__(self, logger: Logger | None = None) -> None:
        super().__init__()
        self._log = logger or Logger(namespace="mailstore")

    def emit(self, record: logging.LogRecord) -> None:
        level = LogLevel.warn if record.levelno >= logging.WARNING else LogLevel.info
        self._log.emit(level, "{line}", line=f"store {record.getMessage()}")
