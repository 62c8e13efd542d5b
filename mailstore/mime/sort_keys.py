"""What SORT and THREAD compare, made of a header once (RFC 5256; RFC 5957)."""

from typing import NamedTuple

from mailstore.mime.address import Address, Budget, parse_addresses
from mailstore.mime.collation import collation_key
from mailstore.mime.date import NO_DATE, sent_at
from mailstore.mime.header import Fields
from mailstore.mime.message_ids import message_id, references
from mailstore.mime.subject import base_subject
from mailstore.mime.words import decode_text, decode_words

__all__ = ["SortKeys", "make_sort_keys"]


class SortKeys(NamedTuple):
    """Of one message. Octets are those of ``collation_key``, empty where there is no text."""

    sent_at: int
    """Seconds since the epoch, UTC, from the Date field, or NO_DATE."""
    base_subject: bytes
    is_reply: bool
    """The subject was that of a reply or forward (RFC 5256, section 3, REFERENCES, step 5)."""
    from_mailbox: bytes
    """``addr-mailbox`` of the first address in From; next To and Cc."""
    to_mailbox: bytes
    cc_mailbox: bytes
    from_display: bytes
    """What people see of the first address (RFC 5957, section 3); next To."""
    to_display: bytes
    message_id: int
    """See ``message_ids``; 0 without a valid one."""
    refers_to: bytes
    """See ``message_ids.references``."""


def make_sort_keys(fields: Fields, budget: Budget) -> SortKeys:
    """Return the keys of a message whose header was taken apart."""
    subject, is_reply = b"", False
    if b"subject" in fields:
        text, is_reply = base_subject(decode_words(fields[b"subject"][-1]))
        subject = collation_key(text)
    sender = _first_address(fields, b"from", budget)
    recipient = _first_address(fields, b"to", budget)
    copied = _first_address(fields, b"cc", budget)
    return SortKeys(
        sent_at(fields[b"date"][-1]) if b"date" in fields else NO_DATE,
        subject,
        is_reply,
        _mailbox(sender),
        _mailbox(recipient),
        _mailbox(copied),
        _display(sender),
        _display(recipient),
        message_id(fields),
        references(fields),
    )


def _first_address(fields: Fields, name: bytes, budget: Budget) -> Address | None:
    for value in fields.get(name, ()):
        for address in parse_addresses(value, 1, budget):
            return address
    return None


def _mailbox(address: Address | None) -> bytes:
    """Of a group it is the name, as ENVELOPE has it."""
    return collation_key(decode_text(address.mailbox or b"")) if address is not None else b""


def _display(address: Address | None) -> bytes:
    """The name; or else ``mailbox@host``; or else the mailbox, which is a group's name."""
    if address is None:
        return b""
    if name := decode_words(address.name or b""):
        return collation_key(name)
    if address.mailbox is not None and address.host is not None:
        return collation_key(decode_text(b"%b@%b" % (address.mailbox, address.host)))
    return _mailbox(address)
