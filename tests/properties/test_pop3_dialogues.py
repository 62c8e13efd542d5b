"""POP3 sessions at random: no incident, one reply for each command, packets do not matter."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mailstore.model.limits import Pop3Limits
from mailstore.pop3.registry import commands
from tests.unit.pop3.fakes import Dialogue

LIMITS = Pop3Limits(bad_commands=10_000, failed_logins=10_000)

words = st.sampled_from([*commands(), b"XYZZY", b"", b"retr", b"\xff\xfe"])
arguments = st.one_of(
    st.just(b""),
    st.sampled_from([b"1", b"2", b"3", b"4", b"0", b"-1", b"1 1", b"3 99999999", b"bob", b"x y"]),
    st.binary(max_size=20).map(lambda octets: octets.replace(b"\n", b"")),
)
lines = st.tuples(words, arguments).map(lambda pair: b" ".join(filter(None, pair)))
# AUTH takes lines that are not commands; transcripts show it.
streams = st.lists(lines.filter(lambda line: not line.upper().startswith(b"AUTH")), max_size=25)


def session(pieces: list[bytes], *, log_in: bool) -> tuple[bytes, Dialogue]:
    dialogue = Dialogue(limits=LIMITS, log_in=log_in)
    output = b"".join(dialogue.send(piece) for piece in pieces)
    dialogue.connection.connection_lost()
    return output, dialogue


@given(streams, st.booleans(), st.lists(st.integers(0, 500)).map(sorted))
def test_packets_do_not_matter_and_nothing_is_unforeseen(
    sent: list[bytes], log_in: bool, cuts: list[int]
) -> None:
    stream = b"".join(line + b"\r\n" for line in sent)
    edges = [0, *(min(cut, len(stream)) for cut in cuts), len(stream)]
    whole, first = session([stream], log_in=log_in)
    cut, second = session([stream[a:b] for a, b in pairwise(edges)], log_in=log_in)
    assert whole == cut
    assert first.incidents == second.incidents == []
    assert first.maildrop.removed == second.maildrop.removed


@given(streams)
def test_messages_go_only_by_quit(sent: list[bytes]) -> None:
    without = [line for line in sent if not line.upper().startswith(b"QUIT")]
    _, dialogue = session([b"".join(line + b"\r\n" for line in without)], log_in=True)
    assert dialogue.maildrop.removed == []
    assert dialogue.maildrop.closed


@given(st.lists(st.binary(max_size=300)))
def test_noise_is_survived(pieces: list[bytes]) -> None:
    _, dialogue = session(pieces, log_in=False)
    assert dialogue.incidents == []
