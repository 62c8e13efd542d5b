from __future__ import annotations

from mailstore.model.metadata import MOST_ENTRIES
from mailstore.store.memory import MemoryStore
from tests.engine import EngineClient, EngineServer


def logged_in() -> EngineClient:
    return EngineServer(MemoryStore()).connect().log_in()


def test_a_value_with_nul_comes_back_as_a_literal8() -> None:
    client = logged_in()
    client.send(b"a SETMETADATA INBOX (/private/x ~{3+}\r\na\0b)\r\n")
    assert client.taken() == b"a OK SETMETADATA completed\r\n"
    client.send(b"b GETMETADATA INBOX /private/x\r\n")
    assert client.taken() == (
        b"* METADATA INBOX (/private/x ~{3}\r\na\0b)\r\nb OK GETMETADATA completed\r\n"
    )


def test_too_many_entries_are_refused() -> None:
    client = logged_in()
    names = [b"/private/%d" % number for number in range(MOST_ENTRIES + 1)]
    answer = client.ask(b"a SETMETADATA INBOX (%b)" % b" ".join(name + b' "x"' for name in names))
    assert answer == [b"a NO [METADATA TOOMANY] There are too many entries"]
    answer = client.ask(b"a GETMETADATA INBOX (%b)" % b" ".join(names))
    assert answer[0].startswith(b"a BAD too many entries before this")


def test_what_the_client_did_itself_is_not_told() -> None:
    client = logged_in()
    client.ask(b'a SETMETADATA "" (/private/comment "x")')
    assert client.ask(b"b NOOP") == [b"b OK NOOP completed"]
