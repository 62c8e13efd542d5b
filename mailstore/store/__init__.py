"""Maildir and index. Blocking, durable, and without a word of any protocol."""

from mailstore.store.opening import open_user

__all__ = ["open_user"]
