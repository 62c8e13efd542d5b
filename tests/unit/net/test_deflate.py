from __future__ import annotations

import random
import zlib

import pytest

from mailstore.net.deflate import AT_ONCE, DeflateError, Deflater, Inflater


class Stream:
    """A client's stream, with zlib's largest window."""

    def __init__(self) -> None:
        self._deflater = zlib.compressobj(9, wbits=-15)

    def of(self, octets: bytes, flush: int = zlib.Z_SYNC_FLUSH) -> bytes:
        return self._deflater.compress(octets) + self._deflater.flush(flush)


def everything(inflater: Inflater) -> bytes:
    pieces = []
    while piece := inflater.read():
        assert len(piece) <= AT_ONCE
        pieces.append(piece)
    return b"".join(pieces)


def test_what_is_written_can_be_read_at_once() -> None:
    deflater, client = Deflater(), zlib.decompressobj(-15)
    for line in (b"* 1 EXISTS\r\n", b"a OK done\r\n", b"x" * 100_000):
        assert client.decompress(deflater.write(line)) == line


@pytest.mark.parametrize("flush", [zlib.Z_SYNC_FLUSH, zlib.Z_PARTIAL_FLUSH, zlib.Z_FULL_FLUSH])
def test_every_kind_of_flush_ends_what_can_be_read(flush: int) -> None:
    inflater, stream = Inflater(b""), Stream()
    for line in (b"a NOOP\r\n", b"b NOOP\r\n"):
        inflater.feed(stream.of(line, flush))
        assert everything(inflater) == line


def test_packet_boundaries_do_not_matter() -> None:
    inflater, stream, rng = Inflater(b""), Stream(), random.Random(4978)
    lines = [rng.randbytes(rng.randrange(40)) + b"\0" * rng.randrange(9) for _ in range(300)]
    got = b""
    for octet in b"".join(map(stream.of, lines)):
        inflater.feed(bytes((octet,)))
        got += everything(inflater)
    assert got == b"".join(lines)
    assert not inflater.waiting


def test_what_came_before_it_began_comes_first() -> None:
    stream = Stream()
    inflater = Inflater(stream.of(b"one "))
    assert inflater.waiting
    inflater.feed(stream.of(b"two"))
    assert everything(inflater) == b"one two"


def test_a_bomb_is_inflated_a_little_at_a_time() -> None:
    inflater = Inflater(Stream().of(b"\0" * 50_000_000))
    assert len(inflater.read()) == AT_ONCE
    assert inflater.waiting
    assert len(everything(inflater)) == 50_000_000 - AT_ONCE


def test_a_great_many_flushes_cost_linear_time() -> None:
    """Empty blocks, five octets each."""
    inflater = Inflater(b"\0\0\0\xff\xff" * 200_000)
    assert inflater.read() == b""
    assert not inflater.waiting


def test_what_is_not_deflate_is_an_error() -> None:
    inflater = Inflater(b"\xff\xff")
    with pytest.raises(DeflateError, match="invalid block type"):
        inflater.read()


def test_nothing_may_follow_the_end_of_the_stream() -> None:
    inflater = Inflater(Stream().of(b"the end", zlib.Z_FINISH) + b"more")
    assert inflater.read() == b"the end"
    with pytest.raises(DeflateError, match="has ended"):
        inflater.read()


@pytest.mark.parametrize("flush", [zlib.Z_SYNC_FLUSH, zlib.Z_FINISH])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 1000])
def test_clear_text_may_follow_a_flush(flush: int, size: int) -> None:
    """RFC 8437, section 4.1: the stream ends with the command, wherever packets do."""
    inflater, got = Inflater(b""), b""
    clear = b"b LOGIN bob secret\r\n"
    octets = Stream().of(b"a UNAUTHENTICATE\r\n", flush) + clear
    for start in range(0, len(octets), size):
        inflater.feed(octets[start : start + size])
        while piece := inflater.read():
            got += piece
            if got.endswith(b"ATE\r\n"):
                inflater.end()
    assert got == b"a UNAUTHENTICATE\r\n" + clear


def test_what_is_compressed_behind_the_end_is_dropped() -> None:
    inflater = Inflater(Stream().of(b"\0" * 3 * AT_ONCE))
    inflater.read()
    inflater.end()
    inflater.feed(b"clear")
    assert inflater.read() == b"clear"
    assert not inflater.waiting
