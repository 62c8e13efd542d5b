"""A place in one framed command, and the words of the grammar that move it.

These are the terminals of RFC 9051, section 9, that all commands share; productions built
from them are in :mod:`mailstore.imap.grammar`. Whatever is asked for either is there, and the
cursor stands behind it, or BadSyntax is raised. Errors say what was expected and where,
and never quote what the client sent.

Keywords are compared without regard to case, as clients write them in any. Each method is
one match of a compiled pattern that cannot backtrack.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mailstore.imap.wire.frame import Frame, Message
from mailstore.model.limits import ImapLimits

if TYPE_CHECKING:
    from mailstore.imap.registry import Registry

MAX_NUMBER: Final = 0xFFFFFFFF
MAX_NUMBER64: Final = 0x7FFFFFFFFFFFFFFF

_ATOM: Final = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\\]]++")
_ASTRING_ATOM: Final = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\]++")
_TAG: Final = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\+]++")
_QUOTED: Final = re.compile(rb'"((?:[^"\\\r\n]++|\\["\\])*+)"')
_LITERAL: Final = re.compile(rb"\{\d++\+?+\}\r\n")
_LITERAL8: Final = re.compile(rb"~?+\{\d++\+?+\}\r\n")
_DIGITS: Final = re.compile(rb"\d++")
_QUOTED_PAIR: Final = re.compile(rb"\\(.)")


class BadSyntax(Exception):
    """The command is not as the grammar has it (BAD).

    ``position`` counts octets of the command's text from 0, literals left out.
    """

    def __init__(self, text: str, position: int) -> None:
        super().__init__(f"{text} at octet {position + 1}")
        self.text = text
        self.position = position


class Cursor:
    """Reads one command from its start.

    Attributes:
        limits: What a command may hold; ``nesting`` and ``tokens`` are kept here.
        registry: What the server speaks, for commands whose items extensions add to.
        utf8: The client enabled UTF-8 strings (RFC 9755) or IMAP4rev2: mailbox names are
            UTF-8, not modified UTF-7.
        position: Octets of the text that were read.
        announced: The command is not whole: it ends with a message that is announced.
    """

    def __init__(
        self,
        frame: Frame,
        limits: ImapLimits | None = None,
        registry: Registry | None = None,
        *,
        utf8: bool = False,
    ) -> None:
        self.limits = limits if limits is not None else ImapLimits()
        self.utf8 = utf8
        self.position = 0
        self.announced = False
        self._registry = registry
        self._text = frame.text
        self._literals = frame.literals
        self._next_literal = 0
        self._depth = 0
        self._tokens = 0

    @property
    def registry(self) -> Registry:
        if self._registry is None:
            raise RuntimeError("the cursor was made without a registry")
        return self._registry

    def bad(self, text: str) -> BadSyntax:
        """The error to raise for what stands here."""
        return BadSyntax(text, self.position)

    # Single characters and keywords

    def at_end(self) -> bool:
        return self.position == len(self._text)

    def end(self) -> None:
        """Nothing may follow."""
        if not self.at_end():
            raise self.bad("expected the end of the command")

    def peek(self, count: int = 1) -> bytes:
        """The next octets, in upper case; fewer at the end."""
        return self._text[self.position : self.position + count].upper()

    def take(self, literal: bytes) -> bool:
        """Step over ``literal`` if it is next. Letters in it are upper case."""
        end = self.position + len(literal)
        if self._text[self.position : end].upper() != literal:
            return False
        self.position = end
        return True

    def expect(self, literal: bytes) -> None:
        """``literal`` must be next. Letters in it are upper case."""
        if not self.take(literal):
            raise self.bad(f"expected {literal.decode('ascii')}")

    def space(self) -> None:
        """Exactly one SP; also counts the arguments of the command."""
        if self._text[self.position : self.position + 1] != b" ":
            raise self.bad("expected a space")
        self.position += 1
        self._tokens += 1
        if self._tokens > self.limits.tokens:
            raise self.bad("too many arguments")

    def enter(self) -> None:
        """An opening parenthesis, one level deeper."""
        self.expect(b"(")
        self._depth += 1
        if self._depth > self.limits.nesting:
            raise self.bad("too many levels of parentheses")

    def leave(self) -> None:
        """The closing parenthesis of ``enter``."""
        self.expect(b")")
        self._depth -= 1

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Step over what matches here, if anything does."""
        found = pattern.match(self._text, self.position)
        if found is not None:
            self.position = found.end()
        return found

    def _expect_match(self, pattern: re.Pattern[bytes], what: str) -> bytes:
        found = pattern.match(self._text, self.position)
        if found is None:
            raise self.bad(f"expected {what}")
        self.position = found.end()
        return found[0]

    # Words

    def tag(self) -> bytes:
        """``tag = 1*<any ASTRING-CHAR except "+">``."""
        return self._expect_match(_TAG, "a tag")

    def atom(self) -> bytes:
        """``atom = 1*ATOM-CHAR``."""
        return self._expect_match(_ATOM, "an atom")

    def keyword(self) -> bytes:
        """An atom that is a word of the protocol, in upper case."""
        return self.atom().upper()

    def number(self) -> int:
        """``number = 1*DIGIT``, below 4,294,967,296."""
        return self._number(MAX_NUMBER)

    def nz_number(self) -> int:
        """``nz-number = digit-nz *DIGIT``; leading zeros are read too."""
        number = self._number(MAX_NUMBER)
        if not number:
            raise self.bad("expected a number above 0 before this")
        return number

    def number64(self) -> int:
        """``number64 = 1*DIGIT``, of 63 bits (RFC 9051, section 9)."""
        return self._number(MAX_NUMBER64)

    def _number(self, largest: int) -> int:
        digits = self._expect_match(_DIGITS, "a number")
        # int() of a long run of digits takes quadratic time, or raises.
        number = int(digits) if len(digits) <= 20 else largest + 1
        if number > largest:
            raise self.bad("number too large before this")
        return number

    # Strings

    def string(self) -> bytes:
        """``string = quoted / literal``."""
        text = self._text
        if text[self.position : self.position + 1] == b'"':
            found = _QUOTED.match(text, self.position)
            if found is None:
                raise self.bad("expected a quoted string that ends")
            self.position = found.end()
            value = found[1]
            return _QUOTED_PAIR.sub(rb"\1", value) if b"\\" in value else value
        if _LITERAL.match(text, self.position):
            value = self._take_literal(_LITERAL)
            if isinstance(value, bytes):
                return value
        raise self.bad("expected a string")

    def astring(self) -> bytes:
        """``astring = 1*ASTRING-CHAR / string``."""
        found = _ASTRING_ATOM.match(self._text, self.position)
        if found is None:
            return self.string()
        self.position = found.end()
        return found[0]

    def nstring(self) -> bytes | None:
        """``nstring = string / nil``."""
        if self.peek() in (b'"', b"{"):
            return self.string()
        if self.keyword() != b"NIL":
            raise self.bad("expected a string or NIL before this")
        return None

    def literal8(self) -> bytes:
        """``literal / literal8`` (RFC 3516, section 7)."""
        value = self._take_literal(_LITERAL8)
        if not isinstance(value, bytes):
            raise self.bad("expected a literal before this")
        return value

    def message(self) -> Message:
        """The literal of APPEND whose octets did not come with the command."""
        value = self._take_literal(_LITERAL8)
        if not isinstance(value, Message):
            raise self.bad("expected a message before this")
        return value

    def _take_literal(self, pattern: re.Pattern[bytes]) -> bytes | Message:
        self._expect_match(pattern, "a literal")
        # A CRLF is in the text where a literal was framed and nowhere else.
        value = self._literals[self._next_literal]
        self._next_literal += 1
        return value
