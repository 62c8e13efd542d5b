"""As much of an IMAP client as it takes to ask for sections and read the answers."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from types import TracebackType

__all__ = ["Client", "Value", "read_value"]

Value = bytes | None | list["Value"]
"""A string, atom or number; NIL; or a list."""

_LITERAL = re.compile(rb"\{(\d+)\}\r\n\Z")
_ATOM = re.compile(rb'[^\s()"{\[]+(?:\[[^\]]*\][^\s()]*)?')
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)


class Client:
    """One logged-in connection with a selected mailbox."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 30)
        self._file = self._socket.makefile("rb")
        self._file.readline()
        self._tag = 0
        self.command(f"LOGIN {user} {password}".encode())
        self.command(b"EXAMINE INBOX")

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        self._socket.close()

    def command(self, command: bytes) -> tuple[bytes, list[bytes]]:
        """Return the tagged status (``OK``, ``NO``, ``BAD``) and the untagged responses."""
        self._tag += 1
        tag = b"t%d" % self._tag
        self._socket.sendall(tag + b" " + command + b"\r\n")
        untagged: list[bytes] = []
        while True:
            response = self._response()
            if response.startswith(tag + b" "):
                return response.split(b" ", 2)[1], untagged
            untagged.append(response)

    def fetch(self, number: int, items: bytes) -> dict[bytes, Value] | None:
        """Return the items of one message by name, ``None`` if the server refuses."""
        status, responses = self.command(b"FETCH %d (%b)" % (number, items))
        if status != b"OK":
            return None
        found: dict[bytes, Value] = {}
        for response in responses:
            start = response.find(b" FETCH (")
            if response.startswith(b"* ") and start > 0:
                values = read_value(response, start + 7)[0]
                assert isinstance(values, list)
                for name, value in zip(values[::2], values[1::2], strict=True):
                    assert isinstance(name, bytes)
                    found[name.upper()] = value
        return found

    def _response(self) -> bytes:
        pieces = []
        while True:
            line = self._file.readline()
            if not line:
                raise ConnectionError("the server hung up")
            pieces.append(line)
            literal = _LITERAL.search(line)
            if literal is None:
                return b"".join(pieces)
            pieces.append(self._file.read(int(literal[1])))


def read_value(data: bytes, position: int = 0) -> tuple[Value, int]:
    """Read one value at ``position``; return it and where it ends."""
    stack: list[list[Value]] = [[]]
    while True:
        if data[position : position + 1] in (b" ", b"\r", b"\n"):
            position += 1
            continue
        mark = data[position : position + 1]
        if mark == b"(":
            stack.append([])
            position += 1
            continue
        if mark == b")":
            done = stack.pop()
            stack[-1].append(done)
            position += 1
        else:
            value, position = _string(data, position)
            stack[-1].append(value)
        if len(stack) == 1:
            return stack[0][0], position


def _string(data: bytes, position: int) -> tuple[bytes | None, int]:
    quoted = _QUOTED.match(data, position)
    if quoted is not None:
        return re.sub(rb"\\(.)", rb"\1", quoted[1], flags=re.DOTALL), quoted.end()
    if data[position : position + 2] == b"~{":
        position += 1
    if data[position : position + 1] == b"{":
        end = data.index(b"}\r\n", position)
        length = int(data[position + 1 : end])
        start = end + 3
        assert len(data) >= start + length, "a literal is cut short"
        return data[start : start + length], start + length
    atom = _ATOM.match(data, position)
    assert atom is not None, data[position : position + 40]
    return (None if atom[0].upper() == b"NIL" else atom[0]), atom.end()


def strings(value: Value) -> Iterator[bytes | None]:
    """Yield what is in a value, lists flattened."""
    if isinstance(value, list):
        for item in value:
            yield from strings(item)
    else:
        yield value
