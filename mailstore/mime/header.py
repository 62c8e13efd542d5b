"""A header block as logical lines: raw, name, value.

One compiled expression walks over the block. Each of its matches is a whole logical
line (with its continuations), so it never searches, never goes back, and takes time
in proportion to the block, whatever is in it.
"""

import re
from collections.abc import Iterable

__all__ = ["LINES", "Fields", "field_values", "scan_fields", "tidy", "unfold"]

LINES = re.compile(
    rb"((?:([^\n: \t]*+)[ \t]*+:)?+([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?)",
)
"""``findall`` gives (raw line with its end, name, value) for each logical line.

The name is empty where the line has none (no colon, or white space in the name). The
value has its folds, and the CR of the last line end.
"""

Fields = dict[bytes, list[bytes]]
"""Lower-case field names to values in the order of the message, folds and all, but
without white space around them."""

_VALUE = re.compile(rb"[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)")
_LINE_END = re.compile(rb"\r?\n")
_SPACES = re.compile(rb"[ \t\r\n]+")
_SPACE = b" \t\r\n"
_UNTIDY = (b"  ", b"\t", b"\n", b"\r")


def scan_fields(lines: Iterable[tuple[bytes, bytes, bytes]], wanted: frozenset[bytes]) -> Fields:
    """Return the wanted fields (lower-case names) of the matches of ``LINES``."""
    found: Fields = {}
    for _, name, value in lines:
        key = name.lower()
        if key in wanted:
            if key in found:
                found[key].append(value.strip(_SPACE))
            else:
                found[key] = [value.strip(_SPACE)]
    return found


def field_values(block: bytes, name: bytes) -> list[bytes]:
    """Return the raw values of the fields of one lower-case name, in their order.

    Many times quicker than ``scan_fields`` where one name is wanted.
    """
    lower = b"\n" + block.lower()
    mark = b"\n" + name
    found: list[bytes] = []
    start = lower.find(mark)
    while start >= 0:
        # The line begins one octet earlier in the block, after the same line end.
        value = _VALUE.match(block, start + len(name))
        if value is not None:
            found.append(value[1])
        start = lower.find(mark, start + 1)
    return found


def unfold(value: bytes) -> bytes:
    """Return a value on one line (RFC 5322, section 2.2.3): line ends go, nothing else."""
    return _LINE_END.sub(b"", value) if b"\n" in value else value


def tidy(value: bytes) -> bytes:
    """Return a value for people to read: white space, of folds too, is one space each."""
    if any(mark in value for mark in _UNTIDY) or value[:1] == b" " or value[-1:] == b" ":
        return _SPACES.sub(b" ", value).strip(b" ")
    return value
