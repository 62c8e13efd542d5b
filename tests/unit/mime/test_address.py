import pytest

from mailstore.mime.address import GROUP_END, Address, Budget, parse_addresses

A = Address(None, None, b"a", b"x.example")
B = Address(None, None, b"b", b"x.example")


def read(value: bytes, limit: int = 100) -> list[Address]:
    return parse_addresses(value, limit, Budget(10_000))


def named(name: bytes | None) -> Address:
    return A._replace(name=name)


def group(name: bytes) -> Address:
    return Address(None, None, name, None)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b"a@x.example", None),
        (b"<a@x.example>", None),
        (b"Ann Other <a@x.example>", b"Ann Other"),
        (b"Ann  Other\t<a@x.example>", b"Ann Other"),
        (b'"Other, Ann" <a@x.example>', b"Other, Ann"),
        (b'"Ann \\"A\\" \\\\" <a@x.example>', b'Ann "A" \\'),
        (b'Dr. "Ann"Other <a@x.example>', b"Dr. Ann Other"),
        (b"J. R. Other <a@x.example>", b"J. R. Other"),
        (b'"" <a@x.example>', None),
        (b"=?utf-8?Q?J=C3=B6rg?= <a@x.example>", b"=?utf-8?Q?J=C3=B6rg?="),
        (b"J\xc3\xb6rg <a@x.example>", b"J\xc3\xb6rg"),
        (b"Ann (first) Other <a@x.example>", b"Ann Other"),
        (b"a@x.example (Ann (the) Other)", b"Ann (the) Other"),
        (b"a@x.example (Ann \\) Other)", b"Ann ) Other"),
        (b"a@x.example (one) (two)", b"two"),
        (b"(Ann) a@x.example", None),
        (b"a(1)@(2)x(3).example", b"3"),
        (b"Ann <(1) a@x.example (2)>", b"Ann"),
        (b"Ann < a @ x . example >", b"Ann"),
        (b"Ann\r\n <a@\r\n x.example>", b"Ann"),
    ],
)
def test_names_and_comments(value: bytes, name: bytes | None) -> None:
    assert read(value) == [named(name)]


@pytest.mark.parametrize(
    ("value", "mailbox", "host"),
    [
        (b'"a b"@x.example', b"a b", b"x.example"),
        (b'"a\\"b@c"@x.example', b'a"b@c', b"x.example"),
        (b'""@x.example', b"", b"x.example"),
        (b'"a".b@x.example', b"a.b", b"x.example"),
        (b"a . b@x.example", b"a.b", b"x.example"),
        (b".a..b.@x.example.", b".a..b.", b"x.example."),
        (b"a@[192.0.2.1]", b"a", b"[192.0.2.1]"),
        (b"a@[IPv6:2001:db8::1]", b"a", b"[IPv6:2001:db8::1]"),
        (b"root", b"root", b"MISSING_DOMAIN"),
        (b"a . b", b"a.b", b"MISSING_DOMAIN"),
        (b".a", b".a", b"MISSING_DOMAIN"),
        (b"a@", b"a", b"MISSING_DOMAIN"),
        (b"@x.example", b"MISSING_MAILBOX", b"x.example"),
        (b"<>", b"MISSING_MAILBOX", b"MISSING_DOMAIN"),
        (b"a@b@x.example", b"a", b"b"),
        (b"a\x00@x.example", b"a", b"x.example"),
        (b"a\\@b@x.example", b"a@b", b"x.example"),
    ],
)
def test_mailboxes_and_hosts(value: bytes, mailbox: bytes, host: bytes) -> None:
    assert read(value) == [Address(None, None, mailbox, host)]


def test_several_words_without_address_are_a_name() -> None:
    missing = Address(b"Ann Other", None, b"MISSING_MAILBOX", b"MISSING_DOMAIN")
    assert read(b"Ann Other") == [missing]
    assert read(b'"Ann Other"') == [missing]


def test_routes_are_kept() -> None:
    route = A._replace(route=b"@r.example,@h.example")
    assert read(b"<@r.example,@h.example:a@x.example>") == [route]
    assert read(b"<@r.example , @h.example : a@x.example>") == [route]


def test_nothing_between_commas_is_nothing() -> None:
    assert read(b",a@x.example,, ,b@x.example,") == [A, B]
    assert read(b",") == []
    assert read(b"(comment)") == []
    assert read(b"") == []


@pytest.mark.parametrize(
    ("value", "entries"),
    [
        (b"Team: a@x.example, b@x.example;", [group(b"Team"), A, B, GROUP_END]),
        (b"Team:;", [group(b"Team"), GROUP_END]),
        (b'"My: Team" : (c) a@x.example ;', [group(b"My: Team"), A, GROUP_END]),
        (b"One: a@x.example;, b@x.example", [group(b"One"), A, GROUP_END, B]),
        (b"b@x.example, One: a@x.example", [B, group(b"One"), A, GROUP_END]),
        (b"One:; Two: a@x.example;", [group(b"One"), GROUP_END, group(b"Two"), A, GROUP_END]),
        (b"One: a@x.example,;", [group(b"One"), A, GROUP_END]),
    ],
)
def test_groups(value: bytes, entries: list[Address]) -> None:
    assert read(value) == entries


@pytest.mark.parametrize(
    ("value", "entries"),
    [
        (b"a@x.example; b@x.example", [A, B]),
        (b"Ann <a@x.example", [named(b"Ann")]),
        (b"Ann <a@x.example, b@x.example", [named(b"Ann"), B]),
        (b"Ann <<a@x.example>>", [named(b"Ann")]),
        (b"Ann <a@x.example> junk, b@x.example", [named(b"Ann"), B]),
        (b'"Ann <a@x.example>', [named(b"Ann")]),
        (b"ann@home <a@x.example>", [named(b"ann@home")]),
        (b"Ann [1] <a@x.example>", [named(b"Ann [1]")]),
        (b"Ann a@x.example", [named(b"Ann")]),
        (b"a@x.example (open", [named(b"open")]),
        (b"a@x.example (open\\", [named(b"open\\")]),
    ],
)
def test_mistakes_cost_little(value: bytes, entries: list[Address]) -> None:
    assert read(value) == entries


def test_entries_are_counted() -> None:
    assert len(read(b"a@x.example," * 50, 10)) == 10
    assert len(read(b"(c)a@x.example," * 50, 10)) == 10
    assert read(b"Team: " + b"a@x.example," * 50, 3) == [group(b"Team"), A, A, GROUP_END]


def test_garbage_ends_when_the_budget_is_spent() -> None:
    budget = Budget(100)
    found = parse_addresses(b"(c)a@x.example," * 1000, 1000, budget)
    assert 0 < len(found) <= 100
    assert parse_addresses(b"(c)a@x.example", 10, budget) == []
    assert parse_addresses(b"a@x.example", 10, budget) == [A]
