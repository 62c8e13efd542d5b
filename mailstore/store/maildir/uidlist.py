"""``dovecot-uidlist``: which UID each message file has.

Version 3, read and written::

    3 V<uid validity> N<next uid> G<mailbox id, 32 hex digits>
    <uid> [<key><value> ...] :<base name>

Keys of an entry: ``W`` octets with CRLF line ends, ``S`` octets on disk, ``P`` POP3
unique-id, ``O`` POP3 order, ``G`` GUID; others are kept. Version 1 (Courier's, too) is
only read: ``1 <uid validity> <next uid>``, then ``<uid> <base name>``.

Invariants:

* UIDs ascend from line to line. A line that breaks the order, or cannot be read, is
  reported and skipped, but its UID is not given out again.
* A base name that comes twice has the later UID: an expunged file that came back.
* The next UID is the larger of the header's and one above the last line's.
* Entries are appended in one write; a rewrite makes a new file. So a reader that knows a
  file up to some offset reads on from there, as long as its :class:`Mark` still fits.
* The last line may lack its end (a crash, or a writer at work). It does not count, and
  the file must be rewritten, under the mailbox's lock, before anything is appended.

Deviation: Dovecot gives up a file at its first bad line, and with it all UIDs.
"""

from __future__ import annotations

import os
import re
import zlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from operator import lt
from typing import Final, NamedTuple

from mailstore.store import durable
from mailstore.store.durable import AnyPath

NAME: Final = "dovecot-uidlist"

MAX_UID: Final = 0xFFFFFFFE
"""Dovecot keeps the largest 32-bit number for itself."""

Entry = tuple[int, bytes, bytes]
"""UID, base name, and the ``<key><value>`` fields as they stand, joined by a space."""

_FIELDS = rb"((?:[^: \n][^ \n]*+ ++)*+)"
_HEADER = re.compile(rb"([0-9]) ([^\n]*+)\n")
# Anchored to line starts: a search that begins anywhere takes quadratic time on a long bad line.
_ENTRY_3 = re.compile(rb"(?m)^([0-9]{1,10}+) ++" + _FIELDS + rb":([^\n/\0:]++)(?::[^\n]*+)?\n")
_ENTRY_1 = re.compile(rb"(?m)^([0-9]{1,10}+) ++()([^\n/\0: ][^\n/\0:]*+)(?::[^\n]*+)?\n")
_LINE = re.compile(rb"[^\n]*+\n")
_UID = re.compile(rb"[0-9]{1,10}(?![0-9])")
_VERSION_1 = re.compile(rb"([0-9]{1,10}) ([0-9]{1,10})\s*\Z")
_UNSAFE_NAME = re.compile(rb"[\n/\0:]")
_UNSAFE_VALUE = re.compile(rb"[\s\0]")
_MAILBOX_ID = re.compile(rb"[0-9a-f]{32}\Z")
_FIELD = re.compile(rb"[A-Z][^\s]*")

_REPORTED = 20
_CHECKED_OCTETS = 256


class Stamp(NamedTuple):
    """Time of modification, size and inode: whether a file may have changed."""

    mtime_ns: int
    size: int
    inode: int


class Mark(NamedTuple):
    """How far a file was read: where to go on, or to append.

    ``end`` is the file's size; ``check`` is a checksum of its first and last octets, as an
    inode number alone may come again.
    """

    stamp: Stamp
    end: int
    check: int


@dataclass(slots=True)
class Uidlist:
    """What was read. ``uids``, ``names`` are parallel; ``fields`` has entries that have any.

    Attributes:
        whole: Everything is here; else only what follows the mark that was given.
        uid_validity: 0 where the header cannot be read; the mailbox needs a new one.
        uid_next: Above every UID in the file, damaged lines included.
        mailbox_id: 32 hexadecimal digits, or empty where there is none.
        header_fields: Unknown header fields, to be kept.
        mark: Where to go on or append; None where the file must be rewritten first.
        damage: What was skipped, in words; at most twenty entries and a sum.
    """

    whole: bool = True
    version: int = 0
    uid_validity: int = 0
    uid_next: int = 1
    mailbox_id: bytes = b""
    header_fields: tuple[bytes, ...] = ()
    uids: array[int] = field(default_factory=lambda: array("I"))
    names: list[bytes] = field(default_factory=list)
    fields: dict[int, bytes] = field(default_factory=dict)
    mark: Mark | None = None
    damage: list[str] = field(default_factory=list)

    def entries(self) -> Iterator[Entry]:
        get = self.fields.get
        return ((uid, name, get(uid, b"")) for uid, name in zip(self.uids, self.names, strict=True))


class _Damage:
    """Collects reports without letting a hostile file fill memory with them."""

    def __init__(self) -> None:
        self.reports: list[str] = []
        self.count = 0

    def add(self, report: str) -> None:
        self.count += 1
        if self.count <= _REPORTED:
            self.reports.append(report)

    def close(self) -> list[str]:
        if self.count > _REPORTED:
            self.reports.append(f"and {self.count - _REPORTED} more")
        return self.reports


def stamp_of(status: os.stat_result) -> Stamp:
    return Stamp(status.st_mtime_ns, status.st_size, status.st_ino)


def stamp(path: AnyPath) -> Stamp | None:
    """The file's stamp, None if there is no file. One system call."""
    try:
        return stamp_of(os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return None


def is_listable(base: bytes) -> bool:
    """Whether a base name can stand in the list; rename a file whose name cannot."""
    return bool(base) and _UNSAFE_NAME.search(base) is None


def is_field(value: bytes) -> bool:
    """Whether a value can stand in a field of an entry."""
    return bool(value) and _UNSAFE_VALUE.search(value) is None


def parse_fields(fields: bytes) -> dict[bytes, bytes]:
    """``{b"W": b"1234", ...}`` of an entry's fields."""
    return {item[:1]: item[1:] for item in fields.split()}


def encode_fields(fields: dict[bytes, bytes]) -> bytes:
    """The opposite of :func:`parse_fields`.

    Raises ValueError if a key is not one capital letter or a value has white space.
    """
    for key, value in fields.items():
        if _FIELD.fullmatch(key + value) is None or len(key) != 1:
            raise ValueError("a uidlist field is a capital letter and text without spaces")
    return b" ".join(key + value for key, value in fields.items())


def read(path: AnyPath, mark: Mark | None = None) -> Uidlist:
    """Read the list, or only what was appended since ``mark`` if that still fits.

    Garbage never raises; it is in ``damage``. A part of the list knows nothing of the
    header but ``uid_next`` (above its own UIDs), and its UIDs may be at or below those
    known already: skip these, as :func:`read` would have.

    Raises:
        FileNotFoundError: There is no list.
        OSError: It cannot be read (``ELOOP`` for a symbolic link).
    """
    descriptor = os.open(
        path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    )
    try:
        status = os.fstat(descriptor)
        if mark is not None and _fits(descriptor, status, mark):
            data = _read_from(descriptor, mark.end, status.st_size)
            part = parse(data, version=3)
            part.mark = _mark(descriptor, status, mark.end + len(data), data or b"\n")
            return part
        data = _read_from(descriptor, 0, status.st_size)
        whole = parse(data)
        if whole.uid_validity and whole.version == 3:
            whole.mark = _mark(descriptor, status, len(data), data)
        return whole
    finally:
        os.close(descriptor)


def _read_from(descriptor: int, start: int, size: int) -> bytes:
    pieces = []
    while start < size and (piece := os.pread(descriptor, size - start, start)):
        pieces.append(piece)
        start += len(piece)
    return b"".join(pieces)


def _fits(descriptor: int, status: os.stat_result, mark: Mark) -> bool:
    return (
        status.st_ino == mark.stamp.inode
        and status.st_size >= mark.end
        and _check(descriptor, mark.end) == mark.check
    )


def _check(descriptor: int, end: int) -> int:
    head = os.pread(descriptor, min(end, _CHECKED_OCTETS), 0)
    tail = os.pread(descriptor, min(end, _CHECKED_OCTETS), max(0, end - _CHECKED_OCTETS))
    return zlib.crc32(tail, zlib.crc32(head))


def _mark(descriptor: int, status: os.stat_result, end: int, data: bytes) -> Mark | None:
    if not data.endswith(b"\n"):
        return None
    stamp = stamp_of(status)._replace(size=end)
    return Mark(stamp, end, _check(descriptor, end))


def parse(data: bytes, version: int = 0) -> Uidlist:
    """A list from the octets of the file; with ``version`` given, of entries only."""
    uidlist, damage = Uidlist(whole=not version, version=version), _Damage()
    start = 0 if version else _parse_header(data, uidlist, damage)
    end = data.rfind(b"\n") + 1
    if end < len(data):
        damage.add("the last line has no end")
    pattern = _ENTRY_1 if uidlist.version == 1 else _ENTRY_3
    if uidlist.uid_validity or version:
        body = data[start:end] if start or end < len(data) else data
        if not _parse_clean(body, pattern, uidlist):
            _parse_damaged(body, pattern, uidlist, damage)
    uidlist.damage = damage.close()
    return uidlist


def _parse_header(data: bytes, uidlist: Uidlist, damage: _Damage) -> int:
    """Fill in the header; returns where it ends."""
    match = _HEADER.match(data)
    if match is None or match[1] not in (b"1", b"3"):
        damage.add("the header is not one of version 1 or 3")
        return 0
    if match[1] == b"1":
        numbers = _VERSION_1.match(match[2])
        values = {b"V": numbers[1], b"N": numbers[2]} if numbers else {}
    else:
        values = {item[:1]: item[1:] for item in match[2].split()}
    uid_validity = _number(values.pop(b"V", b""))
    uid_next = _number(values.pop(b"N", b""))
    mailbox_id = values.pop(b"G", b"").lower()
    if not uid_validity or not uid_next:
        damage.add("the header lacks UIDVALIDITY or the next UID")
        return 0
    if mailbox_id and _MAILBOX_ID.match(mailbox_id) is None:
        damage.add("the header's mailbox id is not 32 hexadecimal digits")
        mailbox_id = b""
    uidlist.version = int(match[1])
    uidlist.uid_validity, uidlist.uid_next = uid_validity, uid_next
    uidlist.mailbox_id = mailbox_id
    uidlist.header_fields = tuple(key + value for key, value in values.items())
    return match.end()


def _number(digits: bytes) -> int:
    """A number of 1 to 2**32 - 1; 0 for anything else."""
    if not digits.isdigit() or len(digits) > 10:
        return 0
    number = int(digits)
    return number if number <= 0xFFFFFFFF else 0


def _parse_clean(body: bytes, pattern: re.Pattern[bytes], uidlist: Uidlist) -> bool:
    """Take in entries that are all in order, at the speed of whole lists; else False."""
    found = pattern.findall(body)
    if not found:
        return not body
    digits, fields, names = zip(*found, strict=True)
    uids = list(map(int, digits))
    length = sum(map(len, digits)) + sum(map(len, fields)) + sum(map(len, names))
    # Besides these each line has a space, a colon (version 3) and its end.
    if length + len(found) * (3 if pattern is _ENTRY_3 else 2) != len(body):
        return False
    if uids[0] < 1 or uids[-1] > MAX_UID or not all(map(lt, uids, islice(uids, 1, None))):
        return False
    if len(set(names)) != len(names):
        return False
    uidlist.uids = array("I", uids)
    uidlist.names = list(names)
    if any(fields):
        pairs = zip(uids, fields, strict=True)
        uidlist.fields = {uid: value.rstrip(b" ") for uid, value in pairs if value}
    uidlist.uid_next = max(uidlist.uid_next, uids[-1] + 1)
    return True


def _parse_damaged(
    body: bytes, pattern: re.Pattern[bytes], uidlist: Uidlist, damage: _Damage
) -> None:
    """Take in what can be used of a list that has bad lines, line by line."""
    entries: dict[bytes, tuple[int, bytes]] = {}
    last = highest = 0
    for number, line in enumerate(_LINE.findall(body), 2 if uidlist.whole else 1):
        match = pattern.fullmatch(line)
        digits = _UID.match(line)
        uid = int(digits[0]) if digits else 0
        if uid <= MAX_UID:
            highest = max(highest, uid)
        if match is None or not 1 <= uid <= MAX_UID:
            damage.add(f"line {number} is not an entry")
        elif uid <= last:
            damage.add(f"line {number}: UID {uid} after {last}")
        else:
            last = uid
            # No damage: a file came back, and was given a new UID as it should be.
            entries.pop(match[3], None)
            entries[match[3]] = uid, match[2].rstrip(b" ")
    uidlist.names = list(entries)
    uidlist.uids = array("I", (uid for uid, _ in entries.values()))
    uidlist.fields = {uid: value for uid, value in entries.values() if value}
    uidlist.uid_next = max(uidlist.uid_next, highest + 1)


def append(path: AnyPath, mark: Mark, entries: Iterable[Entry]) -> Mark:
    """Add entries, whose UIDs ascend from the file's; they survive a crash on return.

    One write and one sync for all. The caller holds the mailbox's lock and has read the
    file up to ``mark``.

    Returns:
        The mark behind the new entries.

    Raises:
        BlockingIOError: The file is not as ``mark`` says: read it again.
        ValueError: An entry cannot be written, see :func:`is_listable`.
        OverQuota, ReadOnly, OSError: Nothing was added, or a crash will show.
    """
    octets = _encode_entries(entries)
    if not octets:
        return mark
    status = durable.append(path, octets, mark.end, mark.stamp.inode)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        return Mark(stamp_of(status), status.st_size, _check(descriptor, status.st_size))
    finally:
        os.close(descriptor)


def rewrite(
    path: AnyPath,
    uidlist: Uidlist,
    temporary_in: AnyPath,
    entries: Iterable[Entry] | None = None,
) -> Mark:
    """Write the list anew, with its header and ``entries`` (default: those it has).

    Atomic: a crash leaves the old list or the new one. The new one survives on return.
    ``temporary_in`` is the mailbox's ``tmp/``. The caller holds the mailbox's lock.

    Raises ValueError for what cannot be written, OverQuota, ReadOnly, OSError.
    """
    body = _encode_entries(uidlist.entries() if entries is None else entries)
    octets = _encode_header(uidlist) + body
    status = durable.replace(path, octets, temporary_in)
    head, tail = octets[:_CHECKED_OCTETS], octets[-_CHECKED_OCTETS:]
    return Mark(stamp_of(status), len(octets), zlib.crc32(tail, zlib.crc32(head)))


def _encode_header(uidlist: Uidlist) -> bytes:
    if not 1 <= uidlist.uid_validity <= 0xFFFFFFFF or not 1 <= uidlist.uid_next <= 0xFFFFFFFF:
        raise ValueError("UIDVALIDITY or the next UID is out of range")
    if _MAILBOX_ID.match(uidlist.mailbox_id) is None:
        raise ValueError("the mailbox id is not 32 hexadecimal digits")
    extra = b"".join(b" " + value for value in uidlist.header_fields)
    return b"3 V%d N%d G%b%b\n" % (
        uidlist.uid_validity,
        uidlist.uid_next,
        uidlist.mailbox_id,
        extra,
    )


def _encode_entries(entries: Iterable[Entry]) -> bytes:
    lines = []
    last = 0
    for uid, name, fields in entries:
        if not last < uid <= MAX_UID:
            raise ValueError("UIDs must ascend")
        last = uid
        if _UNSAFE_NAME.search(name) is not None or not name:
            raise ValueError("a base name cannot be listed")
        lines.append(b"%d %b :%b\n" % (uid, fields, name) if fields else b"%d :%b\n" % (uid, name))
    return b"".join(lines)
