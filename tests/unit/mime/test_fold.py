from __future__ import annotations

import sys
import time
import unicodedata

import pytest

from mailstore.mime import fold as mime_fold
from mailstore.mime.fold import contains_text, fold, fold_pieces, letters


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Hello", "HELLO"),
        ("Grüße", "GRÜSSE"),
        ("Grüße", "gru\u0308sse"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("ﬁne", "FINE"),
        ("ＡＢＣ", "abc"),
        ("İstanbul", "i\u0307stanbul"),
        ("DIYARBAKIR", "Dıyarbakır"),
        ("№ ℡", "no TEL"),
        ("ℌ", "h"),
        ("q\u0307\u0323", "q\u0323\u0307"),
    ],
)
def test_what_differs_in_case_or_form_only_is_the_same(left: str, right: str) -> None:
    assert fold(left) == fold(right)


def test_other_letters_stay_others() -> None:
    assert fold("ü") != fold("u")
    assert fold("ø") != fold("o")


def every_character() -> list[str]:
    """Of those that have a case or a decomposition; all others stay what they are."""
    return [
        c
        for c in map(chr, range(sys.maxunicode + 1))
        if c.title() != c or c.casefold() != c or unicodedata.decomposition(c)
    ]


def rfc_5051(character: str) -> str:
    """Section 2, step 2: the simple titlecase, decomposed as far as it goes."""
    title = character.title()
    return unicodedata.normalize("NFKD", title if len(title) == 1 else character)


def test_what_rfc_5051_takes_for_equal_is_equal() -> None:
    assert [c for c in every_character() if fold(rfc_5051(c)) != fold(c)] == []


def test_folding_twice_changes_nothing() -> None:
    assert [c for c in every_character() if fold(fold(c)) != fold(c)] == []


def test_a_long_text_is_folded_in_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mime_fold, "_WINDOW", 10)
    text = "x" * 7 + "NEEDLE" + "y" * 50 + "ßß"
    assert contains_text(text, "needle")
    assert contains_text(text, fold("ysss"))
    assert contains_text(text, fold("ssss"))
    assert contains_text(text, "")
    assert contains_text(text, "x")
    assert not contains_text(text, "needles")
    assert not contains_text(text, "z")


def test_a_window_does_not_end_before_a_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "abcdefghij\u0307\u0323klm" * 3
    whole = fold(text)
    for window in range(5, len(text)):
        monkeypatch.setattr(mime_fold, "_WINDOW", window)
        assert "".join(fold_pieces(text)) == whole


@pytest.mark.parametrize("marks", ["\u0301\u0323", "\u0f73\u0f71", "\u0344\u0327"])
def test_countless_marks_take_linear_time(marks: str) -> None:
    text = "a" + marks[0] * 200_000 + marks[1] * 200_000
    began = time.process_time()
    fold(text)
    contains_text(text, "zzz")
    assert time.process_time() - began < 5.0


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Résumé", "resume"),
        ("a\x00b", "ab"),
        ("\ud800x\udfff", "x"),
        ("שָׁלוֹם", "שלום"),
        ("Grüße", "grusse"),
        ("".join(map(chr, range(0x300, 0x330))) + "z", "z"),
    ],
)
def test_letters_have_no_marks(text: str, left: str) -> None:
    assert letters(fold(text)) == left
