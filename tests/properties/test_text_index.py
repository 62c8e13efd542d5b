"""A search finds the same with the text index and without."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailstore.mime import fold as mime_fold
from mailstore.mime.fold import contains_text, fold
from mailstore.mime.parse import parse_message
from mailstore.mime.texts import folded_texts, message_texts
from mailstore.store.index.texts import TextIndex
from mailstore.store.memory_mailbox import MemoryMessage
from mailstore.store.opening import open_user
from tests.engine import EngineServer
from tests.unit.imap.mail import put

ODD = (
    "aAbß ıİIſKKÅåéﬁℂ™σςΣ語𝔸द\u093f\u0301\u0308\u0323\u0345\u0f73"
    "'\"*^\\()\x00\r\n\t\ufffd\ufffe\uffff\ufeff\u200d"
)
CHANGES: tuple[Callable[[str], str], ...] = (str, str.upper, str.lower, str.title, fold)
KEYS = (b"BODY", b"TEXT", b"NOT TEXT", b"OR SEEN BODY", b"FUZZY TEXT", b"NOT FUZZY BODY")

words = st.text(st.sampled_from(ODD), max_size=12) | st.text(max_size=12)
contents = st.lists(words, min_size=1, max_size=6).map("".join)


@st.composite
def mail_and_needle(draw: st.DrawFn) -> tuple[list[str], str]:
    """Texts, and a needle that is a part of one of them, or looks like one."""
    texts = draw(st.lists(contents, min_size=1, max_size=5))
    chosen = draw(st.sampled_from(texts))
    start = draw(st.integers(0, len(chosen)))
    needle = chosen[start : start + draw(st.integers(0, 8))]
    change = draw(st.sampled_from(CHANGES))
    return texts, draw(st.sampled_from([change(needle), draw(words)]))


def message(text: str) -> bytes:
    """The text in the subject and, in another form, in the body."""
    octets = text.encode("utf-8", "surrogatepass")
    return (
        b"Subject: =?utf-8?b?%b?=\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n%b"
        % (base64.b64encode(octets), base64.encodebytes(octets[::-1] + b" " + octets))
    )


@pytest.mark.parametrize("window", [256 * 1024, 5])
@settings(max_examples=150, deadline=None)
@given(mail=mail_and_needle())
def test_what_the_index_rules_out_a_scan_does_not_find(
    window: int, mail: tuple[list[str], str]
) -> None:
    texts, needle = mail[0], fold(mail[1])
    messages = [message(text) for text in texts]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(mime_fold, "_WINDOW", window)
        index = TextIndex(Path(folder) / "texts")
        found, filled = set(), []
        for number, octets in enumerate(messages):
            root, stored = parse_message(octets), MemoryMessage(octets)
            filled.append((number, folded_texts(stored, root, 10_000)))
            if any(contains_text(t, needle) for t in message_texts(stored, root, header=True)):
                found.add(number)
        assert index.add(filled)
        assert index.unknown(range(len(texts))) == set()
        lacking = index.lacking(range(len(texts)), [needle])
        index.close()
    assert not lacking & found


@settings(max_examples=60, deadline=None)
@given(mail=mail_and_needle(), key=st.sampled_from(KEYS))
def test_searches_find_the_same_before_and_after_filling(
    mail: tuple[list[str], str], key: bytes
) -> None:
    texts, needle = mail
    octets = needle.replace("\x00", "").encode("utf-8", "replace")
    command = b"a SEARCH CHARSET UTF-8 %b {%d+}\r\n%b" % (key, len(octets), octets)
    with tempfile.TemporaryDirectory() as folder:
        store = open_user(Path(folder) / "mail")
        put(store, [message(text) for text in texts])
        client = EngineServer(store).connect().log_in().select()
        before = client.ask(command)
        inbox = store.open("INBOX")
        inbox.fill(list(inbox.uids()))
        while inbox.fill_texts(1.0):
            pass
        assert client.ask(command) == before
        assert before[-1].startswith(b"a OK"), before
        store.close()
