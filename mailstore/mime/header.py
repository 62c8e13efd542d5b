"""A header block as logical lines: raw, name, value.

One compiled expression walks over the block. Each of its matches is a whole logical
line (with its continuations), so it never searches, never goes back, and takes time
in proportion to the block, whatever is in it.
"""

import re
from collections.abc import Iterable

__all__ = ["LINES", "Fields", "scan_fields", "unfold"]

LINES = re.compile(
    rb"((?:([^\n: \t]*+)[ \t]*+:)?+([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?)",
)
"""``findall`` gives (raw line with its end, name, value) for each logical line.

The name is empty where the line has none (no colon, or white space in the name). The
value is raw: it has its folds, and the CR of the last line end.
"""

Fields = dict[bytes, list[bytes]]
"""Lower-case field names to raw values, in the order of the message."""

_FOLD = re.compile(rb"\r?\n[ \t]")


def scan_fields(lines: Iterable[tuple[bytes, bytes, bytes]], wanted: frozenset[bytes]) -> Fields:
    """Return the wanted fields (lower-case names) of the matches of ``LINES``."""
    found: Fields = {}
    for _, name, value in lines:
        key = name.lower()
        if key in wanted:
            if key in found:
                found[key].append(value)
            else:
                found[key] = [value]
    return found


def unfold(value: bytes) -> bytes:
    """Return a raw value on one line, without the white space before it.

    RFC 5322, section 2.2.3, only removes the line ends; a tab that begins a
    continuation becomes a space, as other servers send it.
    """
    if value.endswith(b"\r"):
        value = value[:-1]
    if b"\n" in value:
        value = _FOLD.sub(b" ", value)
    return value.lstrip(b" \t")
