"""Messages that are unusual, each in one way, made the same each time.

Names start with what the oddity is about: ``header``, ``address``, ``type``,
``multipart``, ``message``, ``octets``.
"""

from collections.abc import Iterator

from tests.oracle.lines import crlf, head, message
from tests.oracle.odd_mime import TWO_PARTS, embedded, multiparts, types

__all__ = ["odd_messages"]


def odd_messages() -> dict[str, bytes]:
    """Return the messages by name, with CRLF line ends unless these are the oddity."""
    messages: dict[str, bytes] = {}
    for maker in (_headers, _addresses, types, multiparts, embedded, _octets):
        for name, octets in maker():
            if name in messages:
                raise ValueError(f"two odd messages named {name}")
            messages[name] = octets
    return messages


def _headers() -> Iterator[tuple[str, bytes]]:
    subjects = {
        "empty": "",
        "only-spaces": "   ",
        "leading-spaces": "    four before",
        "trailing-spaces": "two after  ",
        "tab-after-colon": "\ttab",
        "folded": "one\n two\n three",
        "folded-tab": "one\n\ttwo",
        "folded-deep": "one\n     \t two",
        "fold-of-space": "one\n \n two",
        "fold-first": "\n on the next line",
        "fold-only": "\n ",
        "trailing-space-fold": "one \n two",
        "encoded": "=?utf-8?B?w6TDtsO8?= =?utf-8?Q?x_y?=",
        "raw-utf8": "Grüße, 世界",
        "raw-latin1": "Gr\udcfc\udcdfe",
        "quotes": 'say "hi" \\ back',
        "many-quotes": '"' * 12,
        "control": "bell \x07 and escape \x1b[0m",
        "del": "a\x7fb",
        "tab-inside": "a\tb",
        "very-long": "x" * 3000,
        "many-folds": "start" + "\n " + "\n ".join("word" for _ in range(100)),
        "colon": "Re: Re: Re: x",
        "braces": "{5}",
        "nil": "NIL",
        "vertical-tab": "a\x0bb\x0cc",
    }
    for name, value in subjects.items():
        yield (
            f"header-subject-{name}",
            message(
                f"Subject:{value}" if not value or value[0] in "\t\n" else f"Subject: {value}",
                without=("Subject",),
            ),
        )
    yield "header-subject-twice", message("Subject: second")
    yield "header-subject-thrice", message("Subject: second", "Subject:")
    yield "header-no-space-after-colon", message("Subject:tight", without=("Subject",))
    yield (
        "header-space-before-colon",
        message("Subject : spaced", "X-One\t: y", without=("Subject",)),
    )
    yield "header-name-case", message("sUBJECT: case", without=("Subject",))
    yield "header-no-colon", message("this line has no colon", "X-After: 1")
    yield "header-no-colon-folded", message("this line has no colon\n and goes on", "X-After: 1")
    yield "header-space-in-name", message("X Spaced Name: 1", "X-After: 1")
    yield "header-empty-name", message(": no name", "X-After: 1")
    yield "header-8bit-name", message("X-Ünï: 1", "X-After: 1")
    yield "header-first-line-folded", crlf(" leading: fold\n" + head() + "\n\nbody\n")
    yield (
        "header-from-line",
        crlf("From ann@example.com Tue Jul  1 10:00:00 2025\n" + head() + "\n\nbody\n"),
    )
    yield (
        "header-from-line-quoted",
        crlf(">From ann@example.com Tue Jul  1 10:00:00 2025\n" + head() + "\n\nbody\n"),
    )
    yield "header-only", crlf(head() + "\n")
    yield "header-only-no-newline", crlf(head())
    yield "header-only-blank", crlf(head() + "\n\n")
    yield "header-none-body-only", crlf("\njust a body\n")
    yield "header-none-two-blank", crlf("\n\njust a body\n")
    yield "header-none-no-blank", crlf("no header here at all\nnor here\n")
    yield "header-blank-with-space", crlf(head() + "\n \nX-Not-Body: 1\n\nbody\n")
    yield "header-date-missing", message(without=("Date",))
    yield "header-date-empty", message("Date:", without=("Date",))
    yield "header-date-garbage", message("Date: yesterday", without=("Date",))
    yield (
        "header-date-folded",
        message("Date: Tue, 1 Jul 2025\n 10:00:00 +0200", without=("Date",)),
    )
    yield (
        "header-date-comment",
        message("Date: Tue, 1 Jul 2025 10:00:00 +0200 (CEST)", without=("Date",)),
    )
    yield "header-date-twice", message("Date: Wed, 2 Jul 2025 10:00:00 +0200")
    yield "header-message-id-empty", message("Message-ID:", without=("Message-ID",))
    yield "header-message-id-spaces", message("Message-ID:  < a @ b >  ", without=("Message-ID",))
    yield (
        "header-message-id-folded",
        message("Message-ID:\n <folded@example.com>", without=("Message-ID",)),
    )
    yield "header-message-id-twice", message("Message-ID: <second@example.com>")
    yield "header-in-reply-to", message("In-Reply-To: <a@b> <c@d>\n <e@f>")
    yield "header-in-reply-to-prose", message("In-Reply-To: Your message of yesterday")
    yield "header-in-reply-to-empty", message("In-Reply-To:")
    yield "header-all-missing", crlf("X-Only: 1\n\nbody\n")
    yield "header-bcc", message("Bcc: hidden@example.com", "Cc: c@example.com")
    yield "header-fields-many", message(*(f"X-{n}: {n}" for n in range(300)))
    yield (
        "header-fields-repeated",
        message(*(f"Received: from {n}\n\tby {n + 1}" for n in range(20))),
    )
    yield "header-field-huge", message("X-Huge: " + "y" * 20_000)
    yield "header-folded-empty-continuations", message("X-A: 1\n \n \n 2", "X-B: 3")


_ADDRESS_LISTS = {
    "plain": "a@example.com",
    "angle-only": "<a@example.com>",
    "name": "Ann Other <a@example.com>",
    "name-quoted": '"Other, Ann" <a@example.com>',
    "name-quoted-pairs": '"Ann \\"the\\" \\\\ Other" <a@example.com>',
    "name-two-quoted": '"Ann" "Other" <a@example.com>',
    "name-mixed-quoted": 'Dr. "Ann" Other <a@example.com>',
    "name-no-space": 'Ann"Other"<a@example.com>',
    "name-dots": "J. R. R. Other <a@example.com>",
    "name-dot-alone": "Ann . Other <a@example.com>",
    "name-starts-dot": ".Ann <a@example.com>",
    "name-many-spaces": "Ann    Other   <a@example.com>",
    "name-tabs": "Ann\tOther\t<a@example.com>",
    "name-folded": "Ann\n Other\n <a@example.com>",
    "name-quoted-folded": '"Ann\n Other" <a@example.com>',
    "name-encoded": "=?utf-8?Q?J=C3=B6rg?= <a@example.com>",
    "name-encoded-two": "=?utf-8?Q?J=C3=B6rg?= =?utf-8?Q?_M?= <a@example.com>",
    "name-encoded-quoted": '"=?utf-8?Q?J=C3=B6rg?=" <a@example.com>',
    "name-encoded-comma": "=?utf-8?Q?M,_J?= <a@example.com>",
    "name-utf8": "Jörg <a@example.com>",
    "name-utf8-quoted": '"Jörg, M" <a@example.com>',
    "name-latin1": "J\udcf6rg <a@example.com>",
    "name-empty-quoted": '"" <a@example.com>',
    "name-quoted-space": '" Ann " <a@example.com>',
    "name-comment": "Ann (the first) Other <a@example.com>",
    "name-brackets": "Ann [x] <a@example.com>",
    "name-at": "ann@home <a@example.com>",
    "name-at-quoted": '"ann@home" <a@example.com>',
    "name-colon-quoted": '"a: b" <a@example.com>',
    "name-apostrophe": "'Ann' <a@example.com>",
    "comment-after": "a@example.com (Ann Other)",
    "comment-before": "(Ann Other) a@example.com",
    "comment-two": "a@example.com (Ann) (Other)",
    "comment-nested": "a@example.com (Ann (the (only)) Other)",
    "comment-escaped": "a@example.com (Ann \\) Other)",
    "comment-open": "a@example.com (Ann Other",
    "comment-open-escape": "a@example.com (Ann\\",
    "comment-inside": "a(x)@(y)example(z).com",
    "comment-empty": "a@example.com ()",
    "comment-only": "(nobody)",
    "comment-in-angle": "Ann <(x)a@example.com(y)>",
    "comment-folded": "a@example.com (Ann\n Other)",
    "list": "a@example.com, b@example.com",
    "list-no-space": "a@example.com,b@example.com",
    "list-folded": "a@example.com,\n b@example.com,\n\tc@example.com",
    "list-empty-elements": "a@example.com,, ,b@example.com",
    "list-leading-comma": ",a@example.com",
    "list-trailing-comma": "a@example.com,",
    "list-only-comma": ",",
    "list-semicolons": "a@example.com; b@example.com",
    "list-spaces": "a@example.com b@example.com",
    "list-mixed": 'Ann <a@example.com>, b@example.com (Bob), "C, D" <c@example.com>',
    "group": "Team: a@example.com, b@example.com;",
    "group-empty": "Team:;",
    "group-undisclosed": "undisclosed-recipients:;",
    "group-undisclosed-spaces": "Undisclosed recipients : ;",
    "group-quoted": '"My: Team": a@example.com;',
    "group-open": "Team: a@example.com, b@example.com",
    "group-open-empty": "Team:",
    "group-two": "A: a@example.com;, B: b@example.com;",
    "group-two-no-comma": "A: a@example.com; B: b@example.com;",
    "group-and-mailbox": "c@example.com, A: a@example.com;, d@example.com",
    "group-names": 'Team: Ann <a@example.com>, "B" <b@example.com>;',
    "group-nested": "A: B: b@example.com;;",
    "group-trailing-comma": "A: a@example.com,;",
    "group-empty-name": ": a@example.com;",
    "group-comment": "Team (x): (y) a@example.com (z);",
    "group-mailto": "mailto:a@example.com",
    "local-only": "root",
    "local-only-angle": "<root>",
    "local-only-name": "Root <root>",
    "local-quoted": '"a b"@example.com',
    "local-quoted-pairs": '"a\\"b"@example.com',
    "local-quoted-empty": '""@example.com',
    "local-quoted-at": '"a@b"@example.com',
    "local-quoted-angle": '<"a b"@example.com>',
    "local-dots": "a.b.c@example.com",
    "local-dot-first": ".a@example.com",
    "local-dot-last": "a.@example.com",
    "local-dot-double": "a..b@example.com",
    "local-dot-spaces": "a . b @ example . com",
    "local-obsolete": '"a".b@example.com',
    "local-plus": "a+b=c@example.com",
    "local-utf8": "jörg@example.com",
    "local-special": "a!b%c@example.com",
    "domain-literal": "a@[192.0.2.1]",
    "domain-literal-ipv6": "Ann <a@[IPv6:2001:db8::1]>",
    "domain-literal-open": "a@[192.0.2.1",
    "domain-literal-spaces": "a@[ 192.0.2.1 ]",
    "domain-missing": "a@",
    "domain-missing-angle": "Ann <a@>",
    "domain-two": "a@b@example.com",
    "domain-utf8": "a@exämple.com",
    "domain-dot-last": "a@example.com.",
    "domain-underscore": "a@ex_ample.com",
    "route": "<@relay.example,@hub.example:a@example.com>",
    "route-name": "Ann <@relay.example:a@example.com>",
    "route-spaces": "Ann <@relay.example , @hub.example : a@example.com>",
    "route-broken": "Ann <@relay.example a@example.com>",
    "angle-empty": "<>",
    "angle-empty-name": "Ann <>",
    "angle-spaces": "Ann < a@example.com >",
    "angle-open": "Ann <a@example.com",
    "angle-open-list": "Ann <a@example.com, Bob <b@example.com>",
    "angle-double": "Ann <<a@example.com>>",
    "angle-close-extra": "Ann <a@example.com>>",
    "angle-trailing": "Ann <a@example.com> junk",
    "angle-trailing-list": "Ann <a@example.com> junk, b@example.com",
    "angle-no-space": "Ann<a@example.com>",
    "angle-folded": "Ann <a@\n example.com>",
    "angle-two": "Ann <a@example.com> <b@example.com>",
    "quote-open": '"Ann <a@example.com>',
    "quote-open-list": 'a@example.com, "Ann <b@example.com>',
    "quote-open-escape": '"Ann\\',
    "name-only": "Ann Other",
    "name-only-quoted": '"Ann Other"',
    "name-then-bare": "Ann a@example.com",
    "at-only": "@",
    "at-domain": "@example.com",
    "empty": "",
    "spaces": "   ",
    "backslash": "a\\b@example.com",
    "garbage": "]]>)(<[[",
    "garbage-then-good": ")(, a@example.com",
    "exclamation": "!!!",
    "url": "https://example.com/x",
    "many": ", ".join(f"u{n}@example.com" for n in range(300)),
    "nul": "A\x00nn <a\x00@example.com>",
}


def _addresses() -> Iterator[tuple[str, bytes]]:
    for name, value in _ADDRESS_LISTS.items():
        yield f"address-from-{name}", message(f"From: {value}", without=("From",))
    for name in ("list-mixed", "group", "group-empty", "comment-only", "empty", "garbage"):
        value = _ADDRESS_LISTS[name]
        yield f"address-to-{name}", message(f"To: {value}", f"Cc: {value}", without=("To",))
    yield "address-sender-own", message("Sender: s@example.com", "Reply-To: r@example.com")
    yield "address-sender-empty", message("Sender:", "Reply-To: ")
    yield "address-sender-comment", message("Sender: (nobody)", "Reply-To: ,")
    yield "address-from-twice", message("From: second@example.com")
    yield (
        "address-to-thrice",
        message("To: c@example.com, d@example.com", "To:", "to: E <e@example.com>"),
    )
    yield "address-from-missing", message(without=("From",))
    yield "address-from-missing-sender", message("Sender: s@example.com", without=("From",))


def _octets() -> Iterator[tuple[str, bytes]]:
    yield "octets-empty-line", b"\r\n"
    yield "octets-one", b"x"
    yield "octets-newline-only", b"\n"
    yield "octets-lf", message("X-A: 1").replace(b"\r\n", b"\n")
    yield (
        "octets-lf-multipart",
        message('Content-Type: multipart/mixed; boundary="b"', body=TWO_PARTS).replace(
            b"\r\n", b"\n"
        ),
    )
    yield "octets-mixed-line-ends", message("X-A: 1", body="a\n") + b"b\nc\r\nd\n"
    yield "octets-bare-cr-header", message("X-A: a\rb", "Subject: c\rd", without=("Subject",))
    yield "octets-bare-cr-body", message(body="a\rb\r\rc\n")
    yield "octets-cr-cr-lf", message("X-A: 1").replace(b"X-A: 1\r\n", b"X-A: 1\r\r\n")
    yield "octets-nul-body", message(body="a\x00b\n")
    yield "octets-nul-subject", message("Subject: a\x00b", without=("Subject",))
    yield "octets-nul-name", message("X-\x00A: b")
    yield "octets-nul-description", message("Content-Description: a\x00b")
    yield (
        "octets-8bit-body",
        message("Content-Type: text/plain; charset=latin1") + bytes(range(128, 256)) + b"\r\n",
    )
    yield (
        "octets-all",
        message("Content-Type: application/octet-stream", body="") + bytes(range(256)) * 4,
    )
    yield "octets-no-final-newline", message(body="no newline at the end")
    yield "octets-many-lines", message(body="\n" * 1000)
    yield "octets-long-line", message(body="z" * 100_000 + "\n")
    yield "octets-bom", b"\xef\xbb\xbf" + message()
    yield "octets-dot-lines", message(body=".\n..\n.\n")
    yield "octets-control", message("X-C: \x01\x02\x1f", body="\x1a\x04\n")
