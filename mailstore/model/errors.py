"""What can go wrong with mail, as the protocol engines need to tell it.

A store or an account raises these; each engine has one table that turns them into its
replies (``NO [code]``, ``-ERR [code]``). The text of an error never quotes user input.
"""

from __future__ import annotations


class MailError(Exception):
    """An operation was refused or could not be done; nothing has changed."""


class NoSuchMailbox(MailError):
    """There is no mailbox of that name (``[NONEXISTENT]``, or ``[TRYCREATE]`` for a target)."""


class MailboxExists(MailError):
    """A mailbox of that name is there already (``[ALREADYEXISTS]``)."""


class MailboxHasChildren(MailError):
    """The mailbox cannot be deleted while it has inferior names (``[HASCHILDREN]``)."""


class NotSelectable(MailError):
    """The name exists only as the parent of others and holds no messages."""


class InvalidMailboxName(MailError):
    """The name cannot be a mailbox here (``[CANNOT]``); the text says why."""


class MailboxGone(MailError):
    """An open mailbox was deleted or renamed, or has a new UIDVALIDITY."""


class MessageGone(MailError):
    """The message was expunged, or another program removed its file."""

    def __init__(self, uid: int) -> None:
        super().__init__(f"message with UID {uid} is gone")
        self.uid = uid


class ReadOnly(MailError):
    """The mailbox, or the disk under it, is read-only (``[READ-ONLY]``)."""


class TooLarge(MailError):
    """The message is over the limit for one message (``[TOOBIG]``, RFC 7889)."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"message is larger than {limit} octets")
        self.limit = limit


class LimitReached(MailError):
    """Some count is at its limit (``[LIMIT]``), such as keywords of a mailbox."""


class OverQuota(MailError):
    """The user's quota or the disk is full (``[OVERQUOTA]``); nothing was stored."""


class InUse(MailError):
    """Another session holds what is needed (``[INUSE]``; POP3 ``[IN-USE]``)."""


class Unavailable(MailError):
    """The store cannot be reached or was busy for too long (``[UNAVAILABLE]``)."""


class Busy(Unavailable):
    """Another process is changing the user's mail."""


class AuthenticationFailed(MailError):
    """User unknown, disabled, or wrong password: never told apart (``[AUTHENTICATIONFAILED]``)."""


class AuthenticationUnavailable(MailError):
    """Nobody can be authenticated at the moment (``[UNAVAILABLE]``; ``[SYS/TEMP]``)."""


class TooManyConnections(MailError):
    """The user has as many connections as are allowed (``[LIMIT]``; ``[IN-USE]``)."""
