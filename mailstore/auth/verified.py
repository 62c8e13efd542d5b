"""Passwords that were right a moment ago, so that they need no hashing again.

Mail programs open several connections and open them anew all the time. What is kept is a
keyed digest of user, hash and password together: a user never matches what another one
proved, a new hash in the users file ends what the old one allowed, and a look into the
process's memory finds no password.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import Final

KEEP_S: Final = 300.0
MOST: Final = 10_000


class VerifiedPasswords:
    """Remembers for ``keep_s`` seconds, and no more than ``most`` at a time."""

    def __init__(
        self, seconds: Callable[[], float], keep_s: float = KEEP_S, most: int = MOST
    ) -> None:
        self._seconds = seconds
        self._keep_s = keep_s
        self._most = most
        self._key = secrets.token_bytes(32)
        # The oldest first: all are kept for the same time.
        self._until: dict[bytes, float] = {}

    def __len__(self) -> int:
        return len(self._until)

    def add(self, user: str, hashed: str, password: bytes) -> None:
        self._forget_old()
        digest = self._digest(user, hashed, password)
        self._until.pop(digest, None)
        if len(self._until) >= self._most:
            del self._until[next(iter(self._until))]
        self._until[digest] = self._seconds() + self._keep_s

    def has(self, user: str, hashed: str, password: bytes) -> bool:
        until = self._until.get(self._digest(user, hashed, password))
        return until is not None and self._seconds() < until

    def _digest(self, user: str, hashed: str, password: bytes) -> bytes:
        digest = hmac.new(self._key, digestmod="sha256")
        for part in (user.encode("utf-8"), hashed.encode("utf-8"), password):
            # With its length: no two triples are the same octets.
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return digest.digest()

    def _forget_old(self) -> None:
        now = self._seconds()
        while self._until:
            digest = next(iter(self._until))
            if self._until[digest] > now:
                break
            del self._until[digest]
