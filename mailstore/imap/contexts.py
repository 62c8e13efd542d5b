"""Searches whose results are kept up to date (RFC 5267, section 4.3).

A context is what a SEARCH with UPDATE leaves behind in the view: its program, and what the
client knows of its result. With every update of the view the messages that changed are searched
again, and nothing else; what went is taken off before its EXPUNGE is told.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mailstore.imap.search.key import Node, RowKey
from mailstore.imap.search.run import find, keys_of
from mailstore.imap.session import Session
from mailstore.imap.view import View
from mailstore.model.sequence_set import encode_numbers, ranges_of

CONTEXTS: Final = 8
"""Searches that one session keeps up to date; each has an array of the UIDs that it found."""


@dataclass(frozen=True, slots=True)
class Context:
    """One search; the client was told that ``uids``, which ascend, are its result."""

    root: Node
    by_uid: bool
    uids: array[int]

    def holds(self, uid: int) -> bool:
        place = bisect_left(self.uids, uid)
        return place < len(self.uids) and self.uids[place] == uid


def keep_up_to_date(session: Session, root: Node, uids: Sequence[int], *, by_uid: bool) -> None:
    """Tell from now on how the result changes; or that this is not done (section 4.3.1).

    It is not where the program names messages by their place, which others change by their
    coming and going.
    """
    contexts = session.view.contexts
    contexts.pop(session.tag, None)
    positional = any(isinstance(key, RowKey) and key.positional for key in keys_of(root))
    if positional or len(contexts) >= CONTEXTS:
        why = b"Message numbers are not followed" if positional else b"Too many contexts"
        session.output.untagged(b'NO [NOUPDATE "%s"] %s' % (session.tag, why))
    else:
        contexts[session.tag] = Context(root, by_uid, array("I", sorted(uids)))


def tell_expunged(session: Session, view: View, uids: Sequence[int]) -> None:
    """Take off what is about to be told as expunged; message numbers are those of before."""
    for tag, context in view.contexts.items():
        _send(session, view, tag, context, [], [uid for uid in uids if context.holds(uid)])


async def tell_changed(session: Session, view: View, uids: Sequence[int]) -> None:
    """Search the messages that changed or came, which ascend, once more."""
    known = [uid for uid in uids if view.knows(uid)] if view.contexts else []
    if not known:
        return
    for tag, context in view.contexts.items():
        found = await find(session, context.root, within=ranges_of(known))
        matching = set(found.uids)
        _send(
            session,
            view,
            tag,
            context,
            [uid for uid in found.uids if not context.holds(uid)],
            [uid for uid in known if uid not in matching and context.holds(uid)],
        )


def _send(
    session: Session,
    view: View,
    tag: bytes,
    context: Context,
    added: Sequence[int],
    removed: Sequence[int],
) -> None:
    """``ADDTO`` and ``REMOVEFROM``, at position 0: where it belongs in the mailbox's order.

    ``"ADDTO" SP "(" context-position SP sequence-set ")"``, and so for REMOVEFROM.
    """
    words = [b'* ESEARCH (TAG "%s")' % tag]
    if context.by_uid:
        words.append(b"UID")
    for name, uids in ((b"REMOVEFROM", removed), (b"ADDTO", added)):
        if uids:
            numbers = uids if context.by_uid else view.numbers(uids)
            words.append(b"%b (0 %b)" % (name, encode_numbers(numbers)))
    for uid in removed:
        del context.uids[bisect_left(context.uids, uid)]
    for uid in added:
        insort(context.uids, uid)
    if added or removed:
        session.output.write(b" ".join(words) + b"\r\n")
