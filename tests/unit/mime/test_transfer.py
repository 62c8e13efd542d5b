import pytest

from mailstore.mime.transfer import decode_transfer


@pytest.mark.parametrize("encoding", [b"7bit", b"8BIT", b"binary", b""])
def test_identity(encoding: bytes) -> None:
    assert decode_transfer(b"a=20b", encoding) == b"a=20b"


def test_unknown_encodings_are_not_guessed() -> None:
    assert decode_transfer(b"x", b"x-odd") is None


@pytest.mark.parametrize(
    ("content", "octets"),
    [
        (b"", b""),
        (b"aGVsbG8=", b"hello"),
        (b"aGVs\r\nbG8=\r\n", b"hello"),
        (b"aGVsbG8", b"hello"),
        (b"aGVsbG8===", b"hello"),
        (b"aG*V-s bG8=", b"hello"),
        (b"aGVsbG8=IQ==", b"hello!"),
        (b"aGVsbG8=a", b"hello"),
        (b"=", b""),
        (b"a", b""),
        (b"\xff\x00", b""),
    ],
)
def test_base64(content: bytes, octets: bytes) -> None:
    assert decode_transfer(content, b"BASE64") == octets


@pytest.mark.parametrize(
    ("content", "octets"),
    [
        (b"", b""),
        (b"a=3Db=3db", b"a=b=b"),
        (b"soft=\r\nbreak", b"softbreak"),
        (b"soft= \r\nbreak", b"softbreak"),
        (b"space \t\r\nnext", b"space\r\nnext"),
        (b"space  ", b"space"),
        (b"a=ZZb", b"a=ZZb"),
        (b"a=", b"a"),
        (b"a_b", b"a_b"),
    ],
)
def test_quoted_printable(content: bytes, octets: bytes) -> None:
    assert decode_transfer(content, b"quoted-printable") == octets


def test_uuencode() -> None:
    content = b"text\r\nbegin 644 a.txt\r\n%:&5L;&\\\r\n`\r\nend\r\nmore\r\n"
    assert decode_transfer(content, b"x-uuencode") == b"hello"
    assert decode_transfer(b"begin 644 a\r\n\xff\xff\r\nend", b"x-uuencode") == b""
