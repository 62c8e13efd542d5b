"""Structured MIME fields: types, dispositions, languages, and their parameters.

Well-formed values are read by one expression a parameter; anything else by a cursor
that knows comments and quoted-pairs, and that after an error goes on at the next ``;``.
Grammar of RFC 2045, section 5.1; continuations of RFC 2231, section 3.
"""

import re
from functools import lru_cache

from mailstore.mime.lexer import Lexer

__all__ = [
    "Params",
    "decode_extended",
    "parse_content_type",
    "parse_disposition",
    "parse_languages",
    "parse_token",
]

Params = tuple[tuple[bytes, bytes], ...]
"""(name, value) pairs; names as they were written."""

_TOKEN = rb"[!#-'*+\-.0-9A-Z^-~\x80-\xff]"
_WS = rb"[ \t\r\n]*+"
_TYPE = re.compile(
    _WS + rb"(" + _TOKEN + rb"++)" + _WS + rb"/" + _WS + rb"(" + _TOKEN + rb"++)" + _WS
)
_PARAM = re.compile(
    rb";" + _WS + rb"(" + _TOKEN + rb"++)" + _WS + rb"=" + _WS
    + rb'(?:"([^"\\\n]*+)"|(' + _TOKEN + rb"++))" + _WS + rb"(?=;|\Z)"
)  # fmt: skip
_WORD = re.compile(_WS + rb"(" + _TOKEN + rb"++)" + _WS)
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_PIECE = re.compile(rb"([^*]++)\*(?:([0-9]{1,3})(\*)?)?")
_SEMICOLONS = re.compile(rb"[; \t\r\n]++")
_ATOM = re.compile(rb"[!#-'*+\-/-9=?A-Z^-~\x80-\xff]++")

_CACHED_OCTETS = 256
"""Longer values are rarely seen twice, and would make the cache large."""


def parse_content_type(value: bytes, limit: int = 100) -> tuple[bytes, bytes, Params] | None:
    """Return type and subtype as written, and at most ``limit`` parameters.

    ``None`` where there is no ``type/subtype``: the default of RFC 2045, section 5.2,
    applies then.
    """
    if len(value) <= _CACHED_OCTETS:
        return _cached_type(value, limit)
    return _parse_type(value, limit)


def _parse_type(value: bytes, limit: int) -> tuple[bytes, bytes, Params] | None:
    match = _TYPE.match(value)
    if match is not None:
        return match[1], match[2], _params(value, match.end(), limit)
    lexer = Lexer(value)
    lexer.skip()
    media_type = lexer.token()
    lexer.skip()
    if not media_type or not lexer.take(b"/"):
        return None
    lexer.skip()
    subtype = lexer.token()
    if not subtype:
        return None
    lexer.skip()
    return media_type, subtype, _params(value, lexer.position, limit)


_cached_type = lru_cache(maxsize=1024)(_parse_type)


def parse_disposition(value: bytes, limit: int = 100) -> tuple[bytes, Params] | None:
    """Return the disposition as written and its parameters (RFC 2183, section 2).

    Parameters without a disposition, often a file name, are those of an attachment, as
    are unknown dispositions (section 2.8).
    """
    match = _WORD.match(value)
    if match is not None:
        return match[1], _params(value, match.end(), limit)
    lexer = Lexer(value)
    lexer.skip()
    disposition = lexer.token() or lexer.quoted()
    lexer.skip()
    params = _params(value, lexer.position, limit)
    if not disposition and not params:
        return None
    return disposition or b"attachment", params


def parse_token(value: bytes) -> bytes | None:
    """Return a value that is one token (and comments), else ``None``."""
    match = _WORD.fullmatch(value)
    if match is not None:
        return match[1]
    lexer = Lexer(value)
    lexer.skip()
    token = lexer.token()
    lexer.skip()
    return token if token and lexer.at_end else None


def parse_languages(value: bytes, limit: int = 100) -> tuple[bytes, ...]:
    """Return the tags of Content-Language, ``1#Language-tag`` (RFC 3282)."""
    lexer = Lexer(value)
    tags: list[bytes] = []
    while len(tags) < limit:
        lexer.skip()
        tag = lexer.match(_ATOM)
        if tag:
            tags.append(tag)
            lexer.skip()
        if not lexer.take(b","):
            break
    return tuple(tags)


def decode_extended(value: bytes) -> tuple[bytes, bytes]:
    """Return charset (may be empty) and octets of an RFC 2231 extended value.

    ``extended-initial-value := [charset] "'" [language] "'" extended-other-values``
    """
    charset, first, rest = value.partition(b"'")
    _, second, text = rest.partition(b"'")
    if not (first and second):
        charset, text = b"", value
    return charset, _PERCENT.sub(lambda match: bytes((int(match[1], 16),)), text)


def _params(value: bytes, position: int, limit: int) -> Params:
    """Parse ``*(";" parameter)`` from ``position`` on."""
    found: list[tuple[bytes, bytes]] = []
    pieces = False
    match = _PARAM.match
    size = len(value)
    while position < size:
        hit = match(value, position)
        if hit is None:
            _lenient_params(Lexer(value, position), found, limit)
            pieces = any(b"*" in name for name, _ in found)
            break
        name = hit[1]
        quoted = hit[2]
        found.append((name, hit[3] if quoted is None else quoted))
        pieces = pieces or b"*" in name
        if len(found) >= limit:
            break
        position = hit.end()
    return tuple(_join_pieces(found) if pieces else found)


def _lenient_params(lexer: Lexer, found: list[tuple[bytes, bytes]], limit: int) -> None:
    """Append what parameters can be made out, after ``2 * limit`` semicolons at most."""
    for _ in range(2 * limit):
        lexer.skip()
        if len(found) >= limit or not lexer.seek(b";"):
            return
        lexer.match(_SEMICOLONS)
        lexer.skip()
        name = lexer.token()
        lexer.skip()
        if not name or not lexer.take(b"="):
            continue
        lexer.skip()
        value = lexer.quoted()
        if value is None:
            value = lexer.loose_value()
        found.append((name, value))


def _join_pieces(params: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Join RFC 2231 continuations: ``name*0*=``, ``name*1=`` become ``name*=``.

    Clients get percent encoding and charset as they were; a piece that was not encoded
    has its ``%`` escaped when it joins one that was. Pieces that do not count up from 0
    without a gap stay what they are.
    """
    groups: dict[bytes, dict[int, tuple[bytes, bytes, bool]]] = {}
    broken: set[bytes] = set()
    for name, value in params:
        match = _PIECE.fullmatch(name)
        if match is None or match[2] is None:
            continue
        key = match[1].lower()
        group = groups.setdefault(key, {})
        number = int(match[2])
        if number in group:
            broken.add(key)
        group[number] = (match[1], value, match[3] is not None)
    joined: list[tuple[bytes, bytes]] = []
    for name, value in params:
        match = _PIECE.fullmatch(name)
        key = match[1].lower() if match is not None and match[2] is not None else b""
        if not key or key in broken or max(groups[key]) != len(groups[key]) - 1:
            joined.append((name, value))
        elif match is not None and int(match[2]) == 0:
            joined.append(_join(groups[key]))
    return joined


def _join(group: dict[int, tuple[bytes, bytes, bool]]) -> tuple[bytes, bytes]:
    pieces = [group[number] for number in range(len(group))]
    name = pieces[0][0]
    if not any(encoded for _, _, encoded in pieces):
        return name, b"".join(value for _, value, _ in pieces)
    start = b"" if pieces[0][2] else b"''"
    values = (value if encoded else value.replace(b"%", b"%25") for _, value, encoded in pieces)
    return name + b"*", start + b"".join(values)
