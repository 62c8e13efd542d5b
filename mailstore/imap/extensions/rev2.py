"""IMAP4rev2, RFC 9051, beside IMAP4rev1: what changes once a client enables it.

Most of the new revision is what rev1 has by extensions. The rest (appendix E) is told here,
and done where it belongs, by :attr:`mailstore.imap.session.Session.rev2`:

* mailbox names and quoted strings are UTF-8, as with UTF8=ACCEPT;
* SEARCH is answered with ESEARCH (``commands/search.py``);
* SELECT and EXAMINE tell the mailbox in LIST, but neither RECENT nor UNSEEN; no message is
  ``\\Recent`` (``commands/select.py``, ``updates.py``);
* untagged FETCH answers that nobody asked for have the UID (``updates.py``);
* a name that is only the parent of others is ``\\NonExistent`` in every LIST answer;
* CREATE, DELETE, RENAME and SELECT tell what a name became (``old_name.py``);
* CHECK, and the items and keys about recent messages, are gone (``Extension.rev1_only``).

LSUB and the RFC822 items of FETCH are deprecated, not removed; they are still answered.
DELETED of STATUS (section 6.3.11) is answered to everybody who asks for it.
"""

from __future__ import annotations

from mailstore.imap.registry import Extension, StatusItem
from mailstore.imap.session import Session


def _offered(session: Session) -> bool:
    return session.offers.rev2


def _enable(session: Session) -> None:
    session.enabled.add(b"IMAP4rev2")
    if session.selected is not None:
        session.selected.recent = []


EXTENSION = Extension(
    rfc=9051,
    title="IMAP4rev2",
    capabilities=(b"IMAP4rev2",),
    offered=_offered,
    status_items=(StatusItem(b"DELETED", lambda _, status: b"%d" % status.deleted),),
    enables=((b"IMAP4rev2", _enable),),
)
