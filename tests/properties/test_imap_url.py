"""URLs of messages, as anybody may write them."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from mailstore.imap.grammar.section import encode_section
from mailstore.imap.grammar.url import ImapUrl, parse_imap_url
from mailstore.mime.section import Section, SectionText

PIECES = (
    b"imap:", b"//", b"/", b"@", b"host", b"INBOX", b";UID=", b";UIDVALIDITY=", b";SECTION=",
    b";PARTIAL=", b"1", b".", b"HEADER", b"%20", b"(a)", b"%0d%0a", b"%7B1%7D", b"%", b"=", b"\xff",
)  # fmt: skip
numbers = st.integers(1, 0xFFFFFFFF)
names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20).filter(
    lambda name: not name.endswith("/") and name.partition("/")[0].upper() != "INBOX"
)
sections = st.builds(
    Section,
    st.lists(st.integers(1, 99), max_size=4).map(tuple),
    st.sampled_from([None, SectionText.HEADER, SectionText.TEXT]),
    st.just(()),
)


@given(st.one_of(st.binary(max_size=80), st.lists(st.sampled_from(PIECES)).map(b"".join)))
def test_nothing_raises(url: bytes) -> None:
    parsed = parse_imap_url(url)
    assert parsed is None or parsed.uid > 0


@given(names, st.none() | numbers, numbers, sections, st.none() | st.tuples(numbers, numbers))
def test_what_was_written_comes_back(
    mailbox: str,
    uid_validity: int | None,
    uid: int,
    section: Section,
    partial: tuple[int, int] | None,
) -> None:
    url = "/" + quote(mailbox, safe="/")
    if uid_validity is not None:
        url += f";UIDVALIDITY={uid_validity}"
    url += f"/;UID={uid}"
    if section != Section():
        url += "/;SECTION=" + quote(encode_section(section)[1:-1])
    if partial is not None:
        url += "/;PARTIAL={}.{}".format(*partial)
    assert parse_imap_url(url.encode("ascii")) == ImapUrl(
        None, mailbox, uid_validity, uid, section, partial
    )
