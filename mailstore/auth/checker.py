"""Twisted cred's credentials checker over :class:`mailstore.auth.users.Users`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred
from zope.interface import implementer

from mailstore.auth import passwords
from mailstore.auth.crypt_process import CryptFailed
from mailstore.auth.ports import EventLog, InThread
from mailstore.auth.users import Users
from mailstore.auth.verified import VerifiedPasswords
from mailstore.auth.work_pool import Busy
from mailstore.model.errors import AuthenticationUnavailable

LONGEST_NAME: Final = 1024


@implementer(ICredentialsChecker)
class UsersChecker:
    """Tells nobody, not even by the time it takes, which names exist.

    An unknown or disabled user costs one verification, like a known one with a wrong
    password, and is refused with the same words. What is no password at all (NUL, more than
    4096 octets, not UTF-8) is refused without one, whoever it is for.
    """

    credentialInterfaces = (IUsernamePassword,)  # noqa: N815

    def __init__(
        self,
        users: Users,
        verified: VerifiedPasswords,
        in_thread: InThread,
        verify_in_process: Callable[[str, str], bool],
        log: EventLog,
    ) -> None:
        """``in_thread`` may fail with Busy; ``verify_in_process`` may raise CryptFailed."""
        self._users = users
        self._verified = verified
        self._in_thread = in_thread
        self._verify_in_process = verify_in_process
        self._log = log

    def requestAvatarId(self, credentials: IUsernamePassword) -> Deferred[str]:  # noqa: N802
        """The user's name as the users file spells it.

        Fails with UnauthorizedLogin, AuthenticationUnavailable.
        """
        user: bytes = credentials.username
        password: bytes = credentials.password
        return Deferred.fromCoroutine(self._check(user, password))

    async def _check(self, user: bytes, password: bytes) -> str:
        name, text = _decoded_name(user), passwords.decoded(password)
        if name is None or text is None:
            raise UnauthorizedLogin
        entry = self._users.find(name)
        allowed = entry is not None and not entry.disabled
        if entry is not None and allowed:
            if self._verified.has(entry.name, entry.password, password):
                return entry.name
            hashed: str | None = entry.password
        else:
            hashed = self._users.decoy(name)
        right, better = await self._verify(text, hashed, replace=allowed)
        if entry is None or not allowed or not right:
            raise UnauthorizedLogin
        # The users may have been replaced while the hash was computed.
        now = self._users.find(name)
        if now is None or now.disabled:
            raise UnauthorizedLogin
        if better is not None:
            self._users.replace_password(entry, better)
        self._verified.add(entry.name, better or entry.password, password)
        return entry.name

    async def _verify(
        self, password: str, hashed: str | None, *, replace: bool
    ) -> tuple[bool, str | None]:
        try:
            return await self._in_thread(lambda: self._in_worker(password, hashed, replace))
        except Busy:
            self._log.warn("busy")
            raise AuthenticationUnavailable("too many sign-ins at once") from None
        except CryptFailed as error:
            self._log.warn("not-verified", why=f'"{error}"')
            raise AuthenticationUnavailable("the password cannot be verified") from None

    def _in_worker(
        self, password: str, hashed: str | None, replace: bool
    ) -> tuple[bool, str | None]:
        if hashed is None:
            hashed = passwords.decoy()
        if passwords.holds_interpreter(hashed):
            right = self._verify_in_process(password, hashed)
        else:
            right = passwords.verify(password, hashed)
        better = passwords.replacement(password, hashed) if right and replace else None
        return right, better


def _decoded_name(user: bytes) -> str | None:
    if not user or len(user) > LONGEST_NAME or b"\0" in user:
        return None
    try:
        return user.decode("utf-8")
    except UnicodeDecodeError:
        return None
