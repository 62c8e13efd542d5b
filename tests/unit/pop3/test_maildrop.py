"""STAT, LIST, UIDL, RETR, TOP, DELE, RSET and QUIT."""

from __future__ import annotations

import pytest

from mailstore.model.errors import Unavailable
from tests.unit.pop3.fakes import Dialogue


def octets_of(reply: bytes) -> int:
    """Octets of the message in a multi-line reply, dot-stuffing undone."""
    first, _, rest = reply.partition(b"\r\n")
    assert first.startswith(b"+OK")
    assert rest.endswith(b".\r\n")
    return len(rest[:-3].replace(b"\r\n..", b"\r\n."))


def test_stat_is_the_sum_of_list_and_what_retr_sends() -> None:
    dialogue = Dialogue(log_in=True)
    _, count, total = dialogue.say("STAT").split()
    lines = dialogue.say("LIST").split(b"\r\n")[1:-2]
    sizes = [int(line.split()[1]) for line in lines]
    sent = [octets_of(dialogue.say(f"RETR {number}")) for number in (1, 2, 3)]
    assert (int(count), int(total)) == (3, sum(sizes))
    assert sizes == sent


@pytest.mark.parametrize(
    ("line", "answer"),
    [("LIST 2", b"+OK 2 34\r\n"), ("UIDL 2", b"+OK 2 id-20\r\n")],
)
def test_one_message_is_answered_with_its_number(line: str, answer: bytes) -> None:
    assert Dialogue(log_in=True).say(line) == answer


@pytest.mark.parametrize("command", ["LIST", "UIDL", "RETR", "DELE", "TOP"])
def test_a_deleted_message_is_refused(command: str) -> None:
    dialogue = Dialogue(log_in=True)
    dialogue.say("DELE 2")
    lines = " 0" if command == "TOP" else ""
    expected = b"-ERR This message is marked as deleted\r\n"
    assert dialogue.say(f"{command} 2{lines}") == expected


@pytest.mark.parametrize("number", ["0", "4", "4294967296"])
def test_there_is_no_such_message(number: str) -> None:
    assert Dialogue(log_in=True).say(f"RETR {number}") == b"-ERR No such message\r\n"


def test_lists_leave_out_what_is_deleted_and_numbers_do_not_move() -> None:
    dialogue = Dialogue(log_in=True)
    dialogue.say("DELE 2")
    assert dialogue.say("UIDL").split(b"\r\n")[1:] == [b"1 id-10", b"3 id-30", b".", b""]
    assert dialogue.say("STAT") == b"+OK 2 41\r\n"
    dialogue.say("RSET")
    assert dialogue.say("STAT") == b"+OK 3 75\r\n"


def test_an_empty_maildrop_is_listed_as_empty() -> None:
    dialogue = Dialogue([], log_in=True)
    assert dialogue.say("STAT") == b"+OK 0 0\r\n"
    assert dialogue.say("LIST") == b"+OK 0 messages (0 octets)\r\n.\r\n"


def test_a_long_list_waits_for_the_client() -> None:
    dialogue = Dialogue([b"x\r\n"] * 4500, log_in=True)
    dialogue.peer.slow = True
    reply, pieces = dialogue.say("UIDL"), 1
    while dialogue.peer.draining:
        reply += dialogue.later(dialogue.peer.drain)
        pieces += 1
    assert pieces == 4
    assert reply.count(b"\r\n") == 4502


def test_retr_doubles_dots() -> None:
    reply = Dialogue(log_in=True).say("RETR 2")
    expected = b"+OK 34 octets\r\nSubject: two\r\n\r\n..dot\r\n...two\r\nend\r\n.\r\n"
    assert reply == expected


def test_a_large_message_goes_out_as_the_client_takes_it() -> None:
    message = b"Subject: large\r\n\r\n" + b".2345678\r\n" * 100_000
    dialogue = Dialogue([message], log_in=True)
    dialogue.peer.slow = True
    reply, rounds = dialogue.say("RETR 1"), 1
    while dialogue.peer.draining:
        reply += dialogue.later(dialogue.peer.drain)
        rounds += 1
    assert rounds > 10
    assert dialogue.peer.largest_write < 100_000
    assert octets_of(reply) == len(message)
    assert dialogue.maildrop.opened[0].closed


def test_a_whole_maildrop_may_be_pipelined() -> None:
    dialogue = Dialogue(log_in=True)
    commands = [f"RETR {number}" for number in (1, 2, 3)]
    commands += [f"DELE {number}" for number in (1, 2, 3)]
    reply = dialogue.say(*commands, "QUIT")
    assert reply.endswith(b"+OK Bye, 3 messages removed\r\n")
    assert dialogue.maildrop.removed == [10, 20, 30]


@pytest.mark.parametrize("lines", [0, 1, 99999999])
def test_top_sends_so_many_lines_of_the_body(lines: int) -> None:
    reply = Dialogue(log_in=True).say(f"TOP 2 {lines}")
    body = [b"..dot\r\n", b"...two\r\n", b"end\r\n"][:lines]
    header = b"Subject: two\r\n\r\n"
    assert reply == b"+OK Top of message follows\r\n" + header + b"".join(body) + b".\r\n"


@pytest.mark.parametrize("line", ["TOP", "TOP 1", "TOP 1 x", "TOP 1 -1", "TOP x 1", "TOP 1 1 1"])
def test_top_needs_two_numbers(line: str) -> None:
    assert Dialogue(log_in=True).say(line).startswith(b"-ERR ")


def test_top_reads_no_further_than_needed() -> None:
    message = b"Subject: large\r\n\r\n" + b"x" * 70 + b"\r\n" * 1_000_000
    dialogue = Dialogue([message], log_in=True)
    reply = dialogue.say("TOP 1 1")
    assert len(reply) < 200


def test_a_message_that_another_program_removed_is_refused_alone() -> None:
    dialogue = Dialogue(log_in=True)
    dialogue.maildrop.remove_file(20)
    assert dialogue.say("RETR 2") == b"-ERR Another program removed this message\r\n"
    assert dialogue.say("TOP 2 0").startswith(b"-ERR ")
    assert dialogue.say("DELE 2") == b"+OK Marked as deleted\r\n"
    assert dialogue.say("RETR 3").startswith(b"+OK ")
    assert dialogue.say("QUIT").startswith(b"+OK ")


def test_a_message_that_breaks_off_is_never_ended() -> None:
    dialogue = Dialogue([b"x" * 100 + b"\r\n" * 70_000], log_in=True)
    dialogue.maildrop.broken[10] = 65536
    reply = dialogue.send(b"RETR 1\r\nNOOP\r\n")
    assert dialogue.peer.aborted
    assert not reply.endswith(b".\r\n")
    assert b"-ERR" not in reply


def test_quit_removes_what_is_deleted_and_marks_what_was_retrieved_as_seen() -> None:
    dialogue = Dialogue(log_in=True)
    dialogue.say("RETR 1", "RETR 3", "TOP 2 99999999", "DELE 3")
    assert dialogue.maildrop.removed == []
    assert dialogue.say("QUIT") == b"+OK Bye, 1 messages removed\r\n"
    assert dialogue.maildrop.removed == [30]
    assert dialogue.maildrop.seen == [10]
    assert dialogue.maildrop.closed
    assert dialogue.account.closed == 1
    assert dialogue.peer.closed


def test_quit_after_rset_removes_nothing() -> None:
    dialogue = Dialogue(log_in=True)
    dialogue.say("DELE 1", "RSET", "QUIT")
    assert dialogue.maildrop.removed == []


def test_quit_that_cannot_remove_says_so() -> None:
    dialogue = Dialogue(log_in=True)
    dialogue.maildrop.update_error = Unavailable("disk")
    dialogue.say("DELE 1")
    reply = dialogue.say("QUIT")
    assert reply == b"-ERR [SYS/TEMP] Some deleted messages were not removed\r\n"
    assert dialogue.peer.closed
    assert dialogue.maildrop.closed


def test_quit_before_login_just_ends() -> None:
    dialogue = Dialogue()
    assert dialogue.say("QUIT", "CAPA") == b"+OK Bye\r\n"
    assert dialogue.peer.closed
