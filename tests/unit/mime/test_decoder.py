import pytest

from mailstore.mime.decoder import LONGEST_LINE, Decoder, decoder_of
from mailstore.mime.transfer import decode_transfer

SLICE = 128 * 1024


def decoder(encoding: bytes) -> Decoder:
    found = decoder_of(encoding)
    assert found is not None
    return found


def decoded(encoding: bytes, content: bytes, piece: int = SLICE) -> bytes:
    state = decoder(encoding)
    pieces = [state.feed(content[at : at + piece]) for at in range(0, len(content), piece)]
    return b"".join(pieces) + state.end()


@pytest.mark.parametrize("encoding", [b"x-uuencode", b"x-odd", b"base32"])
def test_other_encodings_are_not_known(encoding: bytes) -> None:
    assert decoder_of(encoding) is None


def test_names_are_in_any_case() -> None:
    assert decoder(b"Base64").feed(b"aGVsbG8=") == b"hello"
    assert decoder(b"7bit").feed(b"aGVsbG8=") == b"aGVsbG8="


def test_what_is_known_comes_at_once() -> None:
    state = decoder(b"base64")
    assert [state.feed(piece) for piece in (b"aG", b"Vs", b"bG8", b"=", b"")] == [
        b"", b"hel", b"", b"lo", b"",
    ]  # fmt: skip
    assert state.end() == b""
    state = decoder(b"quoted-printable")
    assert [state.feed(piece) for piece in (b"a=3", b"D \r", b"\nb")] == [b"", b"", b"a=\r\n"]
    assert state.end() == b"b"


@pytest.mark.parametrize("line", [b"a=3Db ", b"=20=20", b"long words "])
def test_a_line_without_an_end_is_not_held(line: bytes) -> None:
    content = line * (5 * SLICE // len(line)) + b"end"
    state = decoder(b"quoted-printable")
    held = 0
    for at in range(0, len(content), SLICE):
        held += len(content[at : at + SLICE])
        held -= len(state.feed(content[at : at + SLICE]))
    assert len(state.end()) <= LONGEST_LINE
    assert decoded(b"quoted-printable", content) == decode_transfer(content, b"quoted-printable")


@pytest.mark.parametrize("piece", [b" ", b"=", b"\t\r", b"A=", b"\xff", b"=\r", b"\n"])
@pytest.mark.parametrize("encoding", [b"base64", b"quoted-printable"])
def test_hostile_content_takes_no_longer(encoding: bytes, piece: bytes) -> None:
    content = piece * (20_000_000 // len(piece))
    assert len(decoded(encoding, content)) <= len(content)
