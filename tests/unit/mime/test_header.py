from mailstore.mime.header import LINES, field_values, scan_fields, tidy, unfold


def test_each_logical_line_is_one_match() -> None:
    header = b"A: 1\r\nB : 2\r\n\t3\r\nno colon\r\n\r\n"
    assert [raw for raw, _, _ in LINES.findall(header)] == [
        b"A: 1\r\n",
        b"B : 2\r\n\t3\r\n",
        b"no colon\r\n",
        b"\r\n",
        b"",
    ]
    assert [name for _, name, _ in LINES.findall(header)] == [b"A", b"B", b"", b"", b""]


def test_names_with_white_space_are_none() -> None:
    assert LINES.findall(b"X Y: 1\r\n")[0][1] == b""
    assert LINES.findall(b" X: 1\r\n")[0][1] == b""


def test_wanted_fields_keep_their_order_and_lose_space_around() -> None:
    lines = LINES.findall(b"To: a\r\nX: 1\r\nTO: \r\n b\r\n")
    assert scan_fields(lines, frozenset((b"to", b"cc"))) == {b"to": [b"a", b"b"]}


def test_values_of_one_name_come_as_they_stand() -> None:
    block = b"to: a\r\nTo : b\r\n\tc\r\nX-To: d\r\n To: e\r\nTodo: f\r\nto\r\nTO:"
    assert field_values(block, b"to") == [b" a\r", b" b\r\n\tc\r", b""]
    assert field_values(block, b"x-to") == [b" d\r\n To: e\r"]
    assert field_values(block, b"cc") == []
    assert field_values(b"", b"to") == []


def test_unfolding_removes_line_ends_only() -> None:
    assert unfold(b"a\r\n  b\n\tc") == b"a  b\tc"
    assert unfold(b"a b") == b"a b"


def test_tidy_text_has_single_spaces() -> None:
    assert tidy(b" a\r\n\t b  c ") == b"a b c"
    assert tidy(b"a\rb") == b"a b"
    assert tidy(b"a b") == b"a b"
