"""Twisted cred's realm: from a user's name to the account."""

from __future__ import annotations

from collections.abc import Callable

from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import IRealm
from twisted.internet.defer import Deferred
from zope.interface import Interface, classImplements, implementer

from mailstore.account.account import Account
from mailstore.auth.users import Users
from mailstore.model.user import UserEntry

Avatar = tuple[type[Interface], Account, Callable[[], None]]


class IMailAccount(Interface):  # type: ignore[misc]
    """What a user may do with mail: :class:`mailstore.account.account.Account`."""


# Here, as zope stays out of the layers below.
classImplements(Account, IMailAccount)


@implementer(IRealm)
class MailRealm:
    """Opens the account of a user whom a checker vouches for.

    ``open_account`` gives the account at once or by a Deferred, and may fail with
    TooManyConnections or Unavailable. The user is in the users file, or is refused: a
    checker may know people who have no mail here.
    """

    def __init__(
        self, users: Users, open_account: Callable[[UserEntry], Account | Deferred[Account]]
    ) -> None:
        self._users = users
        self._open_account = open_account

    def requestAvatar(  # noqa: N802
        self,
        avatarId: bytes | str,  # noqa: N803
        mind: object,
        *interfaces: type[Interface],
    ) -> Deferred[Avatar]:
        if IMailAccount not in interfaces:
            raise NotImplementedError("only IMailAccount is offered")
        return Deferred.fromCoroutine(self._avatar(avatarId))

    async def _avatar(self, avatar_id: bytes | str) -> Avatar:
        name = avatar_id.decode("utf-8") if isinstance(avatar_id, bytes) else avatar_id
        user = self._users.find(name)
        if user is None or user.disabled:
            raise UnauthorizedLogin
        opening = self._open_account(user)
        account = await opening if isinstance(opening, Deferred) else opening
        return IMailAccount, account, account.close
