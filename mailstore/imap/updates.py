"""Untagged updates: what happened since the client last heard, to the selected mailbox above all.

They are sent at the end of a command, before its tagged answer, and while IDLE waits
(RFC 9051, sections 5.2 and 7.5.1; RFC 2180, section 4); to a client that asked for it by NOTIFY
also while no command runs (RFC 5465). Those of the selected mailbox come from one question to
the store, what happened after the mod-sequence that the view stands at; see
:mod:`mailstore.imap.view` for what the view keeps, :mod:`mailstore.imap.watch` for other mailboxes,
and :mod:`mailstore.imap.news` for what has no mod-sequences.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice

from mailstore.imap.fetch.answer import send_answers
from mailstore.imap.fetch.items import MOD_SEQ_ITEM
from mailstore.imap.fetch.plan import Plan
from mailstore.imap.interest import Events
from mailstore.imap.news import send_news
from mailstore.imap.responses import Bye, Refused
from mailstore.imap.session import Session
from mailstore.imap.view import View, below
from mailstore.imap.watch import send_overflow
from mailstore.model.errors import LimitReached, MailboxGone, MailError
from mailstore.model.flags import SYSTEM_FLAGS, encode_flags
from mailstore.model.sequence_set import normalize, ranges_of
from mailstore.store.ports import Changes, FlagsRow

SLICE = 500
"""FETCH answers written between two looks at whether the client keeps up."""


async def update(session: Session, *, may_expunge: bool) -> None:
    """Tell all that may be told now, of the selected mailbox if there is one.

    If the store cannot be asked, the next update tells it. Raises Bye if the mailbox is gone
    (RFC 2180, section 3.3: a session cannot go on in it), and Disconnected.
    """
    await _update_others(session)
    view = session.selected
    if view is None:
        return
    try:
        await _send_updates(session, view, may_expunge=may_expunge)
    except MailboxGone:
        raise mailbox_gone() from None
    except MailError:
        view.stale = True


async def push(session: Session) -> None:
    """Tell a client that listens what there is to tell while no command runs. Raises as ``update``.

    It begins when the client has read what it was told before: what happens until then is
    told at once.
    """
    await session.output.take_turns()
    await update(session, may_expunge=session.interest.at_once)


async def _update_others(session: Session) -> None:
    try:
        await send_news(session)
        if session.watch is not None:
            await session.watch.send_statuses(session)
    except LimitReached:
        send_overflow(session)
    except MailError:
        # The next update tells it.
        return


def mailbox_gone() -> Bye:
    """What a session is told whose mailbox is not there any more."""
    return Bye(b"The selected mailbox was deleted or renamed, or is another one now")


async def _send_updates(session: Session, view: View, *, may_expunge: bool) -> None:
    """EXPUNGE comes first, so that every number after it is the new one.

    A client that wants to hear nothing keeps what it saw last (RFC 5465, section 5), but for
    messages that it removes itself.
    """
    command, wanted = session.command, session.interest.selected
    if not wanted and not (command is not None and command.expunges):
        return
    changes = None
    if view.stale:
        view.stale = False
        changes = await view.mailbox.changes(view.mod_seq)
        _note_expunged(view, changes.expunged)
    if view.pending and may_expunge:
        await _send_expunges(session, view)
    if not wanted:
        view.stale = True
    elif changes is not None:
        await _send_changes(session, view, changes)


def _note_expunged(view: View, uids: Iterable[int]) -> None:
    known = {uid for uid in uids if view.knows(uid)}
    if known:
        view.pending = sorted(known.union(view.pending))


async def _send_expunges(session: Session, view: View) -> None:
    """``* n EXPUNGE`` in ascending order; each lowers the numbers that follow it."""
    numbers = view.numbers(view.pending)
    lines = (b"* %d EXPUNGE\r\n" % (number - gone) for gone, number in enumerate(numbers))
    while piece := b"".join(islice(lines, SLICE)):
        session.output.write(piece)
        await session.output.drained()
    view.uids, view.pending = without(view.uids, numbers), []
    await _share(view)


async def _send_changes(session: Session, view: View, changes: Changes) -> None:
    """The view moves on to the new point last: if the store fails, this is told again."""
    told_before, state = view.uid_next, changes.state
    arrived = array("I", (row.uid for row in changes.changed if row.uid >= told_before))
    changed = [
        row
        for row in changes.changed
        if row.uid < told_before and view.own.get(row.uid) != row.mod_seq
    ]
    view.uids, view.uid_next = view.uids + arrived if arrived else view.uids, state.uid_next
    if arrived:
        session.output.untagged(b"%d EXISTS" % view.exists)
        await claim_recent(view, told_before)
        session.output.untagged(b"%d RECENT" % view.recent_count)
        await _share(view)
    await _send_new_keywords(session, view, changes.changed)
    if Events.FLAG_CHANGE in session.interest.selected:
        await send_flags(session, view, changed)
    if session.interest.items:
        await _fetch_new(session, view, [uid for uid in arrived if uid not in view.made])
    view.mod_seq = state.highest_mod_seq
    view.own.clear()
    view.made.clear()


async def _fetch_new(session: Session, view: View, uids: Sequence[int]) -> None:
    """What the client wants to know of each new message (RFC 5465, section 5.2)."""
    items = list(session.interest.items)
    if session.condstore:
        items.append(MOD_SEQ_ITEM)
    # Unasked for, as it is, it cannot make messages \Seen.
    plan = Plan(items, sets_seen=False)
    # What an item is refused for, such as an encoding that is not known, is told when the client
    # asks for it.
    with suppress(Refused):
        await send_answers(session, view, plan, ranges_of(uids))


async def claim_recent(view: View, first_uid: int) -> None:
    """Find out which messages from ``first_uid`` on are ``\\Recent`` in this session.

    A session that may write is the only one to see them so; others leave them recent for
    the next session (RFC 3501, section 2.3.2).
    """
    uid_next = view.uid_next
    if not view.read_only:
        first_uid = await view.mailbox.claim_recent()
        # Messages that the view has not been told of yet may have been claimed with them.
        uid_next = (await view.mailbox.state()).uid_next
    if first_uid < uid_next:
        view.recent = normalize([*view.recent, (first_uid, uid_next - 1)])


async def send_flags(session: Session, view: View, rows: Sequence[FlagsRow]) -> None:
    """``* n FETCH (FLAGS ...)`` for messages that the client knows.

    With the UID while a UID command runs (RFC 9051, section 6.4.9) and for a client that asked
    by NOTIFY (RFC 5465, section 5.1), and with MODSEQ for a client that knows mod-sequences
    (RFC 7162, section 3.1).
    """
    by_uid = session.command is not None and session.command.by_uid
    with_uid = by_uid or session.interest.asked
    with_mod_seq = session.condstore
    for start in range(0, len(rows), SLICE):
        piece = [row for row in rows[start : start + SLICE] if view.knows(row.uid)]
        numbers = view.numbers([row.uid for row in piece])
        lines = []
        for number, (uid, flags, keywords, mod_seq) in zip(numbers, piece, strict=True):
            recent = bool(view.recent) and view.is_recent(uid)
            items = b"FLAGS " + encode_flags(flags, keywords, recent)
            if with_uid:
                items = b"UID %d " % uid + items
            if with_mod_seq:
                items += b" MODSEQ (%d)" % mod_seq
            lines.append(b"* %d FETCH (%s)\r\n" % (number, items))
        session.output.write(b"".join(lines))
        await session.output.drained()


async def _send_new_keywords(session: Session, view: View, rows: Sequence[FlagsRow]) -> None:
    used = b" ".join({row.keywords for row in rows}).split()
    if not view.keywords.issuperset(used):
        await send_known_flags(session, view)


async def send_known_flags(session: Session, view: View) -> None:
    """``FLAGS`` and ``PERMANENTFLAGS``: what exists in the mailbox, what can be stored.

    ``\\*`` says that clients may make keywords up (RFC 9051, section 7.1).
    """
    keywords = await view.mailbox.keywords()
    view.keywords = frozenset(keywords)
    flags = b" ".join([name for _, name in SYSTEM_FLAGS] + list(keywords))
    session.output.untagged(b"FLAGS (%s)" % flags)
    if view.read_only:
        session.output.untagged(b"OK [PERMANENTFLAGS ()] Read-only mailbox")
    else:
        session.output.untagged(b"OK [PERMANENTFLAGS (%s \\*)] Flags permitted" % flags)


def without(uids: array[int], numbers: Sequence[int]) -> array[int]:
    """``uids`` less the messages of these ascending numbers, which count from 1."""
    kept = array("I")
    start = 0
    for number in numbers:
        kept.extend(uids[start : number - 1])
        start = number
    kept.extend(uids[start:])
    return kept


async def _share(view: View) -> None:
    """Take the store's own array if it says the same, so that all sessions keep one."""
    if not view.pending:
        uids = below(await view.mailbox.uids(), view.uid_next)
        if uids == view.uids:
            view.uids = uids
