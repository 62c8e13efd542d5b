import pytest

from mailstore.mime.charset import codec_of, decode_text


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        (b"UTF-8", "utf_8"),
        (b"us-ascii", "utf_8"),
        (b"ISO-8859-1", "cp1252"),
        (b"latin1", "cp1252"),
        (b"iso-8859-15", "iso8859_15"),
        (b"windows-1251", "cp1251"),
        (b"Shift_JIS", "cp932"),
        (b"GB2312", "gb18030"),
        (b"ks_c_5601-1987", "cp949"),
        (b"unicode-1-1-utf-7", "utf_7"),
        (b"koi8-r", "koi8_r"),
    ],
)
def test_charsets_by_their_names_in_mail(charset: bytes, codec: str) -> None:
    assert codec_of(charset) == codec


@pytest.mark.parametrize(
    "charset",
    [b"", b"x-odd", b"zlib", b"base64", b"rot13", b"idna", b"punycode", b"unicode_escape",
     b"undefined", b"os", b"\xff", b"a" * 1000],
)  # fmt: skip
def test_what_is_no_charset(charset: bytes) -> None:
    assert codec_of(charset) is None


def test_declared_then_utf8_then_cp1252_then_latin1() -> None:
    assert decode_text(b"\xfc", b"koi8-r") == "Э"
    assert decode_text(b"\xc3\xbc", b"x-odd") == "ü"
    assert decode_text(b"\x80", b"us-ascii") == "€"
    assert decode_text(b"\x81\xfc") == "\x81ü"


def test_few_wrong_octets_spoil_only_their_characters() -> None:
    text = "größer, süßer, überall".encode()
    assert decode_text(text[:-1] + b"\xc3", b"utf-8") == "größer, süßer, überal\ufffd"
    assert decode_text(b"Gr\xfcn", b"utf-8") == "Grün"
