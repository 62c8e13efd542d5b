"""Taking in what other programs did: the files against the index.

A message is known by its base name, all before the ``:``. Rules:

* A name that differs from the index's by its letters, or lies in the other directory, is a
  message whose flags another program changed. It keeps its UID.
* A base name that one reading of the directories lacks may just have been renamed:
  ``readdir`` may show neither the old name nor the new one. A message is expunged only when a
  second reading, during which the directories did not change, lacks it as well.
* An unknown base name is a new message. It gets the UID that ``dovecot-uidlist`` has for it (see
  :mod:`mailstore.store.maildir.ledger`), else the next one, in the order of delivery.
* A base name that comes twice (copied by hand, or in ``new/`` and in ``cur/``) is two messages:
  one file gets a fresh name. Nothing is ever removed here. While both are one file (another
  program moves it by link and unlink), there is time to wait for the end of it.
* Links, pipes, directories, and names that begin with a dot are no messages.

It costs two readings of directories and operations on whole sets of names; the files are
looked at only where a name is new.
"""

from __future__ import annotations

import logging
import os
import re
import stat
import time
from collections.abc import Iterable
from typing import Final, NamedTuple

from mailstore.store import durable
from mailstore.store.index import expunged, messages
from mailstore.store.index.messages import MessageRow
from mailstore.store.maildir import filename, ledger, uid_validity, uidlist
from mailstore.store.maildir.filename import split
from mailstore.store.maildir.folder import NEVER, RACY, Times, trust_after_reading
from mailstore.store.maildir.ledger import ValidityChanged
from mailstore.store.maildir.measure import measure
from mailstore.store.maildir.writer import MailboxWriter

logger = logging.getLogger(__name__)

_READINGS: Final = 5
_FEW_NAMES: Final = 50
_LINK_PATIENCE_NS: Final = 60_000_000_000
_MAX_DATE: Final = 0xFFFFFFFF
_LONGEST_NAME: Final = 200
"""Octets of a new file's name; 255 is the most that file systems take."""

_NO_LETTERS: Final = re.compile(rb"[^A-Za-z]+")
_UNIQUE_ID: Final = re.compile(rb"[!-~]{1,70}")

Key = tuple[int, bytes]
"""Where a file lies (1: ``new/``, 0: ``cur/``), and its name."""


class _Found(NamedTuple):
    """A file that the index does not have under this name."""

    base: bytes
    in_new: int
    name: bytes
    status: os.stat_result


class _Reading(NamedTuple):
    """Both directories, as read from ``began`` on."""

    times: Times
    began: int
    keys: set[Key]


def reconcile(writer: MailboxWriter) -> bool:
    """Make the index say what the Maildir says. True if anything but names differed.

    :func:`ledger.catch_up` has been called in this transaction. Raises ValidityChanged when
    there are no UIDs left.
    """
    return _Reconciliation(writer).run()


class _Reconciliation:
    def __init__(self, writer: MailboxWriter) -> None:
        self._writer = writer
        self._unsettled = False
        self._cold = writer.row.cur_mtime == NEVER

    def run(self) -> bool:
        writer = self._writer
        before = writer.row.highest_mod_seq
        reading = _read(writer)
        known = messages.names(writer.connection, writer.id)
        known_keys = {(in_new, name) for _, in_new, name in known}
        appeared = self._look_at(reading.keys - known_keys)
        missing = known_keys - reading.keys
        if appeared or missing:
            self._take_in(appeared, missing, known)
        self._take_in_letters()
        if writer.claims:
            # Entries whose files are gone; their UIDs are used up.
            writer.claims.clear()
        if self._cold:
            self._begin_history()
        self._finish(reading)
        return writer.row.highest_mod_seq != before

    def _look_at(self, keys: Iterable[Key]) -> list[_Found]:
        """Those names that are files, and not something else."""
        found = []
        for in_new, name in keys:
            if name.startswith(b"."):
                continue
            try:
                status = os.lstat(self._writer.folder.file(in_new, name))
            except FileNotFoundError:
                self._unsettled = True
                continue
            if stat.S_ISREG(status.st_mode):
                found.append(_Found(split(name)[0], in_new, name, status))
        return found

    def _take_in(
        self, appeared: list[_Found], missing: set[Key], known: list[tuple[int, int, bytes]]
    ) -> None:
        bases = {found.base for found in appeared}
        bases.update(split(name)[0] for _, name in missing)
        by_base = _by_base(known, bases)
        appeared = self._separate(appeared, by_base, missing)
        renamed = [found for found in appeared if found.base in by_base]
        new = [found for found in appeared if found.base not in by_base]
        self._rename([(by_base[found.base][0], found) for found in renamed])
        gone = missing.difference(by_base[found.base][1] for found in renamed)
        if gone:
            self._expunge({split(name)[0]: by_base[split(name)[0]][0] for _, name in gone})
        if new:
            self._add(new)

    def _separate(
        self,
        appeared: list[_Found],
        by_base: dict[bytes, tuple[int, Key]],
        missing: set[Key],
    ) -> list[_Found]:
        """Give each base name to one file only; the others get a fresh one."""
        bases = {found.base for found in appeared}
        if (
            len(bases) == len(appeared)
            and bases.isdisjoint(by_base)
            and all(map(self._may_stay, appeared))
        ):
            return appeared
        owners: dict[bytes, Key] = {}
        for base, (_, key) in by_base.items():
            if key not in missing:
                owners[base] = key
        kept = []
        # The same choice every time: cur/ before new/, then by name.
        for found in sorted(appeared, key=lambda found: (found.in_new, found.name)):
            key = found.in_new, found.name
            owner = owners.setdefault(found.base, key)
            if owner == key and (found.base in by_base or self._may_stay(found)):
                kept.append(found)
            elif owner != key and self._is_being_moved(owner, found):
                self._unsettled = True
            else:
                renamed = self._freshen(found)
                if renamed is not None:
                    kept.append(renamed)
        return kept

    def _may_stay(self, found: _Found) -> bool:
        """The name can stand in the list, and grow by the letters of flags and keywords."""
        if len(found.name) > _LONGEST_NAME and found.base not in self._writer.claims:
            return False
        return uidlist.is_listable(found.base)

    def _is_being_moved(self, owner: Key, found: _Found) -> bool:
        try:
            status = os.lstat(self._writer.folder.file(*owner))
        except FileNotFoundError:
            return True
        same = (status.st_dev, status.st_ino) == (found.status.st_dev, found.status.st_ino)
        return same and abs(time.time_ns() - found.status.st_ctime_ns) < _LINK_PATIENCE_NS

    def _freshen(self, found: _Found) -> _Found | None:
        """Rename a file to a base name of its own; None if that cannot be, or it is gone."""
        folder = self._writer.folder
        base = filename.unique()
        letters = _NO_LETTERS.sub(b"", split(found.name)[1])
        name = base if found.in_new else filename.build(base, letters)
        try:
            durable.rename(folder.file(found.in_new, found.name), folder.file(found.in_new, name))
        except OSError as error:
            logger.warning("%r in %r cannot be renamed: %s", found.name, folder.path, error)
            self._unsettled = True
            return None
        logger.warning("%r in %r: its base name cannot be used; renamed", found.name, folder.path)
        return found._replace(base=base, name=name)

    def _rename(self, renamed: list[tuple[int, _Found]]) -> None:
        """Files under other names: the letters say which flags they have now."""
        if not renamed:
            return
        writer, known = self._writer, self._writer.keywords()
        rows = messages.files_of(writer.connection, writer.id, [uid for uid, _ in renamed])
        changes = []
        mod_seq = 0
        for before, (_, found) in zip(rows, renamed, strict=True):
            letters = split(found.name)[1]
            flags = filename.parse_letters(letters).system
            keywords = known.from_letters(letters, before.keywords)
            after = before._replace(
                flags=flags, keywords=keywords, in_new=found.in_new, name=found.name
            )
            if (flags, keywords) != (before.flags, before.keywords):
                mod_seq = mod_seq or writer.next_mod_seq()
                after = after._replace(mod_seq=mod_seq)
            changes.append((before, after))
        writer.update(changes)

    def _expunge(self, missing: dict[bytes, int]) -> None:
        """Expunge messages, by base name, that other readings lack as well."""
        writer = self._writer
        for _ in range(_READINGS):
            reading = _read(writer)
            present = {split(name)[0] for _, name in reading.keys}
            if not present.isdisjoint(missing):
                self._unsettled = True
                missing = {base: uid for base, uid in missing.items() if base not in present}
            if writer.folder.times() == reading.times:
                break
        else:
            self._unsettled = True
            return
        uids = sorted(missing.values())
        writer.remove(messages.files_of(writer.connection, writer.id, uids))

    def _add(self, new: list[_Found]) -> None:
        """New messages: those that the list names first, then the others by delivery."""
        writer = self._writer
        listed = sorted(
            (writer.claims[found.base][0], found) for found in new if found.base in writer.claims
        )
        others = sorted((found for found in new if found.base not in writer.claims), key=_delivery)
        if not writer.list_writable and writer.row.list_size:
            # Their UIDs would not last: they are seen once the list can be written.
            others = []
        self._check_room(len(others))
        mod_seq = writer.next_mod_seq()
        rows = [
            self._row(found, uid, mod_seq, writer.claims.pop(found.base)[1])
            for uid, found in listed
        ]
        numbered = list(enumerate(others, writer.row.uid_next))
        rows += [self._row(found, uid, mod_seq, None) for uid, found in numbered]
        if not rows:
            return
        writer.insert(rows)
        if numbered and writer.list_writable:
            entries = [(row.uid, split(row.name)[0], _sizes(row)) for row in rows[len(listed) :]]
            ledger.append(writer, entries)

    def _check_room(self, count: int) -> None:
        writer = self._writer
        if ledger.has_room(writer.row, count) or not writer.list_writable:
            return
        logger.warning("%r: no UIDs are left; a new UIDVALIDITY", writer.folder.path)
        value = uid_validity.allocate(writer.folder.root, writer.row.uid_validity)
        header = ledger.new_header(value, writer.row.mailbox_id)
        uidlist.rewrite(writer.folder.list_path, header, writer.folder.tmp)
        raise ValidityChanged(writer.folder)

    def _row(self, found: _Found, uid: int, mod_seq: int, fields: bytes | None) -> MessageRow:
        """A row for a new file; ``fields`` are those of its entry in the list, if it has one."""
        writer = self._writer
        letters = split(found.name)[1]
        given = uidlist.parse_fields(fields) if fields else {}
        path = writer.folder.file(found.in_new, found.name)
        date = min(max(int(found.status.st_mtime), 0), _MAX_DATE)
        return MessageRow(
            mailbox=writer.id,
            uid=uid,
            mod_seq=mod_seq,
            flags=filename.parse_letters(letters).system,
            keywords=writer.keywords().from_letters(letters, b""),
            size=measure(path, found.base, found.status.st_size, given),
            internal_date=date,
            saved_at=filename.made_at(found.base, date),
            content=None,
            unique_id=_unique_id(given.get(b"P")),
            guid=given.get(b"G") or None,
            in_new=found.in_new,
            name=found.name,
        )

    def _take_in_letters(self) -> None:
        """Letters in ``dovecot-keywords`` that have another meaning now than before."""
        writer, row = self._writer, self._writer.row
        known = writer.keywords()
        if known.letters_known() == row.letters:
            return
        row.letters = known.letters_known()
        reread_keywords(writer)

    def _begin_history(self) -> None:
        """The index is new: nobody knows which messages are gone, or were told as recent."""
        writer, row = self._writer, self._writer.row
        in_new = messages.in_new(writer.connection, writer.id)
        row.first_recent = in_new[0][0] if in_new else row.uid_next
        existing = messages.uids(writer.connection, writer.id)
        gaps = []
        last = 0
        for uid in [*existing, row.uid_next]:
            if uid > last + 1:
                gaps.append((last + 1, uid - 1))
            last = uid
        if gaps:
            expunged.add_runs(writer.connection, writer.id, writer.next_mod_seq(), gaps)

    def _finish(self, reading: _Reading) -> None:
        times, began, _ = reading
        new_trust = trust_after_reading(times.new, began)
        cur_trust = trust_after_reading(times.cur, began)
        if self._unsettled:
            new_trust = cur_trust = RACY
        self._writer.compared(times, new_trust, cur_trust)


def reread_keywords(writer: MailboxWriter) -> None:
    """Take keywords from the letters in file names once more, as letters have new meanings."""
    known = writer.keywords()
    changes = []
    mod_seq = 0
    for before in messages.files(writer.connection, writer.id, [(1, uidlist.MAX_UID)]):
        keywords = known.from_letters(split(before.name)[1], before.keywords)
        if keywords != before.keywords:
            mod_seq = mod_seq or writer.next_mod_seq()
            changes.append((before, before._replace(keywords=keywords, mod_seq=mod_seq)))
    writer.update(changes)


def _read(writer: MailboxWriter) -> _Reading:
    """Names in ``new/``, then in ``cur/``: a message on its way from one to the other is seen."""
    folder = writer.folder
    times, began = folder.times(), time.time_ns()
    keys: set[Key] = {(1, name) for name in os.listdir(folder.new)}
    keys.update([(0, name) for name in os.listdir(folder.cur)])
    return _Reading(times, began, keys)


def _by_base(
    known: list[tuple[int, int, bytes]], wanted: set[bytes]
) -> dict[bytes, tuple[int, Key]]:
    """UIDs and files of the messages that have one of the ``wanted`` base names."""
    if len(wanted) <= _FEW_NAMES:
        # Much the usual case, and much faster than to take all names apart.
        beginnings = tuple(wanted)
        known = [row for row in known if row[2].startswith(beginnings)]
    by_base = {split(name)[0]: (uid, (in_new, name)) for uid, in_new, name in known}
    return {base: by_base[base] for base in wanted if base in by_base}


def _delivery(found: _Found) -> tuple[int, int, bytes]:
    """When a message was delivered: the seconds its name begins with, else its mtime."""
    digits = found.base.partition(b".")[0]
    if digits.isdigit() and len(digits) <= 10:
        return int(digits), found.status.st_mtime_ns, found.name
    return int(found.status.st_mtime), found.status.st_mtime_ns, found.name


def _unique_id(text: bytes | None) -> bytes | None:
    """The unique-id another server gave, if it is one (RFC 1939, section 7)."""
    return text if text is not None and _UNIQUE_ID.fullmatch(text) else None


def _sizes(row: MessageRow) -> bytes:
    """What the list should say of a file whose name does not: its size with CRLF."""
    said = b",W=%d" % row.size
    base = split(row.name)[0]
    return b"" if base.endswith(said) or said + b"," in base else b"W%d" % row.size
