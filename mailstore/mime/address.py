"""Address lists as ENVELOPE gives them (RFC 5322, sections 3.4 and 4.4).

Almost all addresses are read by one expression each. What it does not match is cut into
tokens, so groups, comments, routes, quoted-pairs and plain garbage cost linear time too;
after garbage the list goes on at the next comma.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from mailstore.mime.lexer import Lexer, unquote

__all__ = ["GROUP_END", "Address", "Budget", "parse_addresses"]


class Address(NamedTuple):
    """``address`` of RFC 9051; a start of a group has only ``mailbox``, its end nothing.

    Parts of an address that are missing are named ``MISSING_MAILBOX`` and
    ``MISSING_DOMAIN``, as a host of ``None`` would turn the address into a group.
    """

    name: bytes | None
    route: bytes | None
    mailbox: bytes | None
    host: bytes | None


GROUP_END = Address(None, None, None, None)
MISSING_MAILBOX = b"MISSING_MAILBOX"
MISSING_DOMAIN = b"MISSING_DOMAIN"

_ATEXT = rb"[!#-'*+\-/-9=?A-Z^-~\x80-\xff]"
_ATOMS = rb"[!#-'*+\-.-9=?A-Z^-~\x80-\xff]"
_DOTS = _ATEXT + rb"++(?:\." + _ATEXT + rb"++)*+"
_WS = rb"[ \t\r\n]*+"
_SIMPLE = re.compile(
    _WS
    + rb"(?:(?:\"([^\"\\\r\n]*+)\"|(" + _ATOMS + rb"++(?: " + _ATOMS + rb"++)*+))?" + _WS
    + rb"<(" + _DOTS + rb")@(" + _DOTS + rb")>"
    + rb"|(" + _DOTS + rb")@(" + _DOTS + rb"))" + _WS + rb"(?:,|\Z)"
)  # fmt: skip
_TOKENS = re.compile(
    rb"(?P<word>(?:" + _ATEXT + rb"|\\[^\r\n])++)"
    rb'|"(?P<quoted>(?:[^"\\]++|\\.)*+)"|(?P<literal>\[(?:[^\[\]\\]++|\\.)*+\])'
    rb"|(?P<mark>[,;][,; \t\r\n]*+|[<>:])|(?P<at>@)|(?P<dot>\.)|(?P<junk>\\.|.)",
    re.DOTALL,
)


class Budget:
    """How many more tokens are read one by one; shared by the fields of one message."""

    __slots__ = ("left",)

    def __init__(self, tokens: int) -> None:
        self.left = tokens


def parse_addresses(value: bytes, limit: int, budget: Budget) -> list[Address]:
    """Return the entries of a field body, starts and ends of groups too.

    At most ``limit`` of them, and one end of a group; when the budget is spent, the list
    ends where it was spent.
    """
    found: list[Address] = []
    position = 0
    size = len(value)
    match = _SIMPLE.match
    while position < size and len(found) < limit:
        hit = match(value, position)
        if hit is None:
            _Reader(found, limit, budget).read(value, position)
            break
        quoted, atoms, mailbox, host, bare_mailbox, bare_host = hit.groups()
        if bare_mailbox is not None:
            found.append(Address(None, None, bare_mailbox, bare_host))
        else:
            found.append(
                Address((atoms if quoted is None else quoted) or None, None, mailbox, host)
            )
        position = hit.end()
    return found


class _Token(NamedTuple):
    kind: str
    text: bytes
    spaced: bool
    """White space or a comment stands before it."""


class _Reader:
    """Reads addresses of any form; what it holds is the address being read."""

    def __init__(self, found: list[Address], limit: int, budget: Budget) -> None:
        self.found = found
        self.limit = limit
        self.budget = budget
        self.outer: list[_Token] = []
        self.inner: list[_Token] = []
        self.angle = False
        self.closed = False
        self.group = False
        self.comment: bytes | None = None

    def read(self, value: bytes, position: int) -> None:
        for token in self._tokens(value, position):
            if len(self.found) >= self.limit:
                self._reset()
                break
            if token.kind == "mark":
                self._mark(token)
            elif token.kind == "junk" and (token.text < b" " or token.text == b'"'):
                continue
            elif self.angle:
                self.inner.append(token)
            elif not self.closed:
                if not self.outer:
                    self.comment = None  # only what follows an address names its owner
                self.outer.append(token)
        self._flush()
        if self.group:
            self.found.append(GROUP_END)

    def _tokens(self, value: bytes, position: int) -> Iterator[_Token]:
        """Yield words, quoted strings, domain literals, marks and junk."""
        size = len(value)
        lexer = Lexer(value, position)
        match = _TOKENS.match
        while True:
            start = lexer.position
            lexer.comment = None
            lexer.skip()
            if lexer.comment is not None:
                self.comment = lexer.comment
            position = lexer.position
            self.budget.left -= 1
            if position >= size or self.budget.left < 0:
                return
            hit = match(value, position)
            if hit is None:  # cannot be: the last branch takes any octet
                return
            lexer.position = hit.end()
            kind = hit.lastgroup or "junk"
            text = unquote(hit[kind]) if kind in _WORDS else hit[kind]
            yield _Token(kind, text, position > start)

    def _mark(self, token: _Token) -> None:
        mark = token.text
        route = bool(self.inner) and self.inner[0].kind == "at"
        if mark == b"<" and not self.angle and not self.closed:
            self.angle = True
        elif mark == b">":
            self.closed, self.angle = self.closed or self.angle, False
        elif mark[0] in b",;" and not (self.angle and route):
            self._flush()
            if self.group and b";" in mark:
                self.found.append(GROUP_END)
                self.group = False
        elif self.angle:
            self.inner.append(token._replace(text=mark[:1]))
        elif mark == b":" and not self.group and not self.closed:
            self._start_group()

    def _start_group(self) -> None:
        if all(token.kind in _WORDS or token.kind == "dot" for token in self.outer):
            self.found.append(Address(None, None, _phrase(self.outer), None))
            self.group = True
            self._reset()

    def _flush(self) -> None:
        """Finish the address; nothing between two commas is nothing (RFC 5322, 4.4)."""
        if self.angle or self.closed:
            route, spec = _split_route(self.inner)
            _, mailbox, host = _addr_spec(spec)
            self._add(_phrase(self.outer), route, mailbox, host)
        elif self.outer:
            words, mailbox, host = _addr_spec(self.outer)
            self._add(_phrase(words) or self.comment, None, mailbox, host)
        self._reset()

    def _add(
        self, name: bytes | None, route: bytes | None, mailbox: bytes | None, host: bytes | None
    ) -> None:
        if mailbox is None:
            mailbox = MISSING_MAILBOX
        self.found.append(Address(name or None, route, mailbox, host or MISSING_DOMAIN))

    def _reset(self) -> None:
        self.outer = []
        self.inner = []
        self.angle = self.closed = False
        self.comment = None


_WORDS = frozenset(("word", "quoted"))


def _phrase(tokens: list[_Token]) -> bytes:
    """Join the words of a display name by single spaces; marks stand as they were."""
    text: list[bytes] = []
    before = ""
    for token in tokens:
        kind = token.kind
        if text and (token.spaced or (kind in _WORDS and "quoted" in (kind, before))):
            text.append(b" ")
        text.append(token.text)
        before = kind if kind in _WORDS else ""
    return b"".join(text)


def _split_route(tokens: list[_Token]) -> tuple[bytes | None, list[_Token]]:
    """``obs-route = obs-domain-list ":"`` in front of an addr-spec."""
    if tokens and tokens[0].kind == "at":
        for at, token in enumerate(tokens):
            if token.kind == "mark" and token.text == b":":
                return b"".join(piece.text for piece in tokens[:at]), tokens[at + 1 :]
    return None, tokens


def _addr_spec(tokens: list[_Token]) -> tuple[list[_Token], bytes | None, bytes | None]:
    """``local-part "@" domain``, without quotes and CFWS, and the words in front of it.

    The first ``@`` that has a word before it counts.
    """
    at = 1
    while at < len(tokens) and not (
        tokens[at].kind == "at" and (tokens[at - 1].kind in _WORDS or tokens[at - 1].kind == "dot")
    ):
        at += 1
    if at >= len(tokens):
        return _only_words(tokens)
    start = at - 1
    while start > 0 and _joined(tokens[start - 1], tokens[start]):
        start -= 1
    return tokens[:start], _dotted(tokens[start:at]), _domain(tokens[at + 1 :])


def _only_words(
    tokens: list[_Token],
) -> tuple[list[_Token], bytes | None, bytes | None]:
    """One atom is a mailbox, several words or a quoted string are a name."""
    if tokens and tokens[0].kind == "at":
        return [], None, _domain(tokens[1:])
    end = 1
    while end < len(tokens) and _joined(tokens[end - 1], tokens[end]):
        end += 1
    plain = bool(tokens) and tokens[0].kind in ("word", "dot")
    if plain and not any(token.kind in _WORDS for token in tokens[end:]):
        return [], _dotted(tokens[:end]), None
    return tokens, None, None


def _joined(one: _Token, other: _Token) -> bool:
    """Whether two neighbours belong to one dot-atom or obsolete local part."""
    kinds = (one.kind, other.kind)
    return "dot" in kinds and all(kind == "dot" or kind in _WORDS for kind in kinds)


def _domain(tokens: list[_Token]) -> bytes | None:
    """``domain`` at the start of the tokens, or ``None``."""
    if tokens and tokens[0].kind == "literal":
        return tokens[0].text
    if not tokens or tokens[0].kind not in ("word", "dot"):
        return None
    end = 1
    while end < len(tokens) and _joined(tokens[end - 1], tokens[end]):
        end += 1
    return _dotted(tokens[:end])


def _dotted(tokens: list[_Token]) -> bytes:
    """``word *("." word)`` without white space and comments."""
    return b"".join(token.text for token in tokens)
