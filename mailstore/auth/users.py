"""The users that a running server knows.

They are replaced all at once: a lookup sees the old file or the new one, never a mixture,
and a file with faults changes nothing. Better hashes made at sign-in are used at once and
written to the file a moment later, many at a time, because each write copies the file.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Final

from twisted.internet.defer import Deferred, DeferredLock

from mailstore.auth.ports import Call, Clock, EventLog, InThread, UserSource
from mailstore.model.user import UserEntry, name_key

WRITE_AFTER_S: Final = 2.0


class Users:
    """Looks users up by what a client sent. Everything but the source's work is on one thread."""

    def __init__(
        self, source: UserSource, in_thread: InThread, clock: Clock, log: EventLog
    ) -> None:
        self._source = source
        self._in_thread = in_thread
        self._clock = clock
        self._log = log
        self._key = secrets.token_bytes(32)
        self._users: dict[str, UserEntry] = {}
        self._keys: tuple[str, ...] = ()
        # Reading and writing, one after the other.
        self._lock: DeferredLock = DeferredLock()
        self._replacements: dict[str, tuple[str, str]] = {}
        self._write: Call | None = None

    def __len__(self) -> int:
        return len(self._users)

    def load(self) -> None:
        """Read the users, and block. Raises what the source raises."""
        self._take(self._source.load())

    def reload(self) -> Deferred[bool]:
        """Read the users in a thread. False, and a line in the log, if that cannot be.

        Users stay as they were until the new ones are there, and if they do not come.
        """
        return self._lock.run(lambda: Deferred.fromCoroutine(self._reload()))

    async def _reload(self) -> bool:
        try:
            users = await self._in_thread(self._source.load)
        except Exception as error:
            for fault in _faults(error):
                self._log.warn("users-not-reloaded", fault=fault)
            return False
        self._take(users)
        self._log.info("users-reloaded", users=len(users))
        return True

    def _take(self, users: Mapping[str, UserEntry]) -> None:
        self._users = dict(users)
        self._keys = tuple(users)

    def find(self, name: str) -> UserEntry | None:
        return self._users.get(name_key(name))

    def decoy(self, name: str) -> str | None:
        """The hash to verify with for somebody unknown, always the same for one name.

        It is the hash of some user, so that unknown names cost what known ones cost even
        where hashes of several kinds are in use. The caller ignores the result. None if there
        are no users.
        """
        if not self._keys:
            return None
        digest = hmac.digest(self._key, name_key(name).encode("utf-8"), hashlib.sha256)
        number = int.from_bytes(digest[:8], "big")
        return self._users[self._keys[number % len(self._keys)]].password

    def replace_password(self, user: UserEntry, hashed: str) -> None:
        """``hashed`` is a better hash of the password of ``user``."""
        key = name_key(user.name)
        if self._users.get(key) != user:
            return
        better = UserEntry(user.name, hashed, user.disabled, user.maildir)
        self._users[key] = better
        old, _ = self._replacements.get(user.name, (user.password, ""))
        self._replacements[user.name] = (old, hashed)
        if self._write is None:
            self._write = self._clock.callLater(WRITE_AFTER_S, self.flush)

    def flush(self) -> Deferred[None]:
        """Write better hashes now, as before the server stops. It does not fail."""
        write, self._write = self._write, None
        if write is not None and write.active():
            write.cancel()
        return self._lock.run(lambda: Deferred.fromCoroutine(self._flush()))

    async def _flush(self) -> None:
        changes, self._replacements = self._replacements, {}
        if not changes:
            return
        try:
            await self._in_thread(lambda: self._source.replace_passwords(changes))
        except Exception as error:
            # The old hashes are as good as they were; the next sign-in tries again.
            for fault in _faults(error):
                self._log.warn("hashes-not-replaced", fault=fault)
        else:
            self._log.info("hashes-replaced", users=len(changes))


def _faults(error: Exception) -> list[str]:
    """One text for each line of the log; quoted, as it may hold names from the file."""
    lines = str(error).splitlines() or [type(error).__name__]
    return [json.dumps(line) for line in lines]
