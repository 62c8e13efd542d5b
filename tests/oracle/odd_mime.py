"""Messages whose MIME fields or structure are unusual."""

from collections.abc import Iterator

from tests.oracle.lines import message

__all__ = ["TWO_PARTS", "embedded", "multiparts", "types"]

_CONTENT_TYPES = {
    "plain": "text/plain",
    "case": "TEXT/Html; CHARSET=UTF-8",
    "no-subtype": "text",
    "no-subtype-params": "text; charset=utf-8",
    "slash-only": "/",
    "type-slash": "text/",
    "slash-subtype": "/plain",
    "empty": "",
    "spaces-around-slash": "text / plain ; charset = utf-8",
    "comment": "text/plain (comment); charset=utf-8 (other)",
    "comment-inside": "text(a)/(b)plain; (c)charset(d)=(e)utf-8",
    "comment-semicolon": "text/plain (a;b=c); charset=utf-8",
    "comment-open": "text/plain; charset=utf-8 (open",
    "folded": "text/plain;\n charset=utf-8;\n\tformat=flowed",
    "quoted": 'text/plain; charset="utf-8"; name="a b.txt"',
    "quoted-pairs": 'text/plain; name="a\\"b\\\\c.txt"',
    "quoted-folded": 'text/plain; name="a\n b.txt"',
    "quoted-open": 'text/plain; name="open.txt',
    "quoted-empty": 'text/plain; name=""',
    "quoted-semicolon": 'text/plain; name="a;b=c"; x=y',
    "single-quotes": "text/plain; name='a b.txt'",
    "value-empty": "text/plain; name=; charset=utf-8",
    "value-missing": "text/plain; name; charset=utf-8",
    "value-spaces": "text/plain; name=a b c.txt; charset=utf-8",
    "value-slash": "text/plain; name=a/b.txt; charset=utf-8",
    "value-tspecials": "text/plain; name=a[1]?.txt; charset=utf-8",
    "value-equals": "text/plain; name==?utf-8?Q?a?=; charset=utf-8",
    "value-base64": "text/plain; key=abc==; charset=utf-8",
    "value-parens": "text/plain; name=a(1).txt; charset=utf-8",
    "value-utf8": "text/plain; name=dätä.txt",
    "value-utf8-quoted": 'text/plain; name="dätä.txt"',
    "value-encoded-word": 'text/plain; name="=?utf-8?Q?d=C3=A4ta?="',
    "semicolon-last": "text/plain; charset=utf-8;",
    "semicolon-double": "text/plain;; charset=utf-8",
    "semicolon-missing": "text/plain charset=utf-8",
    "semicolon-missing-later": "text/plain; charset=utf-8 format=flowed",
    "comma": "text/plain, charset=utf-8",
    "param-twice": "text/plain; charset=utf-8; charset=latin1",
    "param-many": "text/plain" + "".join(f"; p{n}=v{n}" for n in range(60)),
    "param-long": "application/octet-stream; name=" + "n" * 2000,
    "no-type": "; charset=utf-8",
    "two-slashes": "text/plain/extra; charset=utf-8",
    "x-token": "x-odd/x-type; a=b",
    "wildcard": "*/*",
    "utf8-type": "tëxt/plain",
    "quoted-type": '"text/plain"; charset=utf-8',
    "application": 'application/pdf; name="a.pdf"',
    "image": "image/png",
    "audio": "audio/basic; rate=8000",
    "model": "model/vrml",
    "font": "font/woff2",
    "message-partial": 'message/partial; id="x"; number=1; total=2',
    "message-external": 'message/external-body; access-type=URL; URL="http://example.com"',
    "message-delivery-status": "message/delivery-status",
    "message-unknown": "message/x-odd",
    "rfc2231": "application/x; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
    "rfc2231-continued": 'application/x; url*0="ftp://"; url*1="cs.utk.edu/pub"',
    "rfc2231-both": "application/x; t*0*=utf-8'en'a%20b; t*1*=c%20d; t*2=\"e%f\"",
    "rfc2231-plain-first": 'application/x; t*0="a%b"; t*1*=c%20d',
    "rfc2231-order": "application/x; t*2=c; t*0=a; t*1=b; other=z",
    "rfc2231-gap": "application/x; t*0=a; t*2=c",
    "rfc2231-starts-at-1": "application/x; t*1=a; t*2=b",
    "rfc2231-twice": "application/x; t*0=a; t*0=b; t*1=c",
    "rfc2231-and-plain": "application/x; name=fallback.txt; name*=utf-8''%e2%82%ac.txt",
    "rfc2231-leading-zero": "application/x; t*00=a; t*01=b",
    "rfc2231-star-only": "application/x; *=a; *0=b",
    "rfc2231-letters": "application/x; t*a=x; t**=y",
    "rfc2231-many": "application/x" + "".join(f"; t*{n}=p{n}" for n in range(50)),
    "rfc2231-case": "application/x; T*0=a; t*1=b",
    "nul": "text/plain; name=a\x00b",
    "only-comment": "(nothing)",
    "upper-boundary": 'multipart/mixed; BOUNDARY="b"',
}

_OTHER_FIELDS = {
    "encoding-upper": "Content-Transfer-Encoding: BASE64",
    "encoding-comment": "Content-Transfer-Encoding: (c) base64 (d)",
    "encoding-empty": "Content-Transfer-Encoding:",
    "encoding-two-words": "Content-Transfer-Encoding: quoted printable",
    "encoding-semicolon": "Content-Transfer-Encoding: base64;",
    "encoding-unknown": "Content-Transfer-Encoding: x-odd",
    "encoding-8bit": "Content-Transfer-Encoding: 8bit",
    "encoding-binary": "Content-Transfer-Encoding: binary",
    "encoding-quoted": 'Content-Transfer-Encoding: "base64"',
    "encoding-twice": "Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64",
    "id": "Content-ID: <part@example.com>",
    "id-bare": "Content-ID: part",
    "id-empty": "Content-ID:",
    "id-folded": "Content-ID:\n <part@example.com>",
    "id-comment": "Content-ID: <part@example.com> (comment)",
    "description": "Content-Description: a description",
    "description-encoded": "Content-Description: =?utf-8?Q?d=C3=A4ta?=",
    "description-utf8": "Content-Description: dätä",
    "description-empty": "Content-Description:",
    "description-folded": "Content-Description: one\n\ttwo",
    "description-twice": "Content-Description: one\nContent-Description: two",
    "md5": "Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==",
    "md5-spaces": "Content-MD5:   Q2hlY2sgSW50ZWdyaXR5IQ==  ",
    "disposition": "Content-Disposition: attachment; filename=a.txt",
    "disposition-inline": "Content-Disposition: INLINE",
    "disposition-quoted": 'Content-Disposition: attachment; filename="a b.txt"; size=12',
    "disposition-date": (
        'Content-Disposition: attachment; creation-date="Tue, 1 Jul 2025 10:00:00 +0200"'
    ),
    "disposition-empty": "Content-Disposition:",
    "disposition-only-params": "Content-Disposition: ; filename=a.txt",
    "disposition-no-semicolon": "Content-Disposition: attachment filename=a.txt",
    "disposition-rfc2231": "Content-Disposition: attachment; filename*=utf-8''%e2%82%ac.txt",
    "disposition-quoted-word": 'Content-Disposition: "attachment"; filename=a.txt',
    "disposition-twice": "Content-Disposition: inline\nContent-Disposition: attachment; filename=b",
    "disposition-equals": "Content-Disposition: filename=a.txt",
    "language": "Content-Language: en",
    "language-list": "Content-Language: en, de, x-klingon",
    "language-list-tight": "Content-Language: en,de",
    "language-comment": "Content-Language: (c) en (d) , de (e)",
    "language-empty": "Content-Language:",
    "language-trailing-comma": "Content-Language: en,",
    "language-spaces": "Content-Language: en de",
    "language-utf8": "Content-Language: äö",
    "location": "Content-Location: http://example.com/a/b.png",
    "location-folded": "Content-Location: http://example.com/\n a/b.png",
    "location-empty": "Content-Location:",
    "type-twice": "Content-Type: text/html\nContent-Type: application/pdf",
    "unknown-content-field": "Content-Odd: x",
}


def types() -> Iterator[tuple[str, bytes]]:
    for name, value in _CONTENT_TYPES.items():
        yield f"type-{name}", message(f"Content-Type: {value}")
    for name, field in _OTHER_FIELDS.items():
        yield f"type-field-{name}", message("Content-Type: text/plain; charset=utf-8", field)
    for name in (
        "disposition",
        "language-list",
        "location",
        "description",
        "id",
        "md5",
        "encoding-8bit",
    ):
        head = f'Content-Type: multipart/mixed; boundary="b"\n{_OTHER_FIELDS[name]}'
        yield f"type-field-multipart-{name}", message(head, body="--b\n\npart\n--b--\n")
    without = ("MIME-Version",)
    html = ("Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: base64")
    yield "type-no-mime-version-html", message(*html, without=without)
    yield "type-no-mime-version-pdf", message("Content-Type: application/pdf", without=without)
    yield (
        "type-no-mime-version-multipart",
        message(
            'Content-Type: multipart/mixed; boundary="b"',
            body="--b\n\npart\n--b--\n",
            without=without,
        ),
    )
    yield (
        "type-no-mime-version-message",
        message("Content-Type: message/rfc822", body="Subject: inner\n\nbody\n", without=without),
    )
    yield "type-mime-version-odd", message("MIME-Version: 7 (odd)", *html, without=without)
    yield "type-mime-version-empty", message("MIME-Version:", *html, without=without)
    yield "type-mime-version-after", message(*html, "Mime-Version: 1.0", without=without)


TWO_PARTS = (
    "--b\nContent-Type: text/plain\n\none\n--b\nContent-Type: text/html\n\n<p>two</p>\n--b--\n"
)

_MULTIPART_BODIES = {
    "usual": TWO_PARTS,
    "preamble": "This is a preamble.\n" + TWO_PARTS,
    "epilogue": TWO_PARTS + "This is an epilogue.\n",
    "epilogue-boundary": TWO_PARTS + "--b\n\nafter the end\n",
    "no-last": "--b\n\none\n--b\n\ntwo\n",
    "no-last-no-newline": "--b\n\none\n--b\n\ntwo",
    "last-no-newline": "--b\n\none\n--b--",
    "last-only": "--b--\n",
    "delimiter-at-end": "--b\n\none\n--b",
    "first-only": "--b\n",
    "first-only-no-newline": "--b",
    "none": "no boundary at all\n",
    "empty": "",
    "empty-part": "--b\n\n--b--\n",
    "empty-part-no-blank": "--b\n--b\n--b--\n",
    "empty-parts": "--b\n\n--b\n\n--b\n\n--b--\n",
    "part-only-header": "--b\nContent-Type: text/html\n--b--\n",
    "part-only-header-two": (
        "--b\nContent-Type: text/html\n--b\nContent-Type: text/plain\n\nx\n--b--\n"
    ),
    "part-header-no-newline": "--b\nContent-Type: text/html",
    "part-no-header": "--b\n\nno header\n--b--\n",
    "part-bad-header": "--b\nnot a header\n\ntext\n--b--\n",
    "part-folded-first": "--b\n folded: x\nContent-Type: text/html\n\nx\n--b--\n",
    "blank-before-boundary": "--b\n\none\n\n--b--\n",
    "blanks-before-boundary": "--b\n\none\n\n\n\n--b--\n",
    "trailing-spaces": "--b  \n\none\n--b-- \t\n",
    "longer-line": "--bar\n\none\n--b--\n",
    "longer-line-last": "--b\n\none\n--b--junk\n",
    "last-dash-one": "--b\n\none\n--b-\n",
    "leading-space": " --b\n\none\n--b\n\ntwo\n--b--\n",
    "not-at-line-start": "x--b\n\none\n--b\n\ntwo\n--b--\n",
    "case": "--B\n\none\n--b\n\ntwo\n--b--\n",
    "dashes": "--b\n\n-----\n--\n-- \n---b\none\n--b--\n",
    "cr-only": "--b\r\rone\r--b--\r",
    "many": "".join(f"--b\n\npart {n}\n" for n in range(150)) + "--b--\n",
    "types-missing": "--b\nX-A: 1\n\none\n--b--\n",
    "digit-part": '--b\nContent-Type: application/octet-stream; name="1"\n\n1\n--b--\n',
}

_BOUNDARIES = {
    "long": "x" * 70,
    "too-long": "y" * 120,
    "space-inside": "a b c",
    "space-last": "abc ",
    "special": "=_(')+_,-./:=?",
    "dashes": "--------------",
    "dashes-last": "b--",
    "utf8": "bäh",
    "regex": ".*[a]+$",
    "quote": 'a"b',
}


def multiparts() -> Iterator[tuple[str, bytes]]:
    mixed = 'Content-Type: multipart/mixed; boundary="b"'
    for name, body in _MULTIPART_BODIES.items():
        yield f"multipart-{name}", message(mixed, body=body)
    for name, boundary in _BOUNDARIES.items():
        quoted = boundary.replace('"', '\\"')
        body = f"--{boundary}\n\none\n--{boundary}\n\ntwo\n--{boundary}--\n"
        yield (
            f"multipart-boundary-{name}",
            message(f'Content-Type: multipart/mixed; boundary="{quoted}"', body=body),
        )
    yield "multipart-boundary-missing", message("Content-Type: multipart/mixed", body=TWO_PARTS)
    yield (
        "multipart-boundary-missing-params",
        message("Content-Type: multipart/mixed; a=b", body=TWO_PARTS),
    )
    yield (
        "multipart-boundary-empty",
        message('Content-Type: multipart/mixed; boundary=""', body="--\n\none\n----\n"),
    )
    yield (
        "multipart-boundary-unquoted",
        message("Content-Type: multipart/mixed; boundary=b", body=TWO_PARTS),
    )
    yield (
        "multipart-boundary-unquoted-special",
        message(
            "Content-Type: multipart/mixed; boundary=b/=?c",
            body=TWO_PARTS.replace("--b", "--b/=?c"),
        ),
    )
    yield (
        "multipart-boundary-twice",
        message("Content-Type: multipart/mixed; boundary=b; boundary=c", body=TWO_PARTS),
    )
    yield (
        "multipart-boundary-rfc2231",
        message(
            'Content-Type: multipart/mixed; boundary*0="b"; boundary*1="c"',
            body=TWO_PARTS.replace("--b", "--bc"),
        ),
    )
    yield (
        "multipart-boundary-case",
        message("Content-Type: Multipart/Mixed; Boundary=b", body=TWO_PARTS),
    )
    yield (
        "multipart-boundary-comment",
        message("Content-Type: multipart/mixed (x); (y) boundary=b (z)", body=TWO_PARTS),
    )
    yield "multipart-no-subtype", message("Content-Type: multipart; boundary=b", body=TWO_PARTS)
    yield (
        "multipart-odd-subtype",
        message("Content-Type: multipart/x-odd; boundary=b", body=TWO_PARTS),
    )
    yield "multipart-base64", message(mixed, "Content-Transfer-Encoding: base64", body=TWO_PARTS)
    for kind in ("alternative", "related", "signed", "report", "form-data", "parallel"):
        yield (
            f"multipart-{kind}",
            message(f"Content-Type: multipart/{kind}; boundary=b; x=y", body=TWO_PARTS),
        )
    yield from _nested()


def _inner(boundary: str, body: str) -> str:
    return f"Content-Type: multipart/alternative; boundary={boundary}\n\n{body}"


def _nested() -> Iterator[tuple[str, bytes]]:
    outer = "Content-Type: multipart/mixed; boundary=out"

    def nest(inner: str, after: str = "--out--\n") -> bytes:
        return message(outer, body=f"--out\n{inner}{after}")

    parts = "--in\n\none\n--in\n\ntwo\n--in--\n"
    yield "multipart-nested", nest(_inner("in", parts))
    yield "multipart-nested-no-end", nest(_inner("in", "--in\n\none\n"))
    yield (
        "multipart-nested-end-outer-first",
        nest(_inner("in", "--in\n\none\n"), "--out--\n--in--\n"),
    )
    yield (
        "multipart-nested-same-boundary",
        nest(_inner("out", "--out\n\none\n--out--\n"), "--out\n\nafter\n--out--\n"),
    )
    yield "multipart-nested-prefix-longer", nest(_inner("outer", "--outer\n\none\n--outer--\n"))
    yield (
        "multipart-nested-prefix-shorter",
        nest(_inner("o", "--o\n\none\n--o--\n"), "--out\n\nlast\n--out--\n"),
    )
    yield (
        "multipart-nested-dashes",
        nest(_inner("out--", "--out--\n\none\n--out----\n"), "--out\n\nlast\n--out--\n"),
    )
    yield (
        "multipart-nested-dashes-outer",
        message(
            "Content-Type: multipart/mixed; boundary=in--",
            body="--in--\n" + _inner("in", "--in\n\none\n--in--\n") + "--in----\n",
        ),
    )
    yield "multipart-nested-epilogue", nest(_inner("in", parts + "inner epilogue\n"))
    yield "multipart-nested-preamble", nest(_inner("in", "inner preamble\n" + parts))
    yield "multipart-nested-inner-after-end", nest(_inner("in", parts + "--in\n\nagain\n"))
    yield (
        "multipart-nested-boundary-in-header",
        nest("Content-Type: text/plain\nX-A: 1\n", "--out\n\nnext\n--out--\n"),
    )
    yield "multipart-nested-empty", nest(_inner("in", ""))
    yield "multipart-nested-only-end", nest(_inner("in", "--in--\n"))
    yield (
        "multipart-nested-header-cut",
        nest("Content-Type: multipart/mixed; boundary=in\n", "--out\n\nnext\n--out--\n"),
    )
    for depth in (3, 10, 30):
        body = "deep\n"
        head = "Content-Type: text/plain"
        for level in range(depth):
            body = f"--level{level}x\n{head}\n\n{body}--level{level}x--\n"
            head = f"Content-Type: multipart/mixed; boundary=level{level}x"
        yield f"multipart-nested-depth-{depth}", message(head, body=body)


def embedded() -> Iterator[tuple[str, bytes]]:
    kind = "Content-Type: message/rfc822"
    inner = (
        "From: In <in@example.com>\nSubject: inner\n"
        "Date: Wed, 2 Jul 2025 10:00:00 +0200\n\ninner body\n"
    )
    mime = "MIME-Version: 1.0\n"
    yield "message-usual", message(kind, body=inner)
    yield "message-case", message("Content-Type: Message/RFC822", body=inner)
    yield (
        "message-params",
        message(kind + '; name="a.eml"', "Content-Disposition: attachment", body=inner),
    )
    yield "message-empty", message(kind, body="")
    yield "message-blank", message(kind, body="\n")
    yield "message-body-only", message(kind, body="\nonly body\n")
    yield "message-header-only", message(kind, body="Subject: inner\n")
    yield "message-header-only-no-newline", message(kind, body="Subject: inner")
    yield "message-no-header", message(kind, body="no header\nat all\n")
    yield (
        "message-base64",
        message(kind, "Content-Transfer-Encoding: base64", body="U3ViamVjdDogeA0KDQpib2R5DQo=\n"),
    )
    yield "message-html", message(kind, body=mime + "Content-Type: text/html\n" + inner)
    yield "message-html-no-mime-version", message(kind, body="Content-Type: text/html\n" + inner)
    yield "message-twice", message(kind, body=mime + kind + "\nSubject: middle\n\n" + inner)
    yield (
        "message-of-multipart",
        message(
            kind,
            body=mime + "Content-Type: multipart/mixed; boundary=b\nSubject: m\n\n" + TWO_PARTS,
        ),
    )
    yield (
        "message-of-multipart-no-mime-version",
        message(kind, body="Content-Type: multipart/mixed; boundary=b\nSubject: m\n\n" + TWO_PARTS),
    )
    mixed = "Content-Type: multipart/mixed; boundary=out"
    yield (
        "message-in-multipart",
        message(mixed, body=f"--out\n\ntext\n--out\n{kind}\n\n{inner}--out--\n"),
    )
    yield "message-in-multipart-alone", message(mixed, body=f"--out\n{kind}\n\n{inner}--out--\n")
    yield (
        "message-in-multipart-of-multipart",
        message(
            mixed,
            body=f"--out\n\ntext\n--out\n{kind}\n\n{mime}"
            "Content-Type: multipart/mixed; boundary=b\nSubject: m\n\n"
            f"{TWO_PARTS}--out\n\nlast\n--out--\n",
        ),
    )
    yield (
        "message-in-multipart-header-cut",
        message(mixed, body=f"--out\n{kind}\n\nSubject: cut\n--out--\n"),
    )
    yield "message-in-multipart-own-header-cut", message(mixed, body=f"--out\n{kind}\n--out--\n")
    yield "message-in-multipart-empty", message(mixed, body=f"--out\n{kind}\n\n--out--\n")
    yield "message-in-multipart-blank", message(mixed, body=f"--out\n{kind}\n\n\n--out--\n")
    yield "message-global", message("Content-Type: message/global", body=inner)
    yield "message-news", message("Content-Type: message/news", body=inner)
    yield (
        "message-odd-addresses",
        message(kind, body='From: "A" <a@b>, Team: c@d;\nTo: broken <\nSubject: =?x?=\n\nx\n'),
    )
    digest = "Content-Type: multipart/digest; boundary=b"
    yield "message-digest", message(digest, body=f"--b\n\n{inner}--b\n\n{inner}--b--\n")
    yield (
        "message-digest-typed",
        message(
            digest, body=f"--b\nContent-Type: text/plain\n\ntext\n--b\nX-A: 1\n\n{inner}--b--\n"
        ),
    )
    yield "message-digest-cut", message(digest, body=f"--b\n--b\n\n{inner}--b--\n")
    yield (
        "message-digest-nested",
        message(mixed, body=f"--out\n{digest}\n\n--b\n\n{inner}--b--\n--out--\n"),
    )
    yield (
        "message-report",
        message(
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
            body="--b\n\nsorry\n--b\nContent-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; x\n\nAction: failed\n\n"
            f"--b\n{kind}\n\n{inner}--b--\n",
        ),
    )
    body = inner
    for _ in range(20):
        body = mime + kind + "\nSubject: wrap\n\n" + body
    yield "message-depth-20", message(kind, body=body)
