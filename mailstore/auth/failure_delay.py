"""How long a refusal waits, by where it goes to.

Guessing from one address becomes slow, and a user who mistypes hardly notices. The user's
name plays no part: otherwise anybody could keep anybody out. A right password is never
delayed, so neighbours behind one address do not suffer for each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

FIRST_S: Final = 0.25
LONGEST_S: Final = 5.0
FORGET_S: Final = 600.0
MOST: Final = 10_000


class FailureDelay:
    """Counts refusals of addresses, ``most`` of them; the longest quiet are forgotten first.

    ``group`` gives what counts as one address, such as a /64 network of IPv6.
    """

    def __init__(
        self, seconds: Callable[[], float], group: Callable[[str], str], most: int = MOST
    ) -> None:
        self._seconds = seconds
        self._group = group
        self._most = most
        # Refusals and the time of the last; the last one who was refused is at the end.
        self._failures: dict[str, tuple[int, float]] = {}

    def __len__(self) -> int:
        return len(self._failures)

    def failed(self, address: str) -> float:
        """Count a refusal, and tell how many seconds it shall wait."""
        group, now = self._group(address), self._seconds()
        count, last = self._failures.pop(group, (0, now))
        if now - last >= FORGET_S:
            count = 0
        if len(self._failures) >= self._most:
            del self._failures[next(iter(self._failures))]
        self._failures[group] = (count + 1, now)
        return min(LONGEST_S, FIRST_S * 2.0 ** min(count, 16))
