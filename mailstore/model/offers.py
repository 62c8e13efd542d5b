"""What is offered to clients where the administrator has a choice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImapOffers:
    """Choices for every IMAP connection.

    Attributes:
        rev2: IMAP4rev2 is announced, and may be enabled (RFC 9051, appendix A).
        literal_minus: LITERAL- in place of LITERAL+ (RFC 7888): a client has to wait before it
            sends a literal of more than 4096 octets.
        uid_only: UIDONLY (RFC 9586). Microsoft's cloud enables it wherever it is, and then
            stumbles over it.
    """

    rev2: bool = True
    literal_minus: bool = False
    uid_only: bool = False
