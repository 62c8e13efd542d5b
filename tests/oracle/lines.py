"""Octets of a message from its lines."""

__all__ = ["crlf", "head", "message"]

_BASE = {
    "Date": "Tue, 1 Jul 2025 10:00:00 +0200",
    "From": "Ann <ann@example.com>",
    "To": "bob@example.com",
    "Subject": "odd",
    "Message-ID": "<odd@example.com>",
    "MIME-Version": "1.0",
}


def message(*lines: str, body: str = "body\n", without: tuple[str, ...] = ()) -> bytes:
    """Put lines behind the usual header fields, except those named in ``without``."""
    lines_before = [f"{name}: {value}" for name, value in _BASE.items() if name not in without]
    return crlf("\n".join([*lines_before, *lines]) + "\n\n" + body)


def crlf(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape").replace(b"\n", b"\r\n")


def head() -> str:
    return "\n".join(f"{name}: {value}" for name, value in _BASE.items())
