"""Whatever a client sends, the engine answers it, refuses it or hangs up."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mailstore.imap.connection import REGISTRY
from mailstore.model.limits import ImapLimits
from mailstore.store.memory import MemoryStore
from tests.engine import EngineServer

WORDS = [
    *REGISTRY.commands,
    *REGISTRY.fetch_items,
    *REGISTRY.search_keys,
    *REGISTRY.status_items,
    *REGISTRY.list_selections,
    *REGISTRY.list_returns,
    *b"INBOX Work &AOk- &- 1 2:3 1:* *:* 0 4294967296 99999999999999999999 NIL RETURN".split(),
    *b"FLAGS +FLAGS -FLAGS.SILENT CHANGEDSINCE UNCHANGEDSINCE USE CHARSET UTF-8 DONE".split(),
    *rb"\Seen \Sent \Frob $label BODY[ BODY.PEEK[1.MIME] HEADER.FIELDS <0.10> 1-Jan-2026".split(),
    *b"{3}\r\n {3+}\r\n {0} {5+}\r\nhello ~{2+}\r\nhi {99999999999+}".split(b" "),
    b'"',
    b'"a b"',
    b'"\\"',
    b'" 1-Jan-2026 00:00:00 +0000"',
    b"(",
    b")",
    b"]",
    b"\r\n",
    b"\n",
    b"\0",
    b"\xff",
    b"%",
    b"*",
]

word = st.sampled_from(WORDS) | st.binary(max_size=4)
line = st.tuples(st.sampled_from(list(REGISTRY.commands)), st.lists(word, max_size=6)).map(
    lambda parts: b"a " + b" ".join([parts[0], *parts[1]]) + b"\r\n"
)
noise = st.lists(word, max_size=8).map(b" ".join)

_LIMITS = ImapLimits(bad_commands=1000, failed_logins=1000)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2), st.lists(line | noise, max_size=6), st.integers(1, 40))
def test_no_input_is_unforeseen(state: int, inputs: list[bytes], piece: int) -> None:
    store = MemoryStore()
    store.create("Work")
    server = EngineServer(store, _LIMITS)
    client = server.connect()
    if state:
        client.log_in()
        for _ in range(3):
            client.ask(b"a APPEND INBOX {31+}", b"Subject: hello\r\n\r\nThis is text.")
    if state == 2:
        client.select()
    octets = b"".join(inputs)
    for start in range(0, len(octets), piece):
        client.send(octets[start : start + piece])
    client.taken()
    server.end()


@settings(max_examples=50, deadline=None)
@given(st.lists(line, max_size=5))
def test_replies_never_quote_the_client(inputs: list[bytes]) -> None:
    """A marker put into every word comes back in no tagged answer."""
    server = EngineServer(MemoryStore(), _LIMITS)
    client = server.connect().log_in()
    marked = b"".join(inputs).replace(b"INBOX", b"INBOXmarker").replace(b"Work", b"marker")
    client.send(marked + b'\r\nb SELECT "marker"\r\nc CREATE "marker//marker"\r\n')
    tagged = [line for line in client.taken().split(b"\r\n") if not line.startswith(b"*")]
    assert not any(b"marker" in line for line in tagged)
    server.end()
