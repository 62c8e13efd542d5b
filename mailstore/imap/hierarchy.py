"""The names of a user's mailboxes, as LIST and LSUB show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from mailstore.account.account import Account
from mailstore.imap.wire.encode import encode_mailbox, encode_string
from mailstore.model.mailbox import INBOX, SEPARATOR, MailboxInfo

_SEPARATOR: Final = encode_string(SEPARATOR.encode())


class ListedName(NamedTuple):
    """One name.

    Attributes:
        name: In Unicode, canonical.
        exists: A mailbox, or the parent of one; a subscribed name need not be either.
        selectable: It holds messages.
        special_use: One of :data:`mailstore.model.mailbox.SPECIAL_USES`, or None.
        has_children: There are inferior names that exist.
        subscribed: False too if subscriptions were not asked for.
    """

    name: str
    exists: bool
    selectable: bool
    special_use: bytes | None
    has_children: bool
    subscribed: bool

    def attributes(self, *, extended: bool) -> list[bytes]:
        """``mbx-list-flags`` that are always shown.

        Clients that do not ask for special uses and children look only here. A plain LIST says
        ``\\Noselect`` of a name that is only the parent of others, as old clients know no
        other word for it (RFC 5258, section 3.4).
        """
        attributes = []
        if not self.selectable:
            attributes += [b"\\NonExistent", b"\\Noselect"] if extended else [b"\\Noselect"]
        if self.special_use is not None:
            attributes.append(self.special_use)
        if self.exists:
            attributes.append(b"\\HasChildren" if self.has_children else b"\\HasNoChildren")
        return attributes


async def read_names(account: Account, *, subscriptions: bool) -> list[ListedName]:
    """All names that exist, ``INBOX`` first, then in order.

    With ``subscriptions`` those that are only subscribed too, and the parents of these.
    """
    mailboxes = {info.name: info for info in await account.mailboxes()}
    subscribed = set(await account.subscriptions()) if subscriptions else set()
    parents = {name.rpartition(SEPARATOR)[0] for name in mailboxes}
    names = set(mailboxes) | subscribed | set(superiors(subscribed))
    return [
        _listed(name, mailboxes.get(name), name in parents, name in subscribed)
        for name in sorted(names, key=_order)
    ]


def _listed(
    name: str, info: MailboxInfo | None, has_children: bool, subscribed: bool
) -> ListedName:
    if info is None:
        return ListedName(name, False, False, None, has_children, subscribed)
    return ListedName(name, True, info.selectable, info.special_use, has_children, subscribed)


def superiors(names: Iterable[str]) -> Iterator[str]:
    """The parents of each name, their parents, and so on."""
    for name in names:
        while SEPARATOR in name:
            name = name.rpartition(SEPARATOR)[0]
            yield name


def _order(name: str) -> tuple[bool, list[str]]:
    return name != INBOX, name.split(SEPARATOR)


def encode_listed(answer: bytes, name: str, attributes: Iterable[bytes]) -> bytes:
    """``mailbox-list``: ``LIST (\\HasNoChildren) "/" INBOX``."""
    return b"%s (%s) %s %s" % (answer, b" ".join(attributes), _SEPARATOR, encode_mailbox(name))
