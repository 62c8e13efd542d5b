"""Octets in, whole commands out (RFC 9051, sections 2.2 and 4.3).

Framing knows lines, literals and limits, and nothing of grammar. Invariants:

* Every octet is looked at once, however input is cut into packets: a search for the end of
  a line goes on where the last one stopped, and a literal is counted, never searched.
* Nothing is stored beyond a limit. A literal is judged when it is announced; a line is
  given up when it has grown too long, and what follows of it is dropped as it comes.
* Only CRLF ends a line. A lone CR or LF, or a NUL, makes the command bad (a parser of
  another program may see two commands there).
* Whatever is refused, the next command is found again: a synchronising literal that
  was refused never comes, so the command is over; a non-synchronising one comes in any
  case and is dropped, with all that belongs to its command. Where that is not
  possible the error is fatal.
* Events are pulled. Nothing is framed before it is asked for, so a command may change how
  the octets behind it are read (``expect_line``) or have them thrown away (``clear``).

A message of APPEND or REPLACE is not collected. Its announcement is an event, and its octets
go to a sink in the pieces in which they come.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum, auto
from typing import Final, NamedTuple

from mailstore.imap.wire.frame import Frame, Message
from mailstore.model.limits import ImapLimits

MAX_LITERAL: Final = 0xFFFFFFFF
"""``number`` (RFC 3501, section 9); ten digits at most are ever converted."""

_TEXTS: Final = 4
"""A command of many lines, with literals between, may have so many lines' worth of text."""

_ANNOUNCEMENT: Final = re.compile(rb"(~?)\{(\d+)(\+?)\}\Z")
"""``literal = "{" number64 ["+"] "}"``, ``literal8 = "~{" number64 "}"``, at a line's end."""

_LONGEST_ANNOUNCEMENT: Final = 32

_TAG: Final = re.compile(rb"([^\x00-\x20\x7f-\xff(){%*\"\\+]+) ")
"""``tag = 1*<any ASTRING-CHAR except "+">``."""

_COMMAND: Final = rb"[^ ]+ (?:APPEND|(?:UID )?REPLACE [0-9*]+) "

_APPEND: Final = re.compile(_COMMAND + rb"[^ {]", re.IGNORECASE)
"""APPEND or REPLACE to a mailbox that is no literal; the literals it has are messages then."""

_APPEND_TO_LITERAL: Final = re.compile(_COMMAND + rb"\{\d+\+?\}\r\n", re.IGNORECASE)

_URL: Final = re.compile(rb"[( ]URL \Z", re.IGNORECASE)
_CATENATE: Final = re.compile(rb" CATENATE \(", re.IGNORECASE)
"""Among the parts of a message, the literal after URL is a name and no message (RFC 4469)."""

Sink = Callable[[bytes], None]


class CommandLine(NamedTuple):
    """A whole command."""

    frame: Frame


class RawLine(NamedTuple):
    """The line asked for by ``expect_line``, without its CRLF."""

    octets: bytes


class Continuation(NamedTuple):
    """The client waits before it sends a literal: write ``+ OK``."""


class MessageLiteral(NamedTuple):
    """A message of APPEND is announced: call ``accept`` or ``refuse``.

    ``frame`` is the command up to and including the announcement, and ``message`` the last
    of its literals. If ``synchronising``, the client waits for ``+ OK`` after ``accept``, or
    for the tagged answer after ``refuse``. No other event comes before one of the two.
    """

    frame: Frame
    message: Message
    synchronising: bool


class FramingError(NamedTuple):
    """A command that cannot be read; answer BAD with ``tag``, or untagged if it is None.

    All of that command is dropped. If ``fatal``, its end cannot be found: answer BYE and close;
    there are no more events.
    """

    tag: bytes | None
    text: bytes
    code: bytes | None = None
    fatal: bool = False


Event = CommandLine | RawLine | Continuation | MessageLiteral | FramingError


class _Mode(Enum):
    LINE = auto()
    """Before the end of a line of a command."""
    LITERAL = auto()
    """Within a literal that is collected."""
    DECISION = auto()
    """Before ``accept`` or ``refuse``."""
    MESSAGE = auto()
    """Within a literal that goes to the sink."""
    DROP_LINE = auto()
    """Before the end of a line that nobody will see."""
    DROP_LITERAL = auto()
    """Within a literal that nobody will see."""
    BROKEN = auto()
    """After a fatal error."""


class Framer:
    """Frames the input of one connection.

    ``logged_in`` is False until the owner says otherwise; it chooses between the limits before
    and after login.
    """

    def __init__(self, limits: ImapLimits) -> None:
        self.logged_in = False
        self._limits = limits
        self._buffer = bytearray()
        self._scanned = 0
        self._raw = False
        self._new_command(_Mode.LINE)

    def _new_command(self, mode: _Mode) -> None:
        self._mode = mode
        self._text = bytearray()
        self._literals: list[bytes | Message] = []
        self._literal_octets = 0
        self._need = 0
        self._synchronising = False
        self._sink: Sink | None = None

    # What the owner calls

    def feed(self, octets: bytes) -> None:
        """Take in what arrived. Pull events afterwards."""
        if self._mode is not _Mode.BROKEN:
            self._buffer += octets

    @property
    def buffered(self) -> int:
        """Octets taken in and not framed yet; the owner stops reading when they are many."""
        return len(self._buffer)

    def expect_line(self) -> None:
        """Read the next line as it is: a reply to ``+``, or the ``DONE`` of IDLE."""
        self._raw = True

    def clear(self) -> None:
        """Forget all input that was not framed yet (STARTTLS)."""
        self._buffer.clear()
        self._scanned = 0
        self._raw = False
        self._new_command(_Mode.LINE)

    def accept(self, sink: Sink) -> None:
        """Pass the announced message to ``sink``, piece by piece.

        That happens within ``next_event``, which passes on what ``sink`` raises; call
        ``refuse`` then.
        """
        if self._mode is not _Mode.DECISION:
            raise RuntimeError("no message was announced")
        self._mode, self._sink = _Mode.MESSAGE, sink

    def refuse(self) -> None:
        """Drop the announced message, also one that is on its way, and its command.

        The owner has answered the command or is about to.
        """
        if self._mode is _Mode.DECISION and self._synchronising:
            self._new_command(_Mode.LINE)
        elif self._mode in (_Mode.DECISION, _Mode.MESSAGE):
            self._drop_literal(self._need)
        else:
            raise RuntimeError("no message was announced")

    def next_event(self) -> Event | None:
        """The next event in what was fed; None if it takes more input."""
        while True:
            mode = self._mode
            if mode is _Mode.LINE:
                event = self._take_raw_line() if self._raw else self._take_line()
                if event is not None:
                    return event
            elif mode is _Mode.LITERAL:
                self._take_literal()
            elif mode is _Mode.MESSAGE:
                self._take_message()
            elif mode is _Mode.DROP_LINE:
                self._pass_line()
            elif mode is _Mode.DROP_LITERAL:
                self._pass_literal()
            if self._mode is mode:
                return None

    # Lines

    def _find_line(self) -> int | None:
        """Where the first LF is that was not seen yet, or None; all before it is scanned."""
        end = self._buffer.find(b"\n", self._scanned)
        if end < 0:
            self._scanned = len(self._buffer)
            return None
        return end

    def _line_length(self, end: int | None) -> int:
        """Octets of the line without its CRLF; while its end is missing, at least so many."""
        return (len(self._buffer) if end is None else end) - 1

    def _cut(self, end: int) -> bytes:
        """Take octets off the front of the buffer."""
        octets = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._scanned = 0
        return octets

    @property
    def _longest_line(self) -> int:
        return self._limits.line if self.logged_in else self._limits.line_before_login

    def _take_line(self) -> Event | None:
        end = self._find_line()
        longest = self._longest_line
        length = self._line_length(end)
        if length > longest or len(self._text) + length > _TEXTS * longest:
            return self._fail(b"Command line too long")
        if end is None:
            return None
        line = self._cut(end + 1)
        if not line.endswith(b"\r\n"):
            # The lone LF is behind us: all up to the next CRLF is the same bad line.
            return self._fail(b"Lines end with CRLF", line)
        line = line[:-2]
        if b"\r" in line or b"\0" in line:
            return self._fail(b"CR or NUL within a line", line, ended=True)
        return self._end_line(line)

    def _end_line(self, line: bytes) -> Event | None:
        announcement = _announcement(line)
        if announcement is not None:
            return self._announced(line, announcement)
        frame = Frame(bytes(self._text) + line, tuple(self._literals))
        self._new_command(_Mode.LINE)
        return CommandLine(frame)

    def _take_raw_line(self) -> Event | None:
        end = self._find_line()
        if self._line_length(end) > self._longest_line:
            self._raw = False
            self._mode = _Mode.DROP_LINE
            return FramingError(None, b"Line too long")
        if end is None:
            return None
        line = self._cut(end + 1)
        self._raw = False
        if not line.endswith(b"\r\n") or b"\r" in line[:-2] or b"\0" in line:
            if not line.endswith(b"\r\n"):
                self._mode = _Mode.DROP_LINE
            return FramingError(None, b"Lines end with CRLF and hold no NUL")
        return RawLine(line[:-2])

    # Literals

    def _announced(self, line: bytes, announcement: re.Match[bytes]) -> Event | None:
        tilde, digits, plus = announcement.groups()
        synchronising = not plus
        size = int(digits) if len(digits) <= 10 else MAX_LITERAL + 1
        self._text += line
        self._text += b"\r\n"
        if size > MAX_LITERAL:
            if not synchronising:
                return self._break(b"Literal too large")
            return self._fail(b"Literal too large", code=b"TOOBIG", ended=True)
        self._need, self._synchronising = size, synchronising
        if self.logged_in and self._is_message(line[: announcement.start()]):
            message = Message(size, bool(tilde))
            self._literals.append(message)
            self._mode = _Mode.DECISION
            frame = Frame(bytes(self._text), tuple(self._literals))
            return MessageLiteral(frame, message, synchronising)
        return self._collect(size, synchronising)

    def _is_message(self, before: bytes) -> bool:
        """Whether the literal announced after ``before`` is a message, or a part of one."""
        if _URL.search(before, max(len(before) - 5, 0)) and _CATENATE.search(self._text):
            return False
        if _APPEND.match(self._text):
            return True
        return bool(self._literals) and _APPEND_TO_LITERAL.match(self._text) is not None

    def _collect(self, size: int, synchronising: bool) -> Event | None:
        limits = self._limits
        allowed = limits.literals if self.logged_in else limits.literal_before_login
        if self._literal_octets + size > allowed or len(self._literals) >= limits.literal_count:
            if not self.logged_in and not synchronising:
                # RFC 7888, section 5, lets a server refuse what LITERAL- would not allow.
                return self._break(b"Literal too large before login")
            return self._refuse_literal(size, synchronising)
        self._literal_octets += size
        self._mode = _Mode.LITERAL
        return Continuation() if synchronising else None

    def _refuse_literal(self, size: int, synchronising: bool) -> Event:
        error = self._fail(b"Too many or too large literals", code=b"TOOBIG", ended=True)
        if not synchronising:
            self._drop_literal(size)
        return error

    def _take_literal(self) -> None:
        if len(self._buffer) >= self._need:
            self._literals.append(self._cut(self._need))
            self._mode = _Mode.LINE

    def _take_message(self) -> None:
        piece = self._cut(min(self._need, len(self._buffer)))
        self._need -= len(piece)
        if piece and self._sink is not None:
            self._sink(piece)
        if not self._need:
            self._mode = _Mode.LINE

    # Errors, and what is dropped after them

    def _fail(
        self,
        text: bytes,
        line: bytes | None = None,
        *,
        code: bytes | None = None,
        ended: bool = False,
    ) -> FramingError:
        """Give the command up. ``ended`` says that its line was taken off the buffer whole."""
        # What a line too long begins with has been seen in full only up to the limit.
        tag = _TAG.match(self._text or line or self._buffer, 0, self._longest_line + 1)
        announcement = _announcement(line) if ended and line is not None else None
        self._new_command(_Mode.LINE if ended else _Mode.DROP_LINE)
        if announcement is not None:
            self._drop_announced(announcement)
        return FramingError(tag[1] if tag else None, text, code)

    def _break(self, text: bytes) -> FramingError:
        tag = _TAG.match(self._text)
        self._new_command(_Mode.BROKEN)
        self._buffer.clear()
        return FramingError(tag[1] if tag else None, text, None, fatal=True)

    def _drop_announced(self, announcement: re.Match[bytes]) -> None:
        """A line that is dropped ends with an announcement: its literal may come too."""
        _, digits, plus = announcement.groups()
        if plus:
            self._drop_literal(int(digits[:20]))

    def _drop_literal(self, size: int) -> None:
        self._new_command(_Mode.DROP_LITERAL)
        self._need = size

    def _pass_literal(self) -> None:
        dropped = min(self._need, len(self._buffer))
        del self._buffer[:dropped]
        self._need -= dropped
        if not self._need:
            self._mode = _Mode.DROP_LINE

    def _pass_line(self) -> None:
        """Drop a line; only as much is kept of it as an announcement at its end takes."""
        while (end := self._find_line()) is not None:
            line = self._cut(end + 1)
            if line.endswith(b"\r\n"):
                announcement = _announcement(line[:-2])
                self._new_command(_Mode.LINE)
                if announcement is not None:
                    self._drop_announced(announcement)
                return
        surplus = len(self._buffer) - _LONGEST_ANNOUNCEMENT
        if surplus > 0:
            del self._buffer[:surplus]
            self._scanned -= surplus


def _announcement(line: bytes) -> re.Match[bytes] | None:
    if not line.endswith(b"}"):
        return None
    start = line.rfind(b"{")
    if start > 0 and line[start - 1] == 0x7E:
        start -= 1
    return _ANNOUNCEMENT.match(line, start) if start >= 0 else None
