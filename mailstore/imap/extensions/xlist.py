"""XLIST: what SPECIAL-USE was before its RFC, by Google.

Quirk (Outlook, 2013 and later): it finds special mailboxes by XLIST alone. The attributes
are those of LIST, with ``\\Inbox`` and the two that were spelt otherwise then.
"""

from __future__ import annotations

from typing import Final

from mailstore.imap.commands.list import ListArguments, parse_list_command
from mailstore.imap.hierarchy import ListedName, encode_listed, read_names
from mailstore.imap.mailbox_pattern import MailboxPattern
from mailstore.imap.registry import Command, Extension, State
from mailstore.imap.session import Session
from mailstore.model.mailbox import INBOX

_ALSO: Final = {b"\\Junk": b"\\Spam", b"\\Flagged": b"\\Starred"}


def _attributes(listed: ListedName) -> list[bytes]:
    attributes = listed.attributes(extended=False)
    if listed.name == INBOX:
        attributes.append(b"\\Inbox")
    return attributes + [_ALSO[each] for each in attributes if each in _ALSO]


async def _xlist(session: Session, arguments: ListArguments) -> None:
    patterns = [MailboxPattern(pattern) for pattern in arguments.patterns]
    for listed in await read_names(session.account, subscriptions=False):
        if any(pattern.matches(listed.name) for pattern in patterns):
            line = encode_listed(b"XLIST", listed.name, _attributes(listed))
            session.output.untagged(line)
            await session.output.drained()


XLIST = Command(b"XLIST", State.LOGGED_IN, parse_list_command, _xlist)

EXTENSION = Extension(rfc=None, title="XLIST", capabilities=(b"XLIST",), commands=(XLIST,))
