import re
from itertools import product

import pytest

from mailstore.mime.words import decode_param, decode_words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"plain", "plain"),
        (b"  plain\r\n folded ", "plain folded"),
        (b"=?utf-8?Q?J=C3=B6rg?=", "Jörg"),
        (b"=?UTF-8?b?SsO2cmc=?=", "Jörg"),
        (b"=?utf-8?b?SsO2cmc?=", "Jörg"),
        (b"=?utf-8*de?q?a_b?=", "a b"),
        (b"a =?utf-8?q?b?= c", "a b c"),
        (b"a=?utf-8?q?b?=c", "abc"),
        (b"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        (b"=?utf-8?q?a?=\r\n\t=?iso-8859-1?q?=FC?=", "aü"),
        (b"=?utf-8?b?4pg=?= =?utf-8?q?=83?=", "☃"),
        (b"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        (b"=?utf-8?q?a b?=", "a b"),
        (b"=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", "日本"),
        (b"=?gb2312?b?1tDOxA==?=", "中文"),
        (b"=?x-odd?q?J=C3=B6rg?=", "Jörg"),
        (b"=?x-odd?q?J=F6rg?=", "Jörg"),
        (b"=?utf-8?x?a?=", "=?utf-8?x?a?="),
        (b"=?utf-8?q?a", "=?utf-8?q?a"),
        (b"=?utf-8?q?a?b?=", "=?utf-8?q?a?b?="),
        (b"J\xc3\xb6rg", "Jörg"),
        (b"J\xf6rg", "Jörg"),
        (b"", ""),
    ],
)
def test_encoded_words(value: bytes, text: str) -> None:
    assert decode_words(value) == text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        (b"filename", b"a.txt", "a.txt"),
        (b"FILENAME", b"=?utf-8?q?=E2=82=AC?=", "€"),
        (b"filename*", b"utf-8'en'%e2%82%ac.txt", "€.txt"),
        (b"filename*", b"iso-8859-1''%fc", "ü"),
        (b"filename*", b"''%e2%82%ac", "€"),
        (b"filename*", b"no quotes", "no quotes"),
        (b"filename*", b"x-odd''%ff", "ÿ"),
    ],
)
def test_parameters(name: bytes, value: bytes, text: str) -> None:
    assert decode_param(((b"x", b"y"), (name, value)), b"filename") == text


def test_the_extended_parameter_is_preferred() -> None:
    params = ((b"filename", b"fallback"), (b"filename*", b"utf-8''%e2%82%ac"))
    assert decode_param(params, b"filename") == "€"
    assert decode_param(params, b"name") is None


def test_lines_are_joined_however_they_are_folded() -> None:
    for pieces in product((b"\r\n", b"\n", b" ", b"\t", b"x", b"\r"), repeat=5):
        value = b"<" + b"".join(pieces) + b">"
        expected = re.sub(rb"\r?\n(?=[ \t])", b"", value)
        assert decode_words(value).encode() == expected, value
