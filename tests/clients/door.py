"""A relay whose ports stay while the servers behind it change.

Clients keep what they know of a maildrop by host and port, and a move from one server to
another keeps both.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from pathlib import Path

from tests.clients.target import Target


class Door:
    """Four ports on loopback that lead to those of the target last opened to."""

    def __init__(self, base: Path) -> None:
        self._ca_file = base / "door-ca.pem"
        self._ca_file.write_bytes(b"")
        self._listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
        self._ports: list[int] = [0, 0, 0, 0]
        self._threads = [
            threading.Thread(target=self._accept, args=(listener, place), daemon=True)
            for place, listener in enumerate(self._listeners)
        ]
        for thread in self._threads:
            thread.start()

    def open_to(self, target: Target) -> Target:
        """The same user, reached through the door, whose CA file knows all servers so far."""
        self._ports = [target.imap, target.imaps, target.pop3, target.pop3s]
        with self._ca_file.open("ab") as bundle:
            bundle.write(target.ca_file.read_bytes())
        ports = (listener.getsockname()[1] for listener in self._listeners)
        return target._replace(
            **dict(zip(("imap", "imaps", "pop3", "pop3s"), ports, strict=True)),
            ca_file=self._ca_file,
        )

    def close(self) -> None:
        for listener in self._listeners:
            # close() alone does not wake a thread that waits in accept().
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self, listener: socket.socket, place: int) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client, place), daemon=True).start()

    def _relay(self, client: socket.socket, place: int) -> None:
        address = ("127.0.0.1", self._ports[place])
        with (
            client,
            contextlib.suppress(OSError),
            socket.create_connection(address) as server,
        ):
            _pump(client, server)


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Until both directions have ended."""
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while selector.get_map():
            for key, _ in selector.select():
                source, sink = key.fileobj, key.data
                assert isinstance(source, socket.socket)
                octets = source.recv(65_536)
                if octets:
                    sink.sendall(octets)
                else:
                    selector.unregister(source)
                    sink.shutdown(socket.SHUT_WR)
