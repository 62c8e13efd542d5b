"""The base subject is what the steps of RFC 5256, section 2.1, give one at a time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailstore.mime.subject import base_subject

PIECES = (
    "re",
    "fw",
    "fwd",
    ":",
    "[",
    "]",
    "[a]",
    "[fwd:",
    "(fwd)",
    " ",
    "\t",
    "x",
    "Re:",
    "[",
    "]",
)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_base_subjects(subject: str) -> None:
    assert base_subject(subject).text == by_steps(subject)


@given(st.text(max_size=40))
def test_a_base_subject_is_its_own(subject: str) -> None:
    base = base_subject(subject).text
    assert base_subject(base) == (base, False)


def by_steps(subject: str) -> str:
    text = " ".join(subject.replace("\t", " ").split(" "))
    while "  " in text:
        text = text.replace("  ", " ")
    while True:
        text = without_trailers(text)
        while (shorter := without_leader(text)) != text or (shorter := without_blob(text)) != text:
            text = shorter
        if not (text.lower().startswith("[fwd:") and text.endswith("]")):
            return text
        text = text[5:-1]


def without_trailers(text: str) -> str:
    while text.endswith(" ") or text.lower().endswith("(fwd)"):
        text = text[:-1] if text.endswith(" ") else text[:-5]
    return text


def without_leader(text: str) -> str:
    if text.startswith(" "):
        return text[1:]
    rest = text
    while (shorter := after_blob(rest)) != rest:
        rest = shorter
    for mark in ("re", "fwd", "fw"):
        if rest.lower().startswith(mark):
            behind = after_blob(rest[len(mark) :].lstrip(" "))
            if behind.startswith(":"):
                return behind[1:]
    return text


def without_blob(text: str) -> str:
    return after_blob(text) or text


def after_blob(text: str) -> str:
    end = text.find("]")
    if not text.startswith("[") or end < 0 or "[" in text[1:end]:
        return text
    return text[end + 1 :].lstrip(" ")
