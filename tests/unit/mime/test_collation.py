import pytest

from mailstore.mime.collation import LONGEST_KEY, collation_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello", "hELLO"),
        ("ÄRGER", "ärger"),
        ("ä", "a\u0308"),
        ("ᾀ", "ᾈ"),
        ("ς", "Σ"),
        ("dž", "Dž"),
        ("Ⅷ", "VIII"),
        ("\uff21", "a"),
    ],
)
def test_case_and_compatible_forms_make_no_difference(one: str, other: str) -> None:
    assert collation_key(one) == collation_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("ß", "ss"), ("ﬁ", "fi"), ("a", "ä"), ("İ", "i"), ("a", "a ")]
)
def test_what_rfc_5051_keeps_apart(one: str, other: str) -> None:
    assert collation_key(one) != collation_key(other)


def test_letters_are_compared_as_capitals() -> None:
    """So what stands between the two cases in ASCII comes after letters."""
    assert sorted(["a_b", "aab", "A b", "zz", "^"], key=collation_key) == [
        "A b",
        "aab",
        "a_b",
        "zz",
        "^",
    ]


def test_ascii_and_other_texts_are_put_in_one_order() -> None:
    words = ["Zoë", "zoe", "Émile", "emil", "été", "Ebony"]
    assert sorted(words, key=collation_key) == ["Ebony", "emil", "Émile", "été", "zoe", "Zoë"]


def test_a_key_is_bounded() -> None:
    assert len(collation_key("x" * 5000)) == LONGEST_KEY
    assert len(collation_key("\ufdfa" * 5000)) == LONGEST_KEY
    assert collation_key("é" * 5000) == collation_key("é" * 6000)


def test_any_text_has_a_key() -> None:
    assert collation_key("") == b""
    assert collation_key("\ud800") == b"\xed\xa0\x80"
    assert collation_key("\x00") == b"\x00"
