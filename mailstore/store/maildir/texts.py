"""Filling the text index from the messages of one mailbox, a little at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from typing import Final

from mailstore.mime.pack import unpack_parts
from mailstore.mime.texts import folded_texts
from mailstore.model.errors import MessageGone
from mailstore.store.index import contents, messages
from mailstore.store.maildir.home import Home
from mailstore.store.ports import StoredMessage

LONGEST: Final = 128 * 1024
"""Characters of a message's texts; longer ones are read whenever they are searched."""

AT_ONCE: Final = 32 * 1024
"""Characters that are taken in at once: ten milliseconds or twenty."""


class TextFilling:
    """What is left to be done for one mailbox; the newest messages come first.

    ``read`` opens a message by its UID. Raises MessageGone.
    """

    def __init__(self, home: Home, read: Callable[[int], StoredMessage]) -> None:
        self._home = home
        self._read = read
        self._left: list[tuple[int, int]] = []
        self._unread: set[int] = set()
        self._complete_at: object = None

    def fill(self, mailbox: int, seconds: float) -> bool:
        """Take in texts for about so many seconds; False if there is no more to do."""
        home = self._home
        if home.database.volatile:
            return False
        if not self._left and not self._look(mailbox):
            return home.texts.sweep(messages.count_contents(home.database.connection))
        texts = self._texts(time.monotonic() + seconds)
        if not home.texts.add(texts):
            # No room, or another process is at it.
            self._left.clear()
            return False
        return True

    def _look(self, mailbox: int) -> bool:
        """See what is left; nothing can be if nobody has written anything since the last look."""
        home = self._home
        now = (home.database.version(), home.texts.file())
        if now == self._complete_at:
            return False
        found = messages.all_contents(home.database.connection, mailbox)
        unknown = home.texts.unknown([content for _, content in found]) - self._unread
        self._left = [(uid, content) for uid, content in found if content in unknown]
        if not self._left:
            self._unread.clear()
            self._complete_at = now
        return bool(self._left)

    def _texts(self, end: float) -> list[tuple[int, str | None]]:
        found: list[tuple[int, str | None]] = []
        size = 0
        while self._left and size < AT_ONCE and time.monotonic() < end:
            uid, content = self._left.pop()
            try:
                text = self._text(uid, content)
            except MessageGone:
                self._unread.add(content)
                continue
            found.append((content, text))
            size += len(text or "")
        return found

    def _text(self, uid: int, content: int) -> str | None:
        parts = contents.parts(self._home.database.connection, content)
        if parts is None:
            raise MessageGone(uid)
        with closing(self._read(uid)) as message:
            return folded_texts(message, unpack_parts(parts), LONGEST)
