from __future__ import annotations

import pytest

from mailstore.imap.grammar.url import ImapUrl, parse_imap_url
from mailstore.mime.section import Section, SectionText

WHOLE = ImapUrl(None, "INBOX", None, 20, Section(), None)


@pytest.mark.parametrize(
    ("url", "parsed"),
    [
        (b"/INBOX/;UID=20", WHOLE),
        (b"/inbox/;uid=20", WHOLE),
        (b"/INBOX;UIDVALIDITY=385759045/;UID=20", WHOLE._replace(uid_validity=385_759_045)),
        (b"/INBOX/;UIDVALIDITY=385759045/;UID=20", WHOLE._replace(uid_validity=385_759_045)),
        (b"imap://mail.example/INBOX/;UID=20", WHOLE),
        (b"IMAP://mail.example:143/INBOX/;UID=20", WHOLE),
        (b"//mail.example/INBOX/;UID=20", WHOLE),
        (b"imap://joe@mail.example/INBOX/;UID=20", WHOLE._replace(user="joe")),
        (b"imap://j%40x;AUTH=*@mail.example/INBOX/;UID=20", WHOLE._replace(user="j@x")),
        (b"imap://;AUTH=*@mail.example/INBOX/;UID=20", WHOLE),
        (b"/Entw%C3%BCrfe/a%2Fb/;UID=20", WHOLE._replace(mailbox="Entwürfe/a/b")),
        (b";UID=20", WHOLE._replace(mailbox=None)),
        (b";UID=20/;SECTION=1.2", WHOLE._replace(mailbox=None, section=Section((1, 2)))),
        (
            b"/INBOX/;UID=20/;section=HEADER",
            WHOLE._replace(section=Section((), SectionText.HEADER)),
        ),
        (
            b"/INBOX/;UID=20/;SECTION=1.header.fields%20(To%20%22a%20b%22)",
            WHOLE._replace(section=Section((1,), SectionText.HEADER_FIELDS, (b"To", b"a b"))),
        ),
        (b"/INBOX/;UID=20/;PARTIAL=5", WHOLE._replace(partial=(5, None))),
        (
            b"/INBOX/;UID=20/;SECTION=1/;PARTIAL=0.1024",
            WHOLE._replace(section=Section((1,)), partial=(0, 1024)),
        ),
    ],
)
def test_urls_of_messages(url: bytes, parsed: ImapUrl) -> None:
    assert parse_imap_url(url) == parsed


@pytest.mark.parametrize(
    "url",
    [
        b"", b"/", b"INBOX", b"/INBOX", b"/INBOX/", b"/;UID=1", b"INBOX/;UID=1", b"/INBOX/;UID=",
        b"/INBOX/;UID=0", b"/INBOX/;UID=4294967296", b"/INBOX/;UID=x", b"/INBOX/;UID=1/",
        b"/INBOX/;UID=1;SECTION=1", b"/INBOX/;UID=1/;SECTION=", b"/INBOX/;UID=1/;SECTION=0",
        b"/INBOX/;UID=1/;SECTION=MIME", b"/INBOX/;UID=1/;SECTION=1%5D", b"/INBOX/;UID=1/;PARTIAL=",
        b"/INBOX/;UID=1/;PARTIAL=1.0", b"/INBOX/;UID=1/;PARTIAL=1.", b"/INBOX/;UID=1/;PARTIAL=-1",
        b"/INBOX/;PARTIAL=1/;UID=1", b"/INBOX/;UID=1/;UID=1", b"/INBOX/;UID=1/;FOO=1",
        b"/INBOX;UIDVALIDITY=0/;UID=1", b"/INBOX;UIDVALIDITY=1;UID=1", b"/INBOX;UIDVALIDITY=1/",
        b"/INBOX/;UID=1;URLAUTH=anonymous", b"/%FF/;UID=1", b"/a%2/;UID=1", b"/a b/;UID=1",
        b"/a\xc3\xbc/;UID=1", b"/a?b/;UID=1", b"/INBOX/;UID=1#x", b'/a"b/;UID=1',
        b"http://mail.example/INBOX/;UID=1", b"imap:///INBOX/;UID=1", b"imap://mail.example",
        b"imap://mail.example/;UID=1", b"imap://a@b@c/INBOX/;UID=1", b"imap://%FF@c/;UID=1",
        b"/INBOX/;UID=1/;SECTION=HEADER.FIELDS%20(%7B3%7D%0D%0A)", b"//;UID=1", b"//h;UID=1",
        b"/INBOX/;UID=1\r\n",
    ],
)  # fmt: skip
def test_what_is_no_url_of_a_message(url: bytes) -> None:
    assert parse_imap_url(url) is None


@pytest.mark.parametrize("piece", [b"/", b";", b"%41", b"=", b";UID=1/", b"@", b"//", b"a", b"."])
def test_hostile_urls_take_no_longer(piece: bytes) -> None:
    text = piece * (500_000 // len(piece))
    for url in (text, b"imap://" + text, b"/INBOX/;UID=1/;SECTION=" + text, b";UID=1" + text):
        parse_imap_url(url)
