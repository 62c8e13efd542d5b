"""ENVELOPE, RFC 9051, section 7.5.2."""

from mailstore.mime.address import Address, Budget, parse_addresses
from mailstore.mime.content_fields import ENVELOPE_FIELDS
from mailstore.mime.header import LINES, Fields, scan_fields, tidy, unfold
from mailstore.mime.limits import DEFAULT, MimeLimits
from mailstore.mime.part import Part
from mailstore.mime.quote import encode_nstring, encode_string

__all__ = ["encode_envelope", "encode_fields"]


def encode_envelope(message: bytes, part: Part, limits: MimeLimits = DEFAULT) -> bytes:
    """Return the envelope of a message or embedded message, ready to send.

    Absent fields are ``NIL`` and empty ones are empty strings; Sender and Reply-To
    default to From. Several fields of one name: the last text counts, and addresses
    add up, so that none is hidden from the reader.
    """
    fields = part.fields
    if fields is None:
        end = min(part.header_end, part.header_start + limits.header_octets)
        fields = scan_fields(LINES.findall(message, part.header_start, end), ENVELOPE_FIELDS)
    return encode_fields(fields, limits, Budget(limits.tokens))


def encode_fields(fields: Fields | None, limits: MimeLimits, budget: Budget) -> bytes:
    """Return the envelope of a header that was taken apart."""
    if fields is None:
        raise ValueError("the part was not just parsed")
    sender = _addresses(fields, b"from", limits, budget)
    return b"(%b %b %b %b %b %b %b %b %b %b)" % (
        _text(fields, b"date"),
        encode_nstring(tidy(fields[b"subject"][-1]) if b"subject" in fields else None),
        sender,
        _addresses(fields, b"sender", limits, budget, sender),
        _addresses(fields, b"reply-to", limits, budget, sender),
        _addresses(fields, b"to", limits, budget),
        _addresses(fields, b"cc", limits, budget),
        _addresses(fields, b"bcc", limits, budget),
        _text(fields, b"in-reply-to"),
        _text(fields, b"message-id"),
    )


def _text(fields: Fields, name: bytes) -> bytes:
    values = fields.get(name)
    if values is None:
        return b"NIL"
    return encode_string(unfold(values[-1]))


def _addresses(
    fields: Fields, name: bytes, limits: MimeLimits, budget: Budget, default: bytes = b"NIL"
) -> bytes:
    """``"(" 1*address ")" / nil``."""
    values = fields.get(name)
    if values is None:
        return default
    found: list[Address] = []
    for value in values:
        found += parse_addresses(value, limits.addresses - len(found), budget)
        if len(found) >= limits.addresses:
            break
    if not found:
        return default
    return b"(" + b"".join(map(_address, found)) + b")"


def _address(address: Address) -> bytes:
    return b"(%b %b %b %b)" % (
        encode_nstring(address.name and tidy(address.name)),
        encode_nstring(address.route),
        encode_nstring(address.mailbox),
        encode_nstring(address.host),
    )
