"""The engine: order, limits, waiting, and what happens at the end."""

from __future__ import annotations

import pytest

from mailstore.model.limits import Pop3Limits
from mailstore.model.task import Waiter
from tests.unit.pop3.fakes import Dialogue, FakePeer


def test_the_greeting_is_ok_and_the_login_timeout_runs() -> None:
    dialogue = Dialogue(limits=Pop3Limits(login_timeout_s=7))
    assert dialogue.greeting.startswith(b"+OK ")
    assert dialogue.peer.deadline_s == 7


def test_command_words_are_read_in_any_case() -> None:
    assert Dialogue(log_in=True).say("sTaT").startswith(b"+OK 3 ")


def test_pipelined_commands_are_answered_in_order() -> None:
    dialogue = Dialogue()
    answer = dialogue.say("USER bob", "PASS secret word", "STAT", "NOOP", "QUIT")
    assert answer.startswith(b"+OK Send PASS\r\n+OK 3 messages (75 octets)\r\n+OK 3 75\r\n+OK\r\n")
    assert dialogue.peer.closed


def test_the_cut_of_packets_does_not_matter() -> None:
    whole, split = Dialogue(), Dialogue()
    stream = b"USER bob\r\nPASS secret word\r\nLIST\r\nRETR 2\r\nDELE 1\r\nQUIT\r\n"
    expected = whole.send(stream)
    assert b"".join(split.send(stream[at : at + 1]) for at in range(len(stream))) == expected
    assert split.maildrop.removed == whole.maildrop.removed == [10]


@pytest.mark.parametrize("line", ["STAT", "LIST", "RETR 1", "DELE 1", "RSET", "NOOP", "UIDL"])
def test_maildrop_commands_need_a_login(line: str) -> None:
    assert Dialogue().say(line) == b"-ERR Not allowed before sign-in\r\n"


@pytest.mark.parametrize("line", ["USER bob", "PASS x", "AUTH PLAIN", "STLS"])
def test_sign_in_commands_end_with_the_login(line: str) -> None:
    assert Dialogue(log_in=True).say(line) == b"-ERR Not allowed after sign-in\r\n"


@pytest.mark.parametrize("line", ["", " ", "XYZZY", "NOOP now", "RETR", "RETR -1", "RETR 1 2"])
def test_bad_commands_are_refused_and_the_session_goes_on(line: str) -> None:
    dialogue = Dialogue(log_in=True)
    assert dialogue.say(line).startswith(b"-ERR ")
    assert dialogue.say("NOOP") == b"+OK\r\n"


def test_a_reply_never_repeats_what_the_client_sent() -> None:
    dialogue = Dialogue(log_in=True)
    answer = dialogue.send(b"EVIL\x1b[2J\xff\r\nRETR \xff\xfe\r\nLIST 999999999999999999\r\n")
    assert answer.count(b"-ERR") == 3
    assert answer.isascii()
    assert b"EVIL" not in answer
    assert b"9999" not in answer


def test_too_many_bad_commands_in_a_row_close_the_connection() -> None:
    dialogue = Dialogue(limits=Pop3Limits(bad_commands=3), log_in=True)
    dialogue.say("X", "X", "NOOP", "X", "X")
    assert not dialogue.peer.closed
    assert dialogue.say("X") == b"-ERR Unknown command\r\n-ERR Too many bad commands\r\n"
    assert dialogue.peer.closed


def test_a_line_over_the_limit_is_refused_once() -> None:
    dialogue = Dialogue(limits=Pop3Limits(line=30), log_in=True)
    dialogue.connection.data_received(b"x" * 31)
    dialogue.connection.data_received(b"x" * 100_000)
    assert dialogue.say("") == b"-ERR Line too long\r\n"
    assert dialogue.say("NOOP") == b"+OK\r\n"


def test_input_is_paused_while_too_many_commands_wait() -> None:
    dialogue = Dialogue(limits=Pop3Limits(pipeline=4), log_in=True)
    dialogue.peer.slow = True
    dialogue.say("RETR 1", "NOOP", "NOOP", "NOOP")
    assert not dialogue.peer.paused
    dialogue.say("NOOP")
    assert dialogue.peer.paused
    assert dialogue.later(dialogue.peer.drain).endswith(b".\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n")
    assert not dialogue.peer.paused


def test_input_without_line_ends_is_paused_too() -> None:
    dialogue = Dialogue(log_in=True)
    dialogue.peer.slow = True
    dialogue.say("RETR 1")
    dialogue.send(b"x" * 70_000)
    assert dialogue.peer.paused
    dialogue.peer.drain()
    assert not dialogue.peer.paused
    dialogue.peer.taken()
    assert dialogue.say("") == b"-ERR Line too long\r\n"


def test_nothing_is_deleted_when_the_connection_is_lost() -> None:
    dialogue = Dialogue(log_in=True)
    dialogue.say("DELE 1")
    dialogue.connection.connection_lost()
    assert dialogue.maildrop.removed == []
    assert dialogue.maildrop.closed
    assert dialogue.account.closed == 1


def test_autologout_closes_without_a_reply_and_deletes_nothing() -> None:
    """RFC 1939, section 3."""
    dialogue = Dialogue(log_in=True)
    assert dialogue.peer.timeout_s == 600
    dialogue.say("DELE 1")
    dialogue.connection.timed_out()
    assert dialogue.peer.taken() == b""
    assert dialogue.peer.closed
    dialogue.connection.connection_lost()
    assert dialogue.maildrop.removed == []
    assert dialogue.maildrop.closed


def test_a_slow_store_is_no_reason_for_autologout() -> None:
    dialogue = Dialogue()
    hold: Waiter[None] = Waiter()
    dialogue.sign_in.hold = hold
    dialogue.say("USER bob", "PASS secret word")
    dialogue.connection.timed_out()
    assert not dialogue.peer.closed
    assert dialogue.later(lambda: hold.succeed(None)).startswith(b"+OK 3")


def test_a_client_that_stops_reading_is_closed_by_the_timeout() -> None:
    dialogue = Dialogue(log_in=True)
    dialogue.peer.slow = True
    dialogue.say("RETR 1")
    dialogue.connection.timed_out()
    assert dialogue.peer.closed
    dialogue.connection.connection_lost()
    assert dialogue.maildrop.opened[0].closed
    assert dialogue.maildrop.closed


def test_a_client_lost_during_its_login_leaves_nothing_locked() -> None:
    dialogue = Dialogue()
    dialogue.sign_in.hold = Waiter()
    dialogue.say("USER bob", "PASS secret word")
    dialogue.connection.connection_lost()
    dialogue.sign_in.hold.succeed(None)
    assert dialogue.account.closed == 1
    assert dialogue.maildrop.closed


def test_shutting_down_tells_an_idle_client() -> None:
    dialogue = Dialogue(log_in=True)
    answer = dialogue.later(dialogue.connection.shutting_down)
    assert answer == b"-ERR [SYS/TEMP] The server is shutting down\r\n"
    assert dialogue.peer.closed


def test_shutting_down_lets_the_running_command_end() -> None:
    dialogue = Dialogue(log_in=True)
    dialogue.peer.slow = True
    dialogue.say("RETR 1", "NOOP")
    dialogue.connection.shutting_down()
    assert not dialogue.peer.closed
    answer = dialogue.later(dialogue.peer.drain)
    assert answer == b".\r\n-ERR [SYS/TEMP] The server is shutting down\r\n"
    assert dialogue.peer.closed


def test_an_unforeseen_error_is_an_incident_and_the_session_goes_on() -> None:
    dialogue = Dialogue(log_in=True)
    dialogue.maildrop.messages[0] = None  # type: ignore[call-overload]
    answer = dialogue.say("LIST 1")
    assert answer == b"-ERR [SYS/TEMP] Internal error, logged as T1\r\n"
    assert len(dialogue.incidents) == 1
    assert dialogue.say("NOOP") == b"+OK\r\n"


def test_capa_tells_what_is_true_before_and_after_tls_and_login() -> None:
    dialogue = Dialogue(peer=FakePeer(secure=False, can_start_tls=True))
    common = {b"TOP", b"UIDL", b"PIPELINING", b"RESP-CODES", b"AUTH-RESP-CODE"}
    common |= {b"EXPIRE NEVER", b"IMPLEMENTATION mailstore"}

    def capa() -> set[bytes]:
        first, *lines, end, rest = dialogue.say("CAPA").split(b"\r\n")
        assert first.startswith(b"+OK")
        assert (end, rest) == (b".", b"")
        return set(lines)

    assert capa() == common | {b"STLS"}
    dialogue.say("STLS")
    assert capa() == common | {b"USER", b"SASL PLAIN LOGIN"}
    dialogue.say("USER bob", "PASS secret word")
    assert capa() == common | {b"USER", b"SASL PLAIN LOGIN"}
