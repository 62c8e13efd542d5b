"""BODY and BODYSTRUCTURE, RFC 9051, section 7.5.2."""

from mailstore.mime.address import Budget
from mailstore.mime.envelope import encode_fields
from mailstore.mime.limits import DEFAULT, MimeLimits
from mailstore.mime.parameters import Params
from mailstore.mime.part import Part
from mailstore.mime.quote import encode_nstring, encode_string

__all__ = ["encode_body", "encode_body_structure", "encode_structures"]

_CHARSET = b'"charset" "us-ascii"'
_CLOSE = (b")", b"")


def encode_body(part: Part, limits: MimeLimits = DEFAULT) -> bytes:
    """Return BODY, the structure without extension data, of a part just parsed."""
    return encode_structures(part, limits)[0]


def encode_body_structure(part: Part, limits: MimeLimits = DEFAULT) -> bytes:
    """Return BODYSTRUCTURE, with all extension data, of a part just parsed."""
    return encode_structures(part, limits)[1]


def encode_structures(
    part: Part, limits: MimeLimits = DEFAULT, budget: Budget | None = None
) -> tuple[bytes, bytes]:
    """Return BODY and BODYSTRUCTURE of a part just parsed.

    Pieces alternate: what both have, then what only BODYSTRUCTURE has. Parts wait on a
    stack of our own, so depth costs no recursion.
    """
    budget = budget or Budget(limits.tokens)
    pieces: list[bytes] = []
    waiting: list[Part | tuple[bytes, bytes]] = [part]
    while waiting:
        item = waiting.pop()
        if isinstance(item, tuple):
            pieces += item
        elif item.is_multipart:
            pieces += (b"(", b"")
            waiting.append(_CLOSE)
            waiting.append((b" " + encode_string(item.subtype), _multipart_extension(item)))
            waiting += reversed(item.children)
        elif item.is_message:
            child = item.children[0]
            pieces += (
                b"(%b %b " % (_basic(item, b""), encode_fields(child.fields, limits, budget)),
                b"",
            )
            waiting.append(_CLOSE)
            waiting.append((b" %d" % item.lines, _extension(item)))
            waiting.append(child)
        elif item.media_type == b"TEXT":
            pieces += (b"(%b %d" % (_basic(item, _CHARSET), item.lines), _extension(item))
            pieces += _CLOSE
        else:
            pieces += (b"(" + _basic(item, b""), _extension(item))
            pieces += _CLOSE
    return b"".join(pieces[::2]), b"".join(pieces)


def _basic(part: Part, charset: bytes) -> bytes:
    """``media-basic SP body-fields``; text without a charset gets the default one."""
    params = b" ".join(map(_param, part.params))
    if charset and not any(name.lower() == b"charset" for name, _ in part.params):
        params = params + b" " + charset if params else charset
    return b"%b %b %b %b %b %b %d" % (
        encode_string(part.media_type),
        encode_string(part.subtype),
        b"(" + params + b")" if params else b"NIL",
        encode_nstring(part.content_id),
        encode_nstring(part.description),
        encode_string(part.encoding),
        part.size,
    )


def _param(param: tuple[bytes, bytes]) -> bytes:
    return encode_string(param[0]) + b" " + encode_string(param[1])


def _params(params: Params) -> bytes:
    """``body-fld-param``."""
    return b"(" + b" ".join(map(_param, params)) + b")" if params else b"NIL"


def _extension(part: Part) -> bytes:
    """``body-fld-md5 SP body-fld-dsp SP body-fld-lang SP body-fld-loc`` of a single part."""
    return b" " + encode_nstring(part.md5) + _common_extension(part)


def _multipart_extension(part: Part) -> bytes:
    return b" " + _params(part.params) + _common_extension(part)


def _common_extension(part: Part) -> bytes:
    disposition = language = b"NIL"
    if part.disposition is not None:
        disposition = b"(%b %b)" % (
            encode_string(part.disposition),
            _params(part.disposition_params),
        )
    elif not part.language and part.location is None:
        return b" NIL NIL NIL"
    if part.language:
        language = b"(" + b" ".join(map(encode_string, part.language)) + b")"
    return b" %b %b %b" % (disposition, language, encode_nstring(part.location))
