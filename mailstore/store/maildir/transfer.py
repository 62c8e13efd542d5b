"""Copying and moving messages between two mailboxes of a user.

A copy is a hard link under a name of its own, or a true copy where there are no links. A
move is a rename: at every moment, a crash included, the message is in exactly one of the two
mailboxes. Both write the target's ``dovecot-uidlist`` and sync before the commit; whatever fails
before it is undone.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from typing import NamedTuple

from mailstore.model.errors import Unavailable
from mailstore.model.sequence_set import Ranges
from mailstore.store import durable
from mailstore.store.index import messages
from mailstore.store.index.messages import MessageRow
from mailstore.store.maildir import filename, odd, uidlist
from mailstore.store.maildir.deliver import check_room, place_of, record, sync_places
from mailstore.store.maildir.flagging import ATTEMPTS, learn, look_again
from mailstore.store.maildir.folder import Folder
from mailstore.store.maildir.home import Home
from mailstore.store.maildir.undo import Renamed, take_back
from mailstore.store.maildir.writer import MailboxWriter
from mailstore.store.ports import Copied


class _Placed(NamedTuple):
    """A message of the source and its new row, which has no UID yet."""

    source: MessageRow
    row: MessageRow


def copy(home: Home, source: Folder, uid_validity: int, target: Folder, ranges: Ranges) -> Copied:
    """Copy messages with flags and dates, all or none; ``uid_validity`` is the source's."""
    return _Transfer(home, source, target, moves=False).run(uid_validity, ranges)


def move(home: Home, source: Folder, uid_validity: int, target: Folder, ranges: Ranges) -> Copied:
    """Move messages with flags and dates, all or none; ``uid_validity`` is the source's."""
    return _Transfer(home, source, target, moves=True).run(uid_validity, ranges)


class _Transfer:
    def __init__(self, home: Home, source: Folder, target: Folder, *, moves: bool) -> None:
        self._home = home
        self._source = source
        self._target = target
        self._moves = moves
        self._made: list[Renamed] = []

    def run(self, uid_validity: int, ranges: Ranges) -> Copied:
        home = self._home
        try:
            with home.database.transaction() as connection:
                out = home.writer(connection, self._source, uid_validity)
                into = out
                if self._target.name != self._source.name:
                    into = home.writer(connection, self._target)
                copied = self._transfer(out, into, ranges)
                into.save()
                if out is not into:
                    out.save()
        except BaseException:
            self._undo()
            raise
        return copied

    def _undo(self) -> None:
        made, self._made = self._made, []
        if self._moves:
            take_back(made)
        else:
            for _, destination in made:
                durable.discard(destination)

    def _transfer(self, out: MailboxWriter, into: MailboxWriter, ranges: Ranges) -> Copied:
        self._home.catch_up(into)
        placed = self._place_all(out, into, ranges)
        if not placed:
            return Copied(into.row.uid_validity, [], [])
        mod_seq = into.next_mod_seq()
        first = into.row.uid_next
        rows = [
            row._replace(uid=uid, mod_seq=mod_seq) for uid, (_, row) in enumerate(placed, first)
        ]
        into.insert(rows)
        record(into, rows, {row.uid: b"G" + row.guid for row in rows if row.guid})
        sources = [source.uid for source, _ in placed]
        if self._moves:
            out.remove(messages.files_of(out.connection, out.id, sources))
            sync_places(out.folder, {source.in_new for source, _ in placed})
        return Copied(into.row.uid_validity, sources, [row.uid for row in rows])

    def _place_all(self, out: MailboxWriter, into: MailboxWriter, ranges: Ranges) -> list[_Placed]:
        """Give all messages their files in the target; begin again if one is not there."""
        for _ in range(ATTEMPTS):
            rows = messages.whole(out.connection, out.id, ranges)
            check_room(into, len(rows))
            if learn(into, b" ".join({row.keywords for row in rows}).split()) and into is out:
                continue
            try:
                return [self._place(out, into, row) for row in rows]
            except FileNotFoundError:
                # Names that are made must not be found by the comparison.
                self._undo()
                look_again(out)
                odd.expunge(out, [row.uid for row in rows])
        raise Unavailable("other programs rename the messages without end")

    def _place(self, out: MailboxWriter, into: MailboxWriter, row: MessageRow) -> _Placed:
        source = out.folder.file(row.in_new, row.name)
        status = os.lstat(source)
        if not stat.S_ISREG(status.st_mode):
            raise FileNotFoundError(errno.ENOENT, "there is no such file", source)
        base = filename.with_sizes(filename.unique(), status.st_size, row.size)
        known = into.keywords()
        keywords = known.encode(known.places(row.keywords.split()))
        in_new, name = place_of(into, base, row.flags, keywords)
        destination = into.folder.file(in_new, name)
        self._give_name(source, destination, os.path.join(into.folder.tmp, base))
        self._made.append((source, destination))
        made = row._replace(
            mailbox=into.id,
            keywords=keywords,
            saved_at=filename.made_at(base, int(time.time())),
            unique_id=None,
            guid=_guid(row),
            in_new=in_new,
            name=name,
        )
        return _Placed(row, made)

    def _give_name(self, source: bytes, destination: bytes, temporary: bytes) -> None:
        if not self._moves:
            durable.link_or_copy(source, destination, temporary)
            return
        try:
            durable.rename(source, destination)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # The folder lies on another file system.
            durable.link_or_copy(source, destination, temporary)
            durable.unlink(source)


def _guid(source: MessageRow) -> bytes | None:
    """The GUID that a copy has as well, as Dovecot gives it; None if it cannot be listed."""
    guid = source.guid or filename.split(source.name)[0]
    return guid if uidlist.is_field(guid) else None
