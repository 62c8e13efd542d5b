"""QUOTA, RFC 9208: how much mail there is, and how much there may be.

All mailboxes of a user are under one quota root, whose name is empty. Limits come from the
configuration; where that allows it, users may set lower ones. APPEND and COPY beyond them are
refused with OVERQUOTA, by way of the account; MOVE and EXPUNGE never are. STORAGE is the sum of
all RFC822.SIZE, in units of 1024 octets.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from mailstore.imap.grammar.mailbox import parse_mailbox
from mailstore.imap.grammar.names import parse_list
from mailstore.imap.registry import Command, Extension, State, StatusItem
from mailstore.imap.responses import Refused
from mailstore.imap.session import Session
from mailstore.imap.wire.cursor import Cursor
from mailstore.model.errors import MailError
from mailstore.model.quota import UNLIMITED, Quota

_ROOT: Final = b""
_UNIT: Final = 1024


def _parse_root(cursor: Cursor) -> bytes:
    """``quota-root-name = astring``."""
    cursor.space()
    return cursor.astring()


def _parse_mailbox(cursor: Cursor) -> str:
    """``getquotaroot = "GETQUOTAROOT" SP mailbox``."""
    cursor.space()
    return parse_mailbox(cursor)


class _Limits(NamedTuple):
    root: bytes
    resources: dict[bytes, int]


def _parse_limits(cursor: Cursor) -> _Limits:
    """``setquota = "SETQUOTA" SP quota-root-name SP setquota-list``.

    ``setquota-list = "(" [setquota-resource *(SP setquota-resource)] ")"``,
    ``setquota-resource = resource-name SP resource-limit``.
    """
    root = _parse_root(cursor)
    cursor.space()
    if cursor.take(b"()"):
        return _Limits(root, {})
    return _Limits(root, dict(parse_list(cursor, _parse_limit)))


def _parse_limit(cursor: Cursor) -> tuple[bytes, int]:
    name = cursor.keyword()
    cursor.space()
    return name, cursor.number64()


async def _get_quota(session: Session, root: bytes) -> None:
    _check_root(root)
    await _send_quota(session)


def _check_root(root: bytes) -> None:
    if root != _ROOT:
        raise Refused(b"There is no such quota root", b"NONEXISTENT")


async def _get_quota_root(session: Session, mailbox: str) -> None:
    """The mailbox need not exist (section 4.1.2)."""
    session.output.untagged(b'QUOTAROOT %s ""' % session.encode_mailbox(mailbox))
    await _send_quota(session)


async def _set_quota(session: Session, arguments: _Limits) -> None:
    """Limits that are not named are none any more (section 4.1.3)."""
    quota, resources = session.account.quota, arguments.resources
    if not quota.settable:
        raise Refused(b"Limits are set by the administrator", b"NOPERM")
    _check_root(arguments.root)
    if not resources.keys() <= {b"STORAGE", b"MESSAGE"}:
        raise Refused(b"There are limits for STORAGE and MESSAGE only", b"CANNOT")
    storage = min(resources.get(b"STORAGE", UNLIMITED) * _UNIT, UNLIMITED)
    await quota.set_limits(Quota(storage, resources.get(b"MESSAGE", UNLIMITED)))
    await _send_quota(session)


async def _send_quota(session: Session) -> None:
    """``quota-response``; a resource without a limit is not in it."""
    quota = session.account.quota
    usage, limits = await quota.usage(), await quota.limits()
    resources = []
    if limits.storage != UNLIMITED:
        used, allowed = _units(usage.octets), _units(limits.storage)
        resources.append(b"STORAGE %d %d" % (used, allowed))
    if limits.messages != UNLIMITED:
        resources.append(b"MESSAGE %d %d" % (usage.messages, limits.messages))
    session.output.untagged(b'QUOTA "" (%s)' % b" ".join(resources))


def _units(octets: int) -> int:
    """Rounded up both for what is used and for what is allowed: never more than allowed."""
    return -(-octets // _UNIT)


async def _warn(session: Session) -> None:
    """More than the limits allow may be there: delivered by others, or they were lowered."""
    try:
        exceeded = await session.account.quota.exceeded()
    except MailError:
        return
    if exceeded:
        session.output.untagged(b"NO [OVERQUOTA] There is more mail than the quota allows")


QUOTASET = Extension(
    rfc=9208,
    title="QUOTASET",
    capabilities=(b"QUOTASET",),
    offered=lambda session: session.state in State.LOGGED_IN and session.account.quota.settable,
    commands=(Command(b"SETQUOTA", State.LOGGED_IN, _parse_limits, _set_quota),),
)

EXTENSION = Extension(
    rfc=9208,
    title="IMAP QUOTA extension",
    capabilities=(b"QUOTA", b"QUOTA=RES-STORAGE", b"QUOTA=RES-MESSAGE"),
    commands=(
        Command(b"GETQUOTA", State.LOGGED_IN, _parse_root, _get_quota),
        Command(b"GETQUOTAROOT", State.LOGGED_IN, _parse_mailbox, _get_quota_root),
    ),
    status_items=(StatusItem(b"DELETED-STORAGE", lambda _, status: b"%d" % status.deleted_size),),
    selected=_warn,
)
"""DELETED, the other item of STATUS that the RFC has, stands with SIZE."""
