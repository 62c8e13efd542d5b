from base64 import encodebytes

import pytest

from mailstore.mime.parse import parse_message
from mailstore.mime.preview import PREVIEW_CHARACTERS, preview


def preview_of(message: bytes) -> str:
    message = message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return preview(message, parse_message(message))


def plain(text: bytes) -> bytes:
    return b"Content-Type: text/plain; charset=utf-8\n\n" + text + b"\n"


def html(text: bytes) -> bytes:
    return b"Content-Type: text/html; charset=utf-8\n\n" + text + b"\n"


def multipart(subtype: bytes, *parts: bytes) -> bytes:
    boundary = b"b-%d-%d" % (len(parts), sum(map(len, parts)))
    lines = b"".join(b"--%b\n%b" % (boundary, part) for part in parts)
    head = b"Content-Type: multipart/%b; boundary=%b\n\n" % (subtype, boundary)
    return head + lines + b"--%b--\n" % boundary


PICTURE = b"Content-Type: image/png\n\nnot words\n"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (b"", ""),
        (b"Subject: x\n\n", ""),
        (b"\nHello,\n\n  how are\tyou?\n", "Hello, how are you?"),
        (plain("Grüße".encode()), "Grüße"),
        (b"Content-Type: text/plain; charset=iso-8859-1\n\nGr\xfc\xdfe", "Grüße"),
        (b"Content-Transfer-Encoding: base64\n\n" + encodebytes("Grüße".encode()), "Grüße"),
        (b"Content-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=\n=C3=9Fe", "Grüße"),
        (b"Content-Transfer-Encoding: x-odd\n\nwords", "words"),
        (html(b"<style>p{}</style><p>Hello <b>you</b>,<p>bye"), "Hello you, bye"),
        (PICTURE, ""),
    ],
)
def test_the_words_of_one_part(message: bytes, text: str) -> None:
    assert preview_of(message) == text


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (multipart(b"alternative", plain(b"plain"), html(b"html")), "plain"),
        (multipart(b"alternative", html(b"html"), plain(b"plain")), "plain"),
        (multipart(b"alternative", plain(b" "), html(b"html")), "html"),
        (multipart(b"mixed", html(b"html"), plain(b"footer")), "html"),
        (multipart(b"mixed", PICTURE, plain(b"words")), "words"),
        (
            multipart(b"alternative", multipart(b"related", html(b"html"), PICTURE), plain(b"p")),
            "p",
        ),
        (multipart(b"mixed", multipart(b"alternative", html(b"html")), plain(b"p")), "html"),
        (
            multipart(b"mixed", b"Content-Disposition: Attachment\n" + plain(b"a"), plain(b"b")),
            "b",
        ),
        (b"Content-Type: message/rfc822\n\nSubject: inner\n\nwords\n", "words"),
        (multipart(b"mixed", *[plain(b"")] * 9, plain(b"far away")), ""),
    ],
)
def test_which_part_it_is(message: bytes, text: str) -> None:
    assert preview_of(message) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("> quoted\n> more\nanswer\n", "answer"),
        ("answer\n > quoted", "answer"),
        ("> only\n> quoted\n", "> only > quoted"),
        ("a > b\n", "a > b"),
        ("a\xa0\u2003b\x00c\x1bd", "a b c d"),
        ("pre\u200c\xa0\u200c\xa0\u200c\xa0\u034fheader", "pre header"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200b\u200b\u200bb", "ab"),
    ],
)
def test_quotations_and_white_space(text: str, words: str) -> None:
    assert preview_of(plain(text.encode())) == words


def test_it_is_not_longer_than_it_may_be() -> None:
    assert preview_of(b"\n" + b"word " * 1000) == ("word " * 1000)[:PREVIEW_CHARACTERS].rstrip()
    assert preview_of(html("<p>ü".encode() * 100_000)) == ("ü " * 100)[:-1]


def test_a_long_text_is_not_cut_within_a_character() -> None:
    text = ("Grüße und " * 8 + "\n") * 10_000
    for charset in (b"", b"Content-Type: text/plain; charset=us-ascii\n"):
        assert preview_of(charset + b"\n" + text.encode()).startswith("Grüße und Grüße")
    japanese = ("日本語" * 20 + "\n") * 2_000
    head = b"Content-Type: text/plain; charset=iso-2022-jp\n\n"
    assert preview_of(head + japanese.encode("iso-2022-jp")).startswith("日本語日本語")
    head = b"Content-Transfer-Encoding: base64\n\n"
    assert preview_of(head + encodebytes(text.encode())).startswith("Grüße und")


def test_text_that_is_far_behind_a_style_is_found() -> None:
    assert preview_of(html(b"<style>" + b"p { }\n" * 15_000 + b"</style>words")) == "words"


N = 300_000


@pytest.mark.parametrize("piece", ["> ", ">\n", " ", "\u200c", "\u200c ", "<p>", "&zwnj; ", "\x00"])
def test_hostile_text_takes_no_longer(piece: str) -> None:
    assert len(preview_of(plain((piece * N).encode()))) <= PREVIEW_CHARACTERS
    assert len(preview_of(html((piece * N).encode()))) <= PREVIEW_CHARACTERS


def test_many_parts_without_words() -> None:
    assert preview_of(multipart(b"mixed", *[PICTURE] * 9_000)) == ""
