"""Mailboxes as a client hears of them."""

from __future__ import annotations

import unicodedata
from typing import Final, NamedTuple

INBOX: Final = "INBOX"
SEPARATOR: Final = "/"
"""The hierarchy separator in mailbox names, whatever the layout on disk uses."""

SPECIAL_USES: Final = (b"\\Archive", b"\\Drafts", b"\\Flagged", b"\\Junk", b"\\Sent", b"\\Trash")
"""RFC 6154, section 2; ``\\All`` is not offered, as there is no such mailbox here."""


def net_unicode(text: str) -> str:
    """``text`` in NFC, as Net-Unicode wants it (RFC 5198, section 2; RFC 9051, section 5.1)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def canonical_name(name: str) -> str:
    """The one spelling of a name: NFC, and ``INBOX`` in upper case, also as a parent."""
    name = net_unicode(name)
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
    deleted_size: int
    mailbox_id: bytes
