"""Mailboxes as a client hears of them."""

from __future__ import annotations

import unicodedata
from typing import Final, NamedTuple

INBOX: Final = "INBOX"
SEPARATOR: Final = "/"
"""The hierarchy separator in mailbox names, whatever the layout on disk uses."""

SPECIAL_USES: Final = (b"\\Archive", b"\\Drafts", b"\\Flagged", b"\\Junk", b"\\Sent", b"\\Trash")
"""RFC 6154, section 2; ``\\All`` is not offered, as there is no such mailbox here."""


def canonical_name(name: str) -> str:
    """The one spelling of a name: in NFC, and ``INBOX`` in upper case, also as a parent of others.

    How a client's system spells accents must not make two mailboxes of one.
    """
    if not name.isascii():
        name = unicodedata.normalize("NFC", name)
    head, separator, rest = name.partition(SEPARATOR)
    return INBOX + separator + rest if head.upper() == INBOX else name


class MailboxInfo(NamedTuple):
    """One name in the hierarchy.

    ``name`` is canonical Unicode; ``selectable`` is False for a name that exists only as
    the parent of others; ``special_use`` is one of :data:`SPECIAL_USES` or None.
    """

    name: str
    selectable: bool
    special_use: bytes | None


class MailboxState(NamedTuple):
    """Where a mailbox stands; two integers tell what a session has been told."""

    uid_validity: int
    uid_next: int
    highest_mod_seq: int
    messages: int


class MailboxStatus(NamedTuple):
    """Everything STATUS can ask for (RFC 9051, section 6.3.11; sizes in octets)."""

    uid_validity: int
    uid_next: int
    highest_mod_seq: int
    messages: int
    recent: int
    unseen: int
    deleted: int
    size: int
    mailbox_id: bytes
