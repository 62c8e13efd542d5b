"""A cursor over one structured field body, RFC 5322, section 3.2.

Every method moves forward or not at all, and looks at an octet a bounded number of
times, so reading a field is linear in its length. A comment, quoted string or bracket
that never ends is closed by the end of the field.
"""

import re

__all__ = ["Lexer", "unquote"]

_CFWS = re.compile(rb"(?:[ \t\r\n]++|\(([^()\\]*+)\))++")
_COMMENT = re.compile(rb"[()]|\\.?", re.DOTALL)
_TOKEN = re.compile(rb"[!#-'*+\-.0-9A-Z^-~\x80-\xff]++")
_QUOTED = re.compile(rb'"((?:[^"\\]++|\\.)*+)(?:"|\\?\Z)', re.DOTALL)
_LOOSE = re.compile(rb"[^;( \t\r\n]++")
_ESCAPE = re.compile(rb"\r?\n|\\(.)", re.DOTALL)


def unquote(content: bytes) -> bytes:
    """Return the inside of a quoted string without quoted-pairs and line ends."""
    if b"\\" in content or b"\n" in content:
        return _ESCAPE.sub(lambda match: match[1] or b"", content)
    return content


class Lexer:
    """The field body and how far it was read."""

    __slots__ = ("comment", "position", "value")

    def __init__(self, value: bytes, position: int = 0) -> None:
        self.value = value
        self.position = position
        self.comment: bytes | None = None
        """The inside of the comment that was skipped last."""

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.value)

    def skip(self) -> None:
        """``[CFWS]``; comments nest."""
        while True:
            match = _CFWS.match(self.value, self.position)
            if match is not None:
                self.position = match.end()
                if match[1] is not None:
                    self.comment = unquote(match[1])
            if self.value[self.position : self.position + 1] != b"(":
                return
            self._skip_comment()

    def _skip_comment(self) -> None:
        start = self.position + 1
        depth = 0
        for match in _COMMENT.finditer(self.value, self.position):
            mark = match[0]
            if mark == b"(":
                depth += 1
            elif mark == b")":
                depth -= 1
                if not depth:
                    self.comment = unquote(self.value[start : match.start()])
                    self.position = match.end()
                    return
        self.comment = unquote(self.value[start:])
        self.position = len(self.value)

    def take(self, octet: bytes) -> bool:
        """Step over one octet if it stands here."""
        if self.value.startswith(octet, self.position):
            self.position += 1
            return True
        return False

    def match(self, pattern: re.Pattern[bytes]) -> bytes:
        """Return and step over what matches here, which may be nothing."""
        match = pattern.match(self.value, self.position)
        if match is None:
            return b""
        self.position = match.end()
        return match[0]

    def token(self) -> bytes:
        """``token`` of RFC 2045, section 5.1; 8-bit octets are let through."""
        return self.match(_TOKEN)

    def quoted(self) -> bytes | None:
        """A quoted string without its quotes; ``None`` if none starts here."""
        match = _QUOTED.match(self.value, self.position)
        if match is None:
            return None
        self.position = match.end()
        return unquote(match[1])

    def loose_value(self) -> bytes:
        """What people write for a value: up to white space, a comment or ``;``."""
        return self.match(_LOOSE)

    def seek(self, octet: bytes) -> bool:
        """Step over all up to and including ``octet``; at the end if there is none."""
        found = self.value.find(octet, self.position)
        self.position = len(self.value) if found < 0 else found + 1
        return found >= 0
