from __future__ import annotations

import ssl
import zlib
from collections.abc import Awaitable
from pathlib import Path

import pytest
import trustme
from twisted.internet.task import Clock

from mailstore.model.limits import ConnectionLimits
from mailstore.model.task import Task
from mailstore.net.admission import Admission
from mailstore.net.tls import Certificate
from tests.unit.net.fakes import Shell, TlsClient, make_certificate, shake_hands


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Certificate, trustme.CA]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


async def awaiting(awaitable: Awaitable[None], done: list[str]) -> None:
    await awaitable
    done.append("drained")


def test_the_engine_greets_and_hears_what_comes() -> None:
    shell = Shell()
    assert shell.transport.taken() == b"hello\r\n"
    shell.receive(b"abc")
    assert shell.engine.heard == [b"abc"]


def test_what_is_written_while_entered_leaves_in_one_write() -> None:
    shell = Shell()

    def answer(octets: bytes) -> None:
        for _ in range(50):
            shell.connection.write(b"x")

    shell.engine.on_data = answer
    shell.transport.taken()
    shell.connection.dataReceived(b"go")
    assert shell.transport.writes == [b"x" * 50]


def test_what_is_written_at_another_time_leaves_at_the_next_turn() -> None:
    shell = Shell()
    shell.transport.taken()
    shell.connection.write(b"one")
    shell.connection.write(b"two")
    assert shell.transport.writes == []
    shell.clock.advance(0)
    assert shell.transport.writes == [b"onetwo"]


def test_drained_is_answered_at_once_while_the_client_keeps_up() -> None:
    shell = Shell()
    done: list[str] = []

    def answer(octets: bytes) -> None:
        Task(awaiting(shell.connection.drained(), done), lambda error: None)

    shell.engine.on_data = answer
    shell.receive(b"go")
    assert done == ["drained"]


def test_drained_waits_for_a_client_that_does_not_read() -> None:
    shell = Shell()
    done: list[str] = []

    def answer(octets: bytes) -> None:
        shell.connection.write(b"x" * 5000)
        Task(awaiting(shell.connection.drained(), done), lambda error: None)

    shell.engine.on_data = answer
    shell.connection.dataReceived(b"go")
    shell.turn()
    assert done == []
    shell.transport.drain()
    assert done == ["drained"]


def test_drained_gives_others_their_turn_when_the_slice_is_used_up() -> None:
    shell = Shell()
    done: list[str] = []

    def answer(octets: bytes) -> None:
        shell.connection._began -= 1  # as if it had worked for a second
        Task(awaiting(shell.connection.drained(), done), lambda error: None)

    shell.engine.on_data = answer
    shell.receive(b"go")
    assert done == []
    shell.turn()
    assert done == ["drained"]


def test_nothing_is_read_while_the_client_does_not_take_its_answers() -> None:
    shell = Shell()
    shell.engine.on_data = lambda octets: shell.connection.write(b"x" * 2000)
    shell.connection.dataReceived(b"go")
    assert not shell.transport.reading
    shell.transport.drain()
    assert shell.transport.reading


def test_paused_input_is_held_and_delivered_in_order_later() -> None:
    shell = Shell()
    shell.engine.on_data = lambda octets: shell.connection.pause_input()
    shell.receive(b"1")
    assert not shell.transport.reading
    shell.receive(b"2")
    shell.receive(b"3")
    assert shell.engine.heard == [b"1"]
    shell.connection.resume_input()
    assert shell.engine.heard == [b"1"], "never from inside a call of the engine"
    shell.turn()
    assert shell.engine.heard == [b"1", b"2"]
    shell.engine.on_data = lambda octets: None
    shell.connection.resume_input()
    shell.turn()
    assert shell.engine.heard == [b"1", b"2", b"3"]
    assert shell.transport.reading


def test_close_sends_what_was_written_and_ignores_what_comes() -> None:
    shell = Shell()

    def bye(octets: bytes) -> None:
        shell.connection.write(b"bye\r\n")
        shell.connection.close()

    shell.engine.on_data = bye
    assert shell.receive(b"quit").endswith(b"bye\r\n")
    assert shell.transport.disconnecting
    shell.receive(b"more")
    assert shell.engine.heard == [b"quit"]


def test_a_closed_connection_that_takes_nothing_is_aborted() -> None:
    shell = Shell()
    shell.connection.close()
    assert not shell.transport.aborted
    shell.clock.advance(11)
    assert shell.transport.aborted


def test_an_error_of_the_engine_is_logged_and_ends_only_its_connection() -> None:
    shell = Shell()

    def fail(octets: bytes) -> None:
        raise ZeroDivisionError("surprise")

    shell.engine.on_data = fail
    shell.connection.dataReceived(b"go")
    assert shell.transport.aborted


def test_a_lost_connection_tells_the_engine_and_wakes_who_waits() -> None:
    shell = Shell()
    done: list[str] = []

    def answer(octets: bytes) -> None:
        shell.connection.write(b"x" * 5000)
        Task(awaiting(shell.connection.drained(), done), lambda error: None)

    shell.engine.on_data = answer
    shell.connection.dataReceived(b"go")
    shell.connection.connectionLost()
    assert shell.engine.events == ["made", "lost"]
    assert done == ["drained"]
    assert len(shell.admission) == 0
    assert not shell.clock.getDelayedCalls()


def test_the_login_timeout_counts_from_connect_whatever_arrives() -> None:
    shell = Shell()
    shell.connection.set_deadline(60)
    for _ in range(59):
        shell.clock.advance(1)
        shell.receive(b".")
    assert "timed out" not in shell.engine.events
    shell.clock.advance(1)
    assert shell.engine.events[-1] == "timed out"


def test_the_idle_timeout_begins_anew_with_each_input() -> None:
    shell = Shell()
    shell.connection.set_timeout(100)
    for _ in range(5):
        shell.clock.advance(99)
        shell.receive(b".")
    assert "timed out" not in shell.engine.events
    shell.clock.advance(100)
    assert shell.engine.events[-1] == "timed out"


def test_taking_answers_counts_as_activity() -> None:
    shell = Shell()
    shell.connection.set_timeout(100)
    shell.engine.on_data = lambda octets: shell.connection.write(b"x" * 2000)
    shell.connection.dataReceived(b"go")
    shell.clock.advance(99)
    shell.transport.drain()
    shell.clock.advance(99)
    assert "timed out" not in shell.engine.events


def test_a_client_over_the_limit_is_turned_away_in_the_protocols_words() -> None:
    admission = Admission(ConnectionLimits(per_address=1))
    first = Shell(admission=admission)
    second = Shell(admission=admission)
    assert second.transport.taken() == b"-ERR Too many connections from your address\r\n"
    assert second.transport.disconnecting
    assert second.engines == []
    second.connection.connectionLost()
    first.connection.connectionLost()
    assert len(admission) == 0


def test_the_oldest_connection_without_a_user_makes_room() -> None:
    admission, clock = Admission(ConnectionLimits(total=2)), Clock()
    shells = [Shell(admission=admission, clock=clock, host=f"192.0.2.{n}") for n in (1, 2)]
    shells[0].connection.set_timeout(600)
    Shell(admission=admission, clock=clock, host="192.0.2.3")
    assert not shells[0].transport.aborted
    assert shells[1].transport.aborted


def test_passwords_without_tls_are_for_this_machine_only() -> None:
    assert not Shell().connection.may_send_password
    assert Shell(host="127.0.0.1").connection.may_send_password
    assert Shell(host="::1").connection.may_send_password
    assert Shell(host="::ffff:127.0.0.1").connection.may_send_password
    assert not Shell(host="::ffff:192.0.2.1").connection.may_send_password


# TLS


def test_implicit_tls_greets_after_the_handshake(pair: tuple[Certificate, trustme.CA]) -> None:
    certificate, authority = pair
    shell = Shell(certificate=certificate, implicit_tls=True)
    assert shell.engines == []
    client = TlsClient(authority)
    assert shake_hands(shell, client) == b"hello\r\n"
    assert shell.connection.secure
    assert not shell.connection.can_start_tls
    assert shell.connection.may_send_password
    shell.engine.on_data = shell.connection.write
    assert client.decrypt(shell.receive(client.encrypt(b"abc"))) == b"abc"


def start_tls(shell: Shell, authority: trustme.CA, extra: bytes = b"") -> TlsClient:
    def upgrade(octets: bytes) -> None:
        shell.connection.write(b"+OK\r\n")
        shell.connection.start_tls()

    shell.engine.on_data = upgrade
    assert shell.receive(b"STLS\r\n" + extra).endswith(b"+OK\r\n")
    shell.engine.on_data = shell.connection.write
    client = TlsClient(authority)
    shake_hands(shell, client)
    return client


def test_start_tls_on_a_running_connection(pair: tuple[Certificate, trustme.CA]) -> None:
    certificate, authority = pair
    shell = Shell(certificate=certificate)
    assert shell.connection.can_start_tls
    client = start_tls(shell, authority)
    assert client.decrypt(shell.receive(client.encrypt(b"abc"))) == b"abc"
    assert shell.engine.events == ["made"]


def test_start_tls_throws_away_what_was_held_back(pair: tuple[Certificate, trustme.CA]) -> None:
    """CVE-2021-38542: input that waited for a running command."""
    certificate, authority = pair
    shell = Shell(certificate=certificate)
    shell.engine.on_data = lambda octets: shell.connection.pause_input()
    shell.receive(b"STLS\r\n")
    shell.receive(b"injected\r\n")
    shell.connection.start_tls()
    shell.connection.resume_input()
    shell.turn()
    shake_hands(shell, TlsClient(authority))
    assert shell.engine.heard == [b"STLS\r\n"]


def test_clear_text_after_start_tls_breaks_the_handshake(
    pair: tuple[Certificate, trustme.CA],
) -> None:
    shell = Shell(certificate=pair[0])
    shell.engine.on_data = lambda octets: shell.connection.start_tls()
    shell.receive(b"STLS\r\n")
    shell.receive(b"injected\r\n")
    assert shell.transport.disconnecting
    assert shell.engine.heard == [b"STLS\r\n"]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_tls_1_1_is_refused(pair: tuple[Certificate, trustme.CA]) -> None:
    """RFC 8997."""
    certificate, authority = pair
    shell = Shell(certificate=certificate, implicit_tls=True)
    client = TlsClient(authority, newest=ssl.TLSVersion.TLSv1_1)
    client.tls.context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        shake_hands(shell, client)
    assert shell.engines == []


def test_tls_1_2_is_accepted(pair: tuple[Certificate, trustme.CA]) -> None:
    certificate, authority = pair
    shell = Shell(certificate=certificate, implicit_tls=True)
    client = TlsClient(authority, newest=ssl.TLSVersion.TLSv1_2)
    assert shake_hands(shell, client) == b"hello\r\n"


def test_an_unfinished_handshake_ends_with_the_login_timeout(
    pair: tuple[Certificate, trustme.CA],
) -> None:
    shell = Shell(certificate=pair[0], implicit_tls=True)
    for _ in range(60):
        shell.receive(b"\x16")
        shell.clock.advance(1)
    assert shell.transport.aborted


def test_a_client_that_closes_tls_is_closed(pair: tuple[Certificate, trustme.CA]) -> None:
    certificate, authority = pair
    shell = Shell(certificate=certificate, implicit_tls=True)
    client = TlsClient(authority)
    shake_hands(shell, client)
    shell.receive(client.close())
    assert shell.transport.disconnecting


def test_input_is_held_under_tls_too(pair: tuple[Certificate, trustme.CA]) -> None:
    certificate, authority = pair
    shell = Shell(certificate=certificate, implicit_tls=True)
    client = TlsClient(authority)
    shake_hands(shell, client)
    shell.engine.on_data = lambda octets: shell.connection.pause_input()
    shell.receive(client.encrypt(b"1") + client.encrypt(b"2") + client.encrypt(b"3"))
    assert shell.engine.heard == [b"1"]
    shell.engine.on_data = lambda octets: None
    shell.connection.resume_input()
    shell.turn()
    assert b"".join(shell.engine.heard) == b"123"


def test_behind_tls_a_client_over_the_limit_is_just_closed(
    pair: tuple[Certificate, trustme.CA],
) -> None:
    admission = Admission(ConnectionLimits(per_address=0))
    shell = Shell(certificate=pair[0], implicit_tls=True, admission=admission)
    assert shell.transport.taken() == b""
    assert shell.transport.disconnecting


def test_a_reloaded_certificate_is_for_new_connections(tmp_path: Path) -> None:
    certificate, _ = make_certificate(tmp_path)
    other = trustme.CA()
    pem = other.issue_cert("localhost").private_key_and_cert_chain_pem
    pem.write_to_path(tmp_path / "server.pem")
    certificate.reload()
    shell = Shell(certificate=certificate, implicit_tls=True)
    assert shake_hands(shell, TlsClient(other)) == b"hello\r\n"


# Compression


class Compressed:
    """A client that compresses, and a shell whose engine answers what it hears."""

    def __init__(self, shell: Shell, extra: bytes = b"") -> None:
        self.shell = shell
        self.deflater = zlib.compressobj(wbits=-15)
        self.inflater = zlib.decompressobj(-15)
        shell.engine.on_data = lambda octets: shell.connection.start_compression(extra)
        shell.receive(b"COMPRESS")
        shell.engine.on_data = shell.connection.write
        shell.engine.heard.clear()

    def compress(self, octets: bytes) -> bytes:
        return self.deflater.compress(octets) + self.deflater.flush(zlib.Z_SYNC_FLUSH)

    def ask(self, octets: bytes) -> bytes:
        return self.inflater.decompress(self.shell.receive(self.compress(octets)))


def test_the_answer_that_begins_compression_is_not_compressed() -> None:
    shell = Shell()

    def begin(octets: bytes) -> None:
        shell.connection.write(b"OK\r\n")
        assert not shell.connection.compressed
        shell.connection.start_compression(b"")
        assert shell.connection.compressed
        shell.connection.write(b"compressed")

    shell.engine.on_data = begin
    shell.transport.taken()
    answer = shell.receive(b"go").removeprefix(b"OK\r\n")
    assert zlib.decompressobj(-15).decompress(answer) == b"compressed"


def test_compression_both_ways() -> None:
    client = Compressed(Shell())
    for line in (b"abc", b"", b"abc" * 1000):
        assert client.ask(line) == line


def test_one_write_is_one_flush() -> None:
    client = Compressed(Shell())
    connection = client.shell.connection

    def answer_in_pieces(octets: bytes) -> None:
        for _ in range(50):
            connection.write(b"x")

    client.shell.engine.on_data = answer_in_pieces
    answer = client.shell.receive(client.compress(b"go"))
    assert client.inflater.decompress(answer) == b"x" * 50
    assert answer.count(b"\0\0\xff\xff") == 1


def test_compressed_input_cut_up_into_octets() -> None:
    client = Compressed(Shell())
    for octet in client.compress(b"one") + client.compress(b"two"):
        client.shell.receive(bytes((octet,)))
    assert b"".join(client.shell.engine.heard) == b"onetwo"


def test_what_came_with_the_command_and_while_it_ran_begins_the_stream() -> None:
    shell, stream = Shell(), zlib.compressobj(wbits=-15)
    compressed = stream.compress(b"one two three") + stream.flush(zlib.Z_SYNC_FLUSH)
    shell.engine.on_data = lambda octets: shell.connection.pause_input()
    shell.receive(b"COMPRESS")
    shell.receive(compressed[5:9])
    shell.receive(compressed[9:])
    shell.engine.heard.clear()
    shell.connection.start_compression(compressed[:5])
    shell.connection.resume_input()
    shell.turn()
    assert b"".join(shell.engine.heard) == b"one two three"


def test_a_bomb_takes_turns_and_is_not_inflated_while_input_is_paused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mailstore.net.connection.SLICE_S", -1.0)
    client = Compressed(Shell())
    shell = client.shell
    shell.engine.on_data = lambda octets: None
    shell.receive(client.compress(b"\0" * 100_000))
    assert list(map(len, shell.engine.heard)) == [16384]
    assert not shell.transport.reading
    shell.engine.on_data = lambda octets: shell.connection.pause_input()
    shell.turn()
    assert len(shell.engine.heard) == 2
    shell.engine.on_data = lambda octets: None
    shell.connection.resume_input()
    shell.turn()
    assert sum(map(len, shell.engine.heard)) == 100_000
    assert shell.transport.reading


def test_nothing_is_inflated_while_the_client_does_not_take_its_answers() -> None:
    client = Compressed(Shell())
    shell = client.shell
    shell.transport.limit = 0
    shell.connection.dataReceived(client.compress(b"\0" * 100_000))
    assert len(shell.engine.heard) == 1
    for _ in range(9):
        shell.transport.drain()
    assert sum(map(len, shell.engine.heard)) == 100_000


def test_a_broken_stream_ends_the_connection() -> None:
    client = Compressed(Shell())
    client.shell.receive(b"\xff\xff")
    assert client.shell.transport.disconnecting
    assert client.shell.engine.heard == []


def test_compression_ends_between_two_commands() -> None:
    client = Compressed(Shell())
    shell = client.shell

    def end(octets: bytes) -> None:
        shell.engine.on_data = shell.connection.write
        shell.connection.write(b"ended")
        shell.connection.end_compression()
        assert not shell.connection.compressed

    shell.engine.on_data = end
    answer = shell.receive(client.compress(b"end it") + b"in clear")
    assert client.inflater.decompress(answer.removesuffix(b"in clear")) == b"ended"
    assert answer.endswith(b"in clear")
    assert Compressed(shell).ask(b"compressed once more") == b"compressed once more"


def test_what_is_compressed_is_encrypted(pair: tuple[Certificate, trustme.CA]) -> None:
    certificate, authority = pair
    shell = Shell(certificate=certificate, implicit_tls=True)
    tls = TlsClient(authority)
    shake_hands(shell, tls)
    shell.engine.on_data = lambda octets: shell.connection.start_compression(b"")
    shell.receive(tls.encrypt(b"COMPRESS"))
    shell.engine.on_data = shell.connection.write
    stream = zlib.compressobj(wbits=-15)
    compressed = stream.compress(b"\0" * 50_000) + stream.flush(zlib.Z_SYNC_FLUSH)
    answer = shell.receive(tls.encrypt(compressed))
    while not shell.transport.reading:
        answer += shell.turn()
    assert zlib.decompressobj(-15).decompress(tls.decrypt(answer)) == b"\0" * 50_000
