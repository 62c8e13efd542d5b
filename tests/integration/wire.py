"""A client that says exactly what a test wants to say."""

from __future__ import annotations

import socket
import ssl
from types import TracebackType
from typing import Protocol, Self

TIMEOUT_S = 30.0


class Reachable(Protocol):
    """A server on this machine."""

    def port(self, service: str) -> int: ...

    def tls(self) -> ssl.SSLContext: ...


class Wire:
    """A connection with lines in and out, in clear or over TLS."""

    def __init__(self, server: Reachable, service: str) -> None:
        self._server = server
        self.socket = socket.create_connection(("127.0.0.1", server.port(service)), TIMEOUT_S)
        self.unread = b""
        if service.endswith("s"):
            self.start_tls()

    def start_tls(self) -> None:
        assert not self.unread
        self.socket = self._server.tls().wrap_socket(self.socket, server_hostname="localhost")

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def line(self) -> bytes:
        """The next line without CRLF; empty at the end of the connection."""
        while b"\r\n" not in self.unread:
            octets = self._receive()
            if not octets:
                line, self.unread = self.unread, b""
                return line
            self.unread += octets
        line, _, self.unread = self.unread.partition(b"\r\n")
        return line

    def line_or_end(self) -> bytes | None:
        """The next line, which may be empty; None at the end of the connection."""
        while b"\r\n" not in self.unread:
            octets = self._receive()
            if not octets:
                return None
            self.unread += octets
        return self.line()

    def _receive(self) -> bytes:
        try:
            return self.socket.recv(65536)
        except (ConnectionResetError, ssl.SSLEOFError):
            return b""

    def ask(self, command: bytes) -> bytes:
        """Send a line; the next line."""
        self.send(command + b"\r\n")
        return self.line()

    def until(self, start: bytes) -> list[bytes]:
        """Lines up to the first that begins so, or to the end of the connection."""
        lines = [self.line()]
        while lines[-1] and not lines[-1].startswith(start):
            lines.append(self.line())
        return lines

    def rest(self) -> bytes:
        """Everything to the end of the connection."""
        rest, self.unread = self.unread, b""
        while octets := self._receive():
            rest += octets
        return rest

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
