"""How much mail one user may keep (RFC 9208)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

UNLIMITED: Final = (1 << 63) - 1
"""The greatest number that IMAP has for a limit stands for none."""


class Usage(NamedTuple):
    """All mail of a user: every mailbox, and octets with CRLF line ends as in RFC822.SIZE."""

    messages: int
    octets: int


@dataclass(frozen=True, slots=True)
class Quota:
    """Limits on all mail of a user, both inclusive.

    Attributes:
        storage: Octets.
        messages: How many.
        settable: The user may set limits below these.
    """

    storage: int = UNLIMITED
    messages: int = UNLIMITED
    settable: bool = False

    @property
    def limited(self) -> bool:
        return self.storage != UNLIMITED or self.messages != UNLIMITED

    def allows(self, usage: Usage, messages: int = 0, octets: int = 0) -> bool:
        """Whether so much may be added to ``usage``; all of it, or it is refused whole."""
        return usage.messages + messages <= self.messages and usage.octets + octets <= self.storage

    def within(self, other: Quota) -> Quota:
        """Of each limit the lower one."""
        return replace(
            self,
            storage=min(self.storage, other.storage),
            messages=min(self.messages, other.messages),
        )


NO_QUOTA: Final = Quota()
