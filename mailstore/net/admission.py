"""Who may connect: limits in total and for each address (trust at the door, not inside)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Protocol

from mailstore.model.limits import ConnectionLimits

IPV6_NETWORK = 64
"""Leading bits of an IPv6 address that one client's site has in common."""


class Guest(Protocol):
    """A connection, as admission sees it."""

    def make_room(self) -> None:
        """Close at once: somebody else needs the place."""


class Refusal(Exception):
    """No more connections; the text is for the client."""


def plain_address(address: str) -> str:
    """``192.0.2.1`` for ``::ffff:192.0.2.1``, which is how one socket for both shows IPv4."""
    if address.startswith("::ffff:"):
        try:
            mapped = IPv6Address(address).ipv4_mapped
        except ValueError:
            return address
        if mapped is not None:
            return str(mapped)
    return address


def group_of(address: str) -> str:
    """What the limit for one address counts: the address, or its /64 for IPv6."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address  # a UNIX socket
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, IPV6_NETWORK), strict=False))
    return str(parsed)


class Admission:
    """Counts connections of all listeners of a process."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._groups: Counter[str] = Counter()
        self._inside: dict[Guest, str] = {}
        # In the order of their arrival: dict keeps it.
        self._without_user: dict[Guest, None] = {}
        self._when_empty: list[Callable[[], None]] = []

    def when_empty(self, call: Callable[[], None]) -> None:
        """Call once when nobody is inside any more; at once if nobody is."""
        if self._inside:
            self._when_empty.append(call)
        else:
            call()

    def __len__(self) -> int:
        return len(self._inside)

    def guests(self) -> list[Guest]:
        return list(self._inside)

    def enter(self, guest: Guest, address: str) -> None:
        """Raises Refusal. When full, the oldest connection without a user makes room."""
        group = group_of(address)
        if self._groups[group] >= self.limits.per_address:
            raise Refusal("Too many connections from your address")
        if len(self._inside) >= self.limits.total:
            oldest = next(iter(self._without_user), None)
            if oldest is None:
                raise Refusal("Too many connections, try again later")
            self.leave(oldest)
            oldest.make_room()
        self._groups[group] += 1
        self._inside[guest] = group
        self._without_user[guest] = None

    def signed_in(self, guest: Guest) -> None:
        self._without_user.pop(guest, None)

    def signed_out(self, guest: Guest) -> None:
        if guest in self._inside:
            self._without_user[guest] = None

    def leave(self, guest: Guest) -> None:
        """Safe to call twice, and for one that was never inside."""
        group = self._inside.pop(guest, None)
        self._without_user.pop(guest, None)
        if group is not None:
            self._groups[group] -= 1
            if not self._groups[group]:
                del self._groups[group]
            if not self._inside:
                waiting, self._when_empty = self._when_empty, []
                for call in waiting:
                    call()
