"""What one session knows of its selected mailbox.

IMAP numbers messages from 1, and a number means what the client was *told* it means, not
what the store holds by now. A view is the client's side of that:

* ``uids`` are the messages the client knows, in order; message ``n`` is ``uids[n - 1]``.
  Their count is what the last EXISTS, less the EXPUNGEs since, has told.
* The view stands at one point of the store's history, ``(uid_next, highest_mod_seq)``.
  Everything up to there has been told, but for the EXPUNGEs in ``pending``, which wait for
  a command during which they may be sent.
* So the messages the client knows are those with a UID below ``uid_next`` that were alive
  at that point, plus those in ``pending``. If nothing is pending, that is the store's own
  array of UIDs at that point, and the view shares it with every other session that stands
  there; an array in ``uids`` is therefore never changed, only replaced.
* UIDs only ascend. A range of message numbers is hence one range of UIDs, which cannot hold
  a message the client does not know. Ranges of UIDs from the client are cut off below
  ``uid_next``.
* Changes of flags made by this session itself are not told again: what it did to which
  message is in ``own`` until the view has passed it. A change is first tried on messages that
  nobody else changed since the view's point. With ``.SILENT`` the client can know the outcome
  of those only; for all others the usual untagged FETCH follows.
* A mailbox that is deleted or renamed by another session, or that gets a new UIDVALIDITY,
  cannot be told in a view. The store raises MailboxGone then and the session ends with BYE
  (RFC 2180, section 3.3). A session that deletes or renames its own selected mailbox has it
  closed first, with ``OK [CLOSED]``.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from mailstore.account.mailbox import OpenMailbox
from mailstore.imap.responses import Unacceptable
from mailstore.model.flags import FlagChange
from mailstore.model.mailbox import MailboxState
from mailstore.model.sequence_set import STAR, Ranges, SequenceSet, normalize, ranges_of
from mailstore.store.ports import FlagsRow, StoreResult


class View:
    """Message numbers of one session, and where it stands.

    Attributes:
        mailbox: The open mailbox.
        read_only: EXAMINE, or the mailbox cannot be written.
        uids: Messages the client knows, ascending; shared, never changed in place.
        uid_validity: Fixed for the life of a view.
        uid_next: Messages from this UID on have not been told.
        mod_seq: Changes up to this mod-sequence have been told.
        pending: Expunged UIDs that the client still counts, ascending.
        recent: UID ranges that are ``\\Recent`` in this session (RFC 3501, 2.3.2).
        own: This session's own changes beyond ``mod_seq``: UID to mod-sequence of the last. A
            mod-sequence alone does not do: a change that alters nothing leaves the message
            with that of another session's change, which may have been to others as well.
        made: Messages beyond ``uid_next`` that this session itself put here, if that matters.
        keywords: Keywords that the client has heard of in FLAGS.
        stale: Something happened that the view has not taken in.
    """

    def __init__(
        self, mailbox: OpenMailbox, state: MailboxState, uids: array[int], *, read_only: bool
    ) -> None:
        """``uids`` may be newer than ``state``; later arrivals are told like all others."""
        self.mailbox = mailbox
        self.read_only = read_only or mailbox.read_only
        self.uid_validity = state.uid_validity
        self.uid_next = state.uid_next
        self.mod_seq = state.highest_mod_seq
        self.uids = below(uids, state.uid_next)
        self.pending: list[int] = []
        self.recent: list[tuple[int, int]] = []
        self.own: dict[int, int] = {}
        self.made: set[int] = set()
        self.keywords: frozenset[bytes] = frozenset()
        self.stale = True

    @property
    def exists(self) -> int:
        """How many messages the client counts."""
        return len(self.uids)

    @property
    def all(self) -> Ranges:
        """Every message that the client may know of."""
        return [(1, self.uids[-1])] if self.uids else []

    # From the client's words to UIDs

    def ranges(self, sequence_set: SequenceSet, *, by_uid: bool) -> Ranges:
        """The UIDs that the client means, as ranges within what it knows.

        Raises Unacceptable for a message number that does not exist (RFC 9051, section 9,
        seq-number). UIDs that do not exist are silently left out (section 6.4.9).
        """
        if by_uid:
            return self._uid_ranges(sequence_set)
        return self._number_ranges(sequence_set)

    def _uid_ranges(self, sequence_set: SequenceSet) -> Ranges:
        largest = self.uids[-1] if self.uids else 0
        return [
            (low, min(high, largest))
            for low, high in sequence_set.resolve(largest)
            if low <= largest
        ]

    def _number_ranges(self, sequence_set: SequenceSet) -> Ranges:
        exists = len(self.uids)
        for ends in sequence_set.ranges:
            # ``7:*`` in a mailbox of five is 5:7 by the letter; there is no message 7, but
            # clients that have just seen an EXPUNGE send it and mean the last message.
            if STAR not in ends and max(ends) > exists:
                raise Unacceptable(b"no such message number")
        return normalize(
            (self.uids[low - 1], self.uids[min(high, exists) - 1])
            for low, high in sequence_set.resolve(exists)
            if low <= exists
        )

    # From UIDs to the client's numbers

    def number(self, uid: int) -> int:
        """The message number of a UID that the client knows. Raises KeyError otherwise."""
        index = bisect_left(self.uids, uid)
        if index == len(self.uids) or self.uids[index] != uid:
            raise KeyError(uid)
        return index + 1

    def knows(self, uid: int) -> bool:
        index = bisect_left(self.uids, uid)
        return index < len(self.uids) and self.uids[index] == uid

    def numbers(self, uids: Sequence[int]) -> Sequence[int]:
        """Message numbers of known UIDs that ascend; cheap when they are neighbours."""
        if not uids:
            return ()
        first = self.number(uids[0])
        if first - 1 + len(uids) <= len(self.uids) and (
            self.uids[first + len(uids) - 2] == uids[-1]
        ):
            # Both ascend and begin and end alike, with as many in between: the same.
            return range(first, first + len(uids))
        return [self.number(uid) for uid in uids]

    def uids_in(self, ranges: Ranges) -> list[int]:
        """The known UIDs in ``ranges``, ascending."""
        found: list[int] = []
        for low, high in ranges:
            found.extend(self.uids[bisect_left(self.uids, low) : bisect_right(self.uids, high)])
        return found

    def is_recent(self, uid: int) -> bool:
        """Whether FLAGS of this message show ``\\Recent``; ask ``recent`` first in bulk."""
        return any(low <= uid <= high for low, high in self.recent)

    @property
    def recent_count(self) -> int:
        return sum(
            bisect_right(self.uids, high) - bisect_left(self.uids, low) for low, high in self.recent
        )

    # Changes of flags by this session

    async def store_flags(
        self,
        ranges: Ranges,
        change: FlagChange,
        unchanged_since: int | None = None,
        *,
        silent: bool,
    ) -> StoreResult:
        """Change flags as :meth:`OpenMailbox.store_flags` does, and keep the view right.

        If not ``silent``, the caller shows the flags in all ``rows``. If ``silent`` it shows
        none; messages whose flags the client cannot know follow by themselves.
        """
        told = self.mod_seq if unchanged_since is None else min(self.mod_seq, unchanged_since)
        known = await self.mailbox.store_flags(ranges, change, told)
        self._note_own(known.rows)
        if not known.modified or told == unchanged_since:
            return known
        others = await self.mailbox.store_flags(ranges_of(known.modified), change, unchanged_since)
        if not silent:
            self._note_own(others.rows)
        rows = sorted(known.rows + others.rows) if others.rows else known.rows
        return StoreResult(rows, others.modified)

    def _note_own(self, rows: list[FlagsRow]) -> None:
        self.own.update((row.uid, row.mod_seq) for row in rows if row.mod_seq > self.mod_seq)


def below(uids: array[int], uid_next: int) -> array[int]:
    """The part of ``uids`` below ``uid_next``; the same array if that is all of it."""
    if not uids or uids[-1] < uid_next:
        return uids
    return uids[: bisect_left(uids, uid_next)]
