"""Small files of the kinds that people attach, made here byte by byte."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo


def png(width: int, height: int, hue: int = 0) -> bytes:
    """A sunset over the sea in RGB; ``hue`` from 0 to 255 shifts its colours."""
    rows = bytearray()
    horizon = height * 2 // 3
    for y in range(height):
        rows.append(0)
        for x in range(width):
            distance = abs(x - width // 2) + abs(y - horizon)
            glow = max(0, 255 - distance * 255 // max(width // 2, 1))
            if y < horizon:
                pixel = (min(255, 90 + glow), (glow * 2 // 3 + hue) % 256, 120 + y * 80 // height)
            else:
                pixel = (glow // 2, (60 + glow // 3 + hue) % 256, 140 - (y - horizon) % 30)
            rows.extend(pixel)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(bytes(rows), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def pdf(lines: list[str]) -> bytes:
    """One A4 page of plain text."""
    shown = "".join(f"({_escape(line)}) Tj T*\n" for line in lines)
    content = f"BT /F1 12 Tf 16 TL 72 770 Td\n{shown}ET\n".encode("latin-1", "replace")
    fonts = b"/Resources << /Font << /F1 5 0 R >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %b >>" % fonts,
        b"<< /Length %d >>\nstream\n%bendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    out += b"startxref\n%d\n%%%%EOF\n" % table
    return bytes(out)


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, octets in files.items():
            # The date is fixed, so that the archive is always the same.
            archive.writestr(ZipInfo(name, (2026, 1, 1, 12, 0, 0)), octets, ZIP_DEFLATED)
    return buffer.getvalue()


def wave(seconds: float = 0.5, rate: int = 8000) -> bytes:
    """A foghorn: 8-bit mono PCM."""
    count = int(seconds * rate)
    samples = bytes(128 + (40 if number * 110 // rate % 2 else -40) for number in range(count))
    form = struct.pack("<HHIIHH", 1, 1, rate, rate, 1, 8)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", count) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body
