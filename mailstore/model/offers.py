"""What is offered to clients where the administrator has a choice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImapOffers:
    """Choices for every IMAP connection.

    Attributes:
        rev2: IMAP4rev2 is announced, and may be enabled (RFC 9051, appendix A).
    """

    rev2: bool = True
