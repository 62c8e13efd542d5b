"""Changing flags: a rename for each message, one transaction and one mod-sequence for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mailstore.model.errors import Unavailable
from mailstore.model.flags import FlagChange, FlagMode
from mailstore.model.sequence_set import Ranges
from mailstore.store import durable
from mailstore.store.index import messages
from mailstore.store.index.messages import FileRow
from mailstore.store.maildir import ledger
from mailstore.store.maildir.filename import parse
from mailstore.store.maildir.keyword_map import KeywordMap
from mailstore.store.maildir.reconcile import reconcile, reread_keywords
from mailstore.store.maildir.writer import MailboxWriter
from mailstore.store.ports import FlagsRow, StoreResult

ATTEMPTS: Final = 5
"""How often files that other programs rename meanwhile are looked for again."""

Change = tuple[FileRow, FileRow]
"""A message before and after."""


def store_flags(
    writer: MailboxWriter, ranges: Ranges, change: FlagChange, unchanged_since: int | None
) -> StoreResult:
    """Change flags in the transaction of ``writer``; see ``MailboxStore.store_flags``."""
    rows = messages.files(writer.connection, writer.id, ranges)
    modified: list[int] = []
    if unchanged_since is not None:
        modified = [row.uid for row in rows if row.mod_seq > unchanged_since]
        rows = [row for row in rows if row.mod_seq <= unchanged_since]
    if not rows:
        return StoreResult([], modified)
    if change.mode is not FlagMode.REMOVE and learn(writer, change.keywords):
        rows = messages.files_of(writer.connection, writer.id, [row.uid for row in rows])
    done = {row.uid: row for row in rows}
    mod_seq = 0
    for _ in range(ATTEMPTS):
        changes = _plan(writer.keywords(), rows, change)
        if not changes:
            break
        mod_seq = mod_seq or writer.next_mod_seq()
        changes = [(before, after._replace(mod_seq=mod_seq)) for before, after in changes]
        lost = rename_all(writer, changes)
        writer.update([pair for pair in changes if pair[0].uid not in lost])
        done.update((after.uid, after) for _, after in changes)
        if not lost:
            break
        look_again(writer)
        rows = messages.files_of(writer.connection, writer.id, sorted(lost))
        for uid in lost:
            del done[uid]
        done.update((row.uid, row) for row in rows)
    else:
        raise Unavailable("other programs rename the messages without end")
    found = [FlagsRow(r.uid, r.flags, r.keywords, r.mod_seq) for _, r in sorted(done.items())]
    return StoreResult(found, modified)


def learn(writer: MailboxWriter, keywords: Sequence[bytes]) -> bool:
    """Make keywords known to the mailbox. True if rows have changed by it."""
    if not writer.learn_keywords(keywords):
        return False
    # A file may have had the letter before it meant anything.
    writer.row.letters = writer.keywords().letters_known()
    reread_keywords(writer)
    return True


def look_again(writer: MailboxWriter) -> None:
    """Files were not where the index has them: find out what other programs did."""
    ledger.catch_up(writer)
    reconcile(writer)


def _plan(known: KeywordMap, rows: Sequence[FileRow], change: FlagChange) -> list[Change]:
    """What the change makes of those rows that it alters, file names included."""
    mode, system = change.mode, change.system
    places = known.places(change.keywords)
    texts: dict[bytes, bytes] = {}
    changes = []
    for row in rows:
        flags, keywords = row.flags, texts.get(row.keywords)
        if keywords is None:
            before = known.places(row.keywords.split())
            keywords = texts[row.keywords] = known.encode(_apply(mode, before, places))
        if mode is FlagMode.ADD:
            flags |= system
        elif mode is FlagMode.REMOVE:
            flags &= ~system
        else:
            flags = system
        if flags != row.flags or keywords != row.keywords:
            name = renamed(known, row.name, flags, keywords)
            changes.append((row, row._replace(flags=flags, keywords=keywords, in_new=0, name=name)))
    return changes


def _apply(mode: FlagMode, before: frozenset[int], given: frozenset[int]) -> frozenset[int]:
    if mode is FlagMode.ADD:
        return before | given
    if mode is FlagMode.REMOVE:
        return before - given
    return given


def renamed(known: KeywordMap, name: bytes, flags: int, keywords: bytes) -> bytes:
    """The name in ``cur/`` of a file whose flags are these; what it says beyond them stays."""
    base, colon, info = name.partition(b":2,")
    if b"," in info or (not colon and b":" in name):
        parsed = parse(name)
        base, info, rest = parsed.base, parsed.letters, parsed.rest
    else:
        rest = b""
    return b"%b:2,%b%b" % (base, known.to_letters(flags, keywords, info), rest)


def rename_all(writer: MailboxWriter, changes: Sequence[Change]) -> set[int]:
    """Rename files; UIDs of those that were not there, or whose new name is taken.

    If the transaction fails, files get their old names back.
    """
    lost: set[int] = set()
    file = writer.folder.file
    for before, after in changes:
        if before.name == after.name and before.in_new == after.in_new:
            continue
        old, new = file(before.in_new, before.name), file(after.in_new, after.name)
        try:
            durable.rename(old, new)
        except (FileNotFoundError, FileExistsError):
            lost.add(before.uid)
        else:
            writer.renamed.append((old, new))
    return lost
