"""A client that costs next to nothing, so that it measures the server and not itself.

It sends bytes, reads until the end of the answer, and looks only at the last few octets
of what arrived. A tag is random, so that no message contains it.
"""

from __future__ import annotations

import re
import secrets
import socket
from typing import Self

CHUNK = 1 << 20
TAIL = 2048
"""Octets that are kept to see the end of an answer: one tagged line, however long."""


class Unexpected(Exception):
    """The server did not answer as the benchmark expects; the figures would mean nothing."""


class Connection:
    def __init__(self, port: int, source: str = "127.0.0.1") -> None:
        """``source``: any loopback address, as if from a machine of its own."""
        self.socket = socket.create_connection(
            ("127.0.0.1", port), timeout=120, source_address=(source, 0)
        )
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray(CHUNK)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self.socket.close()

    def read_line(self) -> bytes:
        line = b""
        while not line.endswith(b"\r\n"):
            octet = self.socket.recv(1)
            if not octet:
                raise Unexpected("the server closed the connection")
            line += octet
        return line

    def read_until(self, ending: re.Pattern[bytes], keep: bool = False) -> tuple[int, bytes]:
        """Read to an end that matches ``ending``: octets read, and the last of them.

        With ``keep`` all of them are returned.
        """
        total, tail, kept = 0, b"", []
        while True:
            count = self.socket.recv_into(self._buffer)
            if not count:
                raise Unexpected(f"the server closed the connection after {tail[-200:]!r}")
            total += count
            chunk = bytes(self._buffer[:count]) if keep or count < TAIL else b""
            if keep:
                kept.append(chunk)
            tail = (tail + (chunk or bytes(self._buffer[count - TAIL : count])))[-TAIL:]
            if ending.search(tail):
                return total, b"".join(kept) if keep else tail


class Imap(Connection):
    def __init__(
        self, port: int, user: str = "", password: str = "", source: str = "127.0.0.1"
    ) -> None:
        super().__init__(port, source)
        self.read_line()
        self._tag = secrets.token_hex(6).encode()
        self._ending = re.compile(rb"(?:^|\r\n)" + self._tag + rb" (OK|NO|BAD)[^\r\n]*\r\n\Z")
        if user:
            self.command(b'LOGIN "%s" "%s"' % (user.encode(), password.encode()))

    def command(self, text: bytes, *, at_least: int = 0, keep: bool = False) -> bytes:
        """Send one command and read its answer, which is OK and not shorter than expected."""
        self.socket.sendall(self._tag + b" " + text + b"\r\n")
        return self.finish(text, at_least, keep)

    def finish(self, text: bytes, at_least: int = 0, keep: bool = False) -> bytes:
        total, answer = self.read_until(self._ending, keep)
        status = self._ending.search(answer[-TAIL:])
        if status is None or status[1] != b"OK" or total < at_least:
            raise Unexpected(f"{text[:60]!r}: {total} octets, ending {answer[-200:]!r}")
        return answer

    def append(self, mailbox: bytes, octets: bytes) -> None:
        self.socket.sendall(
            b"%s APPEND %s {%d+}\r\n%s\r\n" % (self._tag, mailbox, len(octets), octets)
        )
        self.finish(b"APPEND")


class Pop3(Connection):
    LINE = re.compile(rb"\r\n\Z")
    MULTILINE = re.compile(rb"\r\n\.\r\n\Z")

    def __init__(self, port: int, user: str, password: str) -> None:
        super().__init__(port)
        self.read_line()
        self.command(b"USER " + user.encode())
        self.command(b"PASS " + password.encode())

    def command(self, text: bytes, *, multiline: bool = False) -> int:
        self.socket.sendall(text + b"\r\n")
        total, answer = self.read_until(self.MULTILINE if multiline else self.LINE)
        if total < TAIL and not answer.startswith(b"+OK"):
            raise Unexpected(f"{text!r}: {answer[:100]!r}")
        return total
