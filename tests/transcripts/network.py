"""Transcripts over TCP and TLS, against a server process; see :mod:`tests.transcripts.serve`."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import trustme

from tests.transcripts.play import NothingCame
from tests.transcripts.script import Transcript

TIMEOUT_S = 20.0
"""How long a line may take to come. It comes at once, but on a busy machine."""


class NetworkClient:
    """A client that turns to TLS, and to compression, when the server tells it to."""

    def __init__(self, port: int, channel: str, context: ssl.SSLContext) -> None:
        self._context = context
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        self._unread = b""
        self._inflater: Any = None
        self._deflater: Any = None
        if channel == "tls":
            self._start_tls()

    def _start_tls(self) -> None:
        self._socket = self._context.wrap_socket(self._socket, server_hostname="localhost")

    def send(self, octets: bytes) -> None:
        if self._deflater is not None:
            octets = self._deflater.compress(octets) + self._deflater.flush(zlib.Z_SYNC_FLUSH)
        self._socket.sendall(octets)

    def line(self) -> bytes | None:
        while b"\r\n" not in self._unread:
            try:
                octets = self._socket.recv(65536)
            except TimeoutError:
                raise NothingCame from None
            except ConnectionResetError:
                octets = b""
            if not octets:
                assert not self._unread, f"closed within a line: {self._unread!r}"
                return None
            self._unread += self._inflate(octets)
        line, _, self._unread = self._unread.partition(b"\r\n")
        if line.endswith(b" OK Begin TLS negotiation now"):
            assert not self._unread, "something came between OK and the handshake"
            self._start_tls()
        elif line.endswith(b" OK Compression begins now"):
            self._start_compression()
        elif line.endswith(b"UNAUTHENTICATE completed"):
            self._inflater = self._deflater = None
        return line

    def _start_compression(self) -> None:
        self._deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._unread = self._inflate(self._unread)

    def _inflate(self, octets: bytes) -> bytes:
        if self._inflater is not None:
            octets = self._inflater.decompress(octets)
        return octets

    def timed_out(self) -> None:
        raise AssertionError("time does not pass on the network; keep it `on: engine`")

    def rest(self) -> bytes:
        """Log out; all that comes must be the answer to that."""
        lines = []
        try:
            self.send(b"end LOGOUT\r\n")
            while (line := self.line()) is not None:
                if not line.startswith((b"* BYE", b"end OK")):
                    lines.append(line)
        except OSError:
            pass  # it was closed by the server, as the transcript said
        self._socket.close()
        return b"\r\n".join(lines)


class NetworkServer:
    """The server process."""

    def __init__(self, base: Path) -> None:
        authority = trustme.CA()
        certificate = base / "certificate.pem"
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(certificate)
        self._context = ssl.create_default_context()
        authority.configure_trust(self._context)
        command = [sys.executable, "-m", "tests.transcripts.serve", str(certificate)]
        self._process = subprocess.Popen(
            command,
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._ports: dict[str, int] = {}

    def use(self, transcript: Transcript, maildir: Path) -> None:
        """Serve this mail under the transcript's limits from now on."""
        answer = self._order(
            {
                "maildir": str(maildir),
                "limits": transcript.limits,
                "offers": transcript.offers,
                "quota": transcript.quota,
            }
        )
        self._ports = answer["ports"]

    def incidents(self) -> list[str]:
        """What went wrong unforeseen, since the process began."""
        nobody: dict[str, Any] = {"maildir": "", "limits": {}, "offers": {}, "quota": {}}
        incidents: list[str] = self._order(nobody)["incidents"]
        return incidents

    def _order(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def connect(self, channel: str) -> NetworkClient:
        return NetworkClient(self._ports[channel], channel, self._context)

    def shut_down(self) -> None:
        raise AssertionError("one server serves all; keep it `on: engine`")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(TIMEOUT_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
