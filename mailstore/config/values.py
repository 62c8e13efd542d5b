"""How a text in the file becomes a value: numbers, sizes, durations, switches, paths.

Every scalar arrives as text (see ``yaml_document``). A text that does not fit raises an
error of type ``expected`` whose message says what was expected; ``faults`` adds what
was found.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

E = TypeVar("E")

_NUMBER: Final = re.compile(r"[0-9]{1,18}\Z")
_MEASURE: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([A-Za-z]*)\Z")

SIZES: Final = {
    "": 1,
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}
DURATIONS: Final = {"": 1, "s": 1, "min": 60, "h": 3600, "d": 86400}

_TRUE: Final = {"yes", "true", "on"}
_FALSE: Final = {"no", "false", "off"}


def expected_error(what: str) -> PydanticCustomError:
    """Says that the value is not ``what``."""
    return PydanticCustomError("expected", "{what}", {"what": what})


def expected(what: str) -> NoReturn:
    """The value is not ``what``."""
    raise expected_error(what)


def folder_of_file(info: ValidationInfo) -> Path:
    """The directory of the file that is being checked."""
    folder = (info.context or {}).get("folder")
    if not isinstance(folder, Path):
        raise TypeError("the validation context lacks the folder")
    return folder


def number(low: int, high: int) -> Callable[[Any], int]:
    """Parses a whole number from ``low`` to ``high``, both inclusive."""

    def parse(value: Any) -> int:
        if isinstance(value, str) and _NUMBER.match(value) and low <= int(value) <= high:
            return int(value)
        expected(f"a number from {low} to {high}")

    return parse


def size(low: int, high: int) -> Callable[[Any], int]:
    """Parses octets: ``4096``, ``64KiB``, ``1.5 MB``."""

    def parse(value: Any) -> int:
        octets = _measure(value, SIZES)
        if octets is None or not low <= octets <= high or octets != int(octets):
            expected(f"a size from {_size_text(low)} to {_size_text(high)}, such as 64MiB")
        return int(octets)

    return parse


def duration(low: int, high: int, why: str = "") -> Callable[[Any], float]:
    """Parses seconds: ``90``, ``90s``, ``30min``, ``1.5h``, ``2d``."""

    def parse(value: Any) -> float:
        seconds = _measure(value, DURATIONS)
        if seconds is None or not low <= seconds <= high:
            span = f"a duration from {_duration_text(low)} to {_duration_text(high)}"
            expected(f"{span}{f' ({why})' if why else ''}, such as 30min")
        return float(seconds)

    return parse


def switch(value: Any) -> bool:
    """Parses ``yes`` and ``no``, ``true`` and ``false``, ``on`` and ``off``."""
    text = value.lower() if isinstance(value, str) else ""
    if text not in _TRUE | _FALSE:
        expected("yes or no")
    return text in _TRUE


def one_of(choices: dict[str, E]) -> Callable[[Any], E]:
    """Parses one word of ``choices``."""
    names = list(choices)
    listed = f"{', '.join(names[:-1])} or {names[-1]}"

    def parse(value: Any) -> E:
        if isinstance(value, str) and value in choices:
            return choices[value]
        expected(listed)

    return parse


def text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        expected("text")
    if not value.isprintable():
        expected("text without control characters")
    return value


def path(value: Any, info: ValidationInfo) -> Path:
    """Parses a path; a relative one starts at the directory of the file it stands in."""
    if not isinstance(value, str) or not value or not value.isprintable():
        expected("a path")
    return folder_of_file(info) / value


def _measure(value: Any, units: dict[str, int]) -> Decimal | None:
    match = _MEASURE.match(value) if isinstance(value, str) else None
    if match is None or match[2] not in units:
        return None
    return Decimal(match[1]) * units[match[2]]


def _size_text(octets: int) -> str:
    for unit in ("GiB", "MiB", "KiB"):
        if octets and octets % SIZES[unit] == 0:
            return f"{octets // SIZES[unit]}{unit}"
    return str(octets)


def _duration_text(seconds: int) -> str:
    for unit in ("d", "h", "min"):
        if seconds and seconds % DURATIONS[unit] == 0:
            return f"{seconds // DURATIONS[unit]}{unit}"
    return f"{seconds}s"
