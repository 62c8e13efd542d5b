"""Which users have sessions here, and the mail they share."""

from __future__ import annotations

from collections.abc import Callable

from mailstore.account.account import Account
from mailstore.account.mail import Mail
from mailstore.model.errors import TooManyConnections


class Accounts:
    """Opens a user's mail for the first session and closes it after the last.

    ``open_mail`` may be slow (a cold index); it runs where the caller runs. ``per_user``
    bounds the sessions of one user.
    """

    def __init__(self, open_mail: Callable[[str], Mail], per_user: int) -> None:
        self._open_mail = open_mail
        self._per_user = per_user
        self._open: dict[str, Mail] = {}
        self._sessions: dict[str, int] = {}

    def has(self, user: str) -> bool:
        """The user's mail is open, so that ``open`` is quick."""
        return user in self._open

    def open(self, user: str) -> Account:
        """Raises TooManyConnections, Unavailable."""
        sessions = self._sessions.get(user, 0)
        if sessions >= self._per_user:
            raise TooManyConnections(f"no more than {self._per_user} connections for a user")
        mail = self._open.get(user)
        if mail is None:
            mail = self._open[user] = self._open_mail(user)
        self._sessions[user] = sessions + 1
        return Account(user, mail, lambda: self._release(user))

    def _release(self, user: str) -> None:
        sessions = self._sessions.pop(user) - 1
        if sessions:
            self._sessions[user] = sessions
        else:
            self._open.pop(user).close()

    def close(self) -> None:
        """The server stops: close all mail."""
        for mail in self._open.values():
            mail.close()
        self._open.clear()
        self._sessions.clear()
