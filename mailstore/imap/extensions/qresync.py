"""QRESYNC, RFC 7162, section 3.2: what changed since a client last looked, in one SELECT.

Once it is enabled, messages that go are told by UID, with VANISHED. Where that is written
and where HIGHESTMODSEQ is told in tagged answers, see :mod:`mailstore.imap.updates`; VANISHED
as a modifier of UID FETCH stands with FETCH.

The store knows of all UIDs that went, whatever mod-sequence the client comes with, so the sets
of message numbers and UIDs that it may give spare octets and nothing else: up to the last pair
that is still right nothing can have gone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from mailstore.imap.fetch.answer import send_answers
from mailstore.imap.fetch.items import FLAGS_ITEM, MOD_SEQ_ITEM, UID_ITEM
from mailstore.imap.fetch.plan import Plan
from mailstore.imap.grammar.sequence_set import parse_sequence_set
from mailstore.imap.registry import Extension, SelectParameter
from mailstore.imap.responses import Unacceptable
from mailstore.imap.session import Session
from mailstore.imap.updates import send_vanished_earlier
from mailstore.imap.view import View, uid_required
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.sequence_set import MAX_UID, STAR, Ranges, intersect


class _Known(NamedTuple):
    """What the client knows of the mailbox.

    ``uids`` None is all of them. ``numbers`` and ``uids_of_numbers`` hold as many numbers each,
    and belong together in ascending order.
    """

    uid_validity: int
    mod_seq: int
    uids: Ranges | None
    numbers: Ranges
    uids_of_numbers: Ranges


def _parse(cursor: Cursor) -> _Known:
    """``SP "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"``.

    ``seq-match-data = "(" known-sequence-set SP known-uid-set ")"``. The mod-sequence may be 0,
    as in CHANGEDSINCE.
    """
    cursor.space()
    cursor.enter()
    uid_validity = cursor.nz_number()
    cursor.space()
    mod_seq = cursor.number64()
    uids: Ranges | None = None
    numbers: Ranges = ()
    uids_of_numbers: Ranges = ()
    if cursor.peek() == b" " and cursor.peek(2) != b" (":
        cursor.space()
        uids = _parse_known(cursor)
    if cursor.peek() == b" ":
        cursor.space()
        numbers, uids_of_numbers = _parse_match_data(cursor)
    cursor.leave()
    return _Known(uid_validity, mod_seq, uids, numbers, uids_of_numbers)


def _parse_match_data(cursor: Cursor) -> tuple[Ranges, Ranges]:
    cursor.enter()
    numbers = _parse_known(cursor)
    cursor.space()
    uids = _parse_known(cursor)
    if _count(numbers) != _count(uids):
        raise cursor.bad("expected as many UIDs as message numbers before this")
    cursor.leave()
    return numbers, uids


def _parse_known(cursor: Cursor) -> Ranges:
    """``known-uids = sequence-set``, in which ``*`` is not allowed."""
    known = parse_sequence_set(cursor)
    if known.saved or any(STAR in ends for ends in known.ranges):
        raise cursor.bad("expected a set without * and $ before this")
    return known.resolve(MAX_UID)


def _count(ranges: Ranges) -> int:
    return sum(high - low + 1 for low, high in ranges)


def _check(session: Session, known: _Known) -> None:
    """Message numbers are of no use to a client without any (RFC 9586, section 3.5)."""
    if not session.qresync:
        raise Unacceptable(b"QRESYNC has to be enabled first")
    if session.uid_only and known.numbers:
        raise uid_required()


async def _resynchronise(session: Session, view: View, known: _Known) -> None:
    """As ``UID FETCH known-uids (FLAGS) (CHANGEDSINCE mod-sequence VANISHED)`` would.

    Nothing is told of a mailbox with another UIDVALIDITY (section 3.2.5.1).
    """
    if known.uid_validity != view.uid_validity:
        return
    uids = [(1, view.uid_next - 1)] if known.uids is None else known.uids
    unsure = intersect(uids, [(_last_match(view, known) + 1, MAX_UID)])
    await send_vanished_earlier(session, view, known.mod_seq, unsure)
    items = (FLAGS_ITEM, MOD_SEQ_ITEM) if view.uid_only else (UID_ITEM, FLAGS_ITEM, MOD_SEQ_ITEM)
    plan = Plan(items, sets_seen=False)
    wanted = intersect(uids, view.all)
    await send_answers(session, view, plan, wanted, known.mod_seq)


def _last_match(view: View, known: _Known) -> int:
    """The highest UID that has the message number which the client knows, else 0.

    Within a run the UID of a number, less the number, never falls from one to the next; so the
    last place where it is as the client has it is found by halving.
    """
    found = 0
    for number, uid, count in _runs(known.numbers, known.uids_of_numbers):
        count = min(count, view.exists + 1 - number)
        offsets = range(number, number + count)
        last = bisect_right(offsets, uid - number, key=lambda at: view.uids[at - 1] - at)
        if last and view.uids[number + last - 2] == uid + last - 1:
            found = uid + last - 1
    return found


def _runs(numbers: Ranges, uids: Ranges) -> Iterator[tuple[int, int, int]]:
    """A number, its UID, and for how many both go on by one."""
    rest = iter(uids)
    low, high = 1, 0
    for number, last in numbers:
        while number <= last:
            if low > high:
                low, high = next(rest)
            count = min(last - number, high - low) + 1
            yield number, low, count
            number, low = number + count, low + count


EXTENSION = Extension(
    rfc=7162,
    title="QRESYNC",
    capabilities=(b"QRESYNC",),
    select_parameters=(SelectParameter(b"QRESYNC", _parse, check=_check, follow=_resynchronise),),
    enables=((b"QRESYNC", Session.enable_qresync),),
)
"""Listed behind CONDSTORE, which it needs and enables."""
