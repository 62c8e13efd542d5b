from __future__ import annotations

import socket

import pytest

from mailstore.net.listening import CannotListen, bind


def port_of(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


def test_a_taken_port_is_told_as_such_and_leaves_no_socket_open() -> None:
    [first] = bind(["127.0.0.1"], 0)
    with first, pytest.raises(CannotListen, match="Address already in use") as caught:
        bind(["127.0.0.1"], port_of(first))
    assert caught.value.taken


def test_an_address_of_another_machine_is_not_a_taken_port() -> None:
    with pytest.raises(CannotListen, match=r"192\.0\.2\.1, port 0") as caught:
        bind(["192.0.2.1"], 0)
    assert not caught.value.taken


def test_what_was_bound_is_closed_when_another_address_fails() -> None:
    [first] = bind(["127.0.0.1"], 0)
    port = port_of(first)
    first.close()
    with pytest.raises(CannotListen):
        bind(["127.0.0.1", "192.0.2.1"], port)
    [again] = bind(["127.0.0.1"], port)
    again.close()


def test_no_address_is_every_address() -> None:
    [listening] = bind([], 0)
    with listening, socket.create_connection(("127.0.0.1", port_of(listening)), 10) as client:
        accepted, _ = listening.accept()
        accepted.close()
        assert client.recv(1) == b""
