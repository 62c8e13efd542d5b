from __future__ import annotations

import pytest

from mailstore.mime import fold as mime_fold
from mailstore.mime.fold import contains_text, fold


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
    ],
)
def test_what_differs_in_case_or_form_only_is_the_same(left: str, right: str) -> None:
    assert fold(left) == fold(right)


def test_other_letters_stay_others() -> None:
    assert fold("ü") != fold("u")
    assert fold("ø") != fold("o")


def test_a_long_text_is_folded_in_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mime_fold, "_WINDOW", 10)
    text = "x" * 7 + "NEEDLE" + "y" * 50 + "ßß"
    assert contains_text(text, "needle")
    assert contains_text(text, fold("ysss"))
    assert contains_text(text, fold("ssss"))
    assert not contains_text(text, "needles")
    assert not contains_text(text, "z")
