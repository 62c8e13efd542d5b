"""How many messages a command may work on (RFC 9738); see ``extensions/message_limit.py``."""

from __future__ import annotations

from mailstore.imap.responses import Refused
from mailstore.imap.session import Session
from mailstore.imap.view import View
from mailstore.model.sequence_set import Ranges, ranges_of


def limited(session: Session, view: View, ranges: Ranges) -> Ranges:
    """The newest messages of ``view`` in ``ranges``, as many as MESSAGELIMIT allows.

    If there are more, the tagged OK will say so (section 3.1).
    """
    limit = session.limits.message_limit
    if not limit:
        return ranges
    uids = view.uids_in(ranges)
    if len(uids) <= limit:
        return ranges
    session.stopped_at = uids[-limit]
    return ranges_of(uids[-limit:])


def refuse_above_limit(session: Session, ranges: Ranges) -> None:
    """For commands that are done for all messages in ``ranges`` or for none. Raises Refused."""
    limits = session.limits
    limit = limits.message_limit or limits.save_limit
    uids = session.view.uids_in(ranges) if limit else []
    if len(uids) > limit:
        raise Refused(b"Too many messages for one command", message_limit(limit, uids[-limit]))


def message_limit(limit: int, lowest: int | None = None) -> bytes:
    """``message-limit-code = "MESSAGELIMIT" SP message-limit [SP uniqueid]``.

    ``lowest`` is the lowest UID that was worked on, or that would be.
    """
    if lowest is None:
        return b"MESSAGELIMIT %d" % limit
    return b"MESSAGELIMIT %d %d" % (limit, lowest)
