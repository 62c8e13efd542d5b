"""What the Content-* fields say of a part (RFC 2045, 2183, 3282, 1864, 2557)."""

from mailstore.mime.header import unfold
from mailstore.mime.limits import MimeLimits
from mailstore.mime.parameters import (
    parse_content_type,
    parse_disposition,
    parse_languages,
    parse_token,
)
from mailstore.mime.part import Part

__all__ = ["ENVELOPE_FIELDS", "MIME_FIELDS", "make_opaque", "set_content"]

MIME_FIELDS = frozenset(
    b"content-type content-transfer-encoding content-id content-description "
    b"content-md5 content-disposition content-language content-location".split()
)
"""Of a part; the first of several fields of one name counts."""

ENVELOPE_FIELDS = frozenset(
    b"date subject from sender reply-to to cc bcc in-reply-to message-id".split()
)


def set_content(part: Part, parent: Part | None, limits: MimeLimits) -> None:
    """Set what ``part.fields`` tell of the part's content.

    A missing MIME-Version changes nothing: Content-* fields without it are meant too.
    """
    fields = part.fields or {}
    values = fields.get(b"content-type")
    if values is not None:
        _set_type(part, values[0], limits)
    elif parent is not None and parent.media_type == b"MULTIPART" and parent.subtype == b"DIGEST":
        part.media_type, part.subtype = b"MESSAGE", b"RFC822"
    if len(fields) > (values is not None):
        _set_others(part, limits)


def _set_type(part: Part, value: bytes, limits: MimeLimits) -> None:
    parsed = parse_content_type(value, limits.params)
    if parsed is None:
        return
    media_type, subtype, part.params = parsed
    part.media_type = media_type.upper()
    part.subtype = subtype.upper()
    if part.media_type == b"MULTIPART" and not part.boundary:
        # Not a valid Content-Type: the default of RFC 2045, section 5.2.
        part.media_type, part.subtype, part.params = b"TEXT", b"PLAIN", ()


def _set_others(part: Part, limits: MimeLimits) -> None:
    fields = part.fields or {}
    if values := fields.get(b"content-transfer-encoding"):
        part.encoding = (parse_token(values[0]) or b"7BIT").upper()
    if values := fields.get(b"content-id"):
        part.content_id = unfold(values[0])
    if values := fields.get(b"content-description"):
        part.description = unfold(values[0])
    if values := fields.get(b"content-md5"):
        part.md5 = unfold(values[0])
    if values := fields.get(b"content-location"):
        part.location = unfold(values[0])
    if values := fields.get(b"content-language"):
        part.language = parse_languages(values[0], limits.params)
    if values := fields.get(b"content-disposition"):
        parsed = parse_disposition(values[0], limits.params)
        if parsed is not None:
            part.disposition, part.disposition_params = parsed


def make_opaque(part: Part) -> None:
    """Turn what would hold other parts into octets that are not looked into."""
    if part.is_multipart or part.is_message:
        part.media_type, part.subtype, part.params = b"APPLICATION", b"OCTET-STREAM", ()
