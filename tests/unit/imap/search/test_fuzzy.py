from __future__ import annotations

import pytest

from mailstore.imap.search.fuzzy import APART, AS_TYPED, TOGETHER, WITHOUT_MARKS, Wanted
from mailstore.mime import fold as mime_fold
from tests.unit.imap.mail import client_of


@pytest.mark.parametrize(
    ("wanted", "texts", "score"),
    [
        ("café", ["Le CAFÉ noir"], AS_TYPED),
        ("cafe noir", ["Le café noir"], WITHOUT_MARKS),
        ("noir cafe", ["Le café noir"], TOGETHER),
        ("noir cafe", ["café", "noirs"], APART),
        ("noir cafe", ["café", "blanc"], 0),
        ("noir cafe", [], 0),
        ("  noir   CAFÉ ", ["Café, Noir!"], TOGETHER),
        ("", ["x"], AS_TYPED),
        ("", [], 0),
        ("\u0301", ["x"], 0),
        ("\u0301", ["é"], AS_TYPED),
        ("b a", ["a", "b", "a b"], TOGETHER),
        ("b a", ["a b", "b a"], AS_TYPED),
    ],
)
def test_scores(wanted: str, texts: list[str], score: int) -> None:
    assert Wanted(wanted).score(texts) == score


def test_words_may_be_in_different_pieces_of_a_long_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mime_fold, "_WINDOW", 10)
    assert Wanted("two one").score(["one       " + "x" * 30 + "  two     "]) == APART


def test_words_are_without_marks_and_each_once() -> None:
    assert Wanted("Résumé cafe résumé").words == ("resume", "cafe")


def test_the_mean_of_several_scores_is_told() -> None:
    client = client_of([b"Subject: Cafe noir\r\nX-A: b\r\n\r\nsoup of the day\r\n"] * 2)
    program = b'FUZZY SUBJECT "noir cafe" FUZZY BODY soup'
    assert client.ask(b"a SEARCH RETURN (RELEVANCY ALL) " + program)[0] == (
        b'* ESEARCH (TAG "a") ALL 1:2 RELEVANCY (75 75)'
    )
    program = b"FUZZY HEADER X-A b FUZZY TEXT none"
    assert client.ask(b"a SEARCH RETURN (RELEVANCY ALL) " + program)[0] == (
        b'* ESEARCH (TAG "a") RELEVANCY ()'
    )
