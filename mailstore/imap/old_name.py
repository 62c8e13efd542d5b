"""LIST answers that say what a mailbox is called now (RFC 9051, section 6.3.9.7).

They are for clients that enabled IMAP4rev2; others do not expect them.
"""

from __future__ import annotations

from mailstore.imap.grammar.mailbox import Supplied
from mailstore.imap.hierarchy import encode_listed, read_names
from mailstore.imap.session import Session


async def tell_name(session: Session, name: str, old: str | None = None) -> None:
    """``* LIST (...) "/" name ("OLDNAME" (old))``, with the attributes that the name has now."""
    if not session.rev2:
        return
    names = await read_names(session.account, subscriptions=False)
    listed = next((each for each in names if each.name == name), None)
    attributes = [b"\\NonExistent"] if listed is None else listed.attributes(extended=True)
    line = encode_listed(b"LIST", session.encode_mailbox(name), attributes)
    if old is not None:
        line += b' ("OLDNAME" (%s))' % session.encode_mailbox(old)
    session.output.untagged(line)


async def tell_normalized(session: Session, mailbox: Supplied) -> None:
    """Tell the name if the client spelt it in another form of Unicode (section 5.1)."""
    if mailbox.denormalized:
        await tell_name(session, mailbox.name, mailbox.as_supplied)
