import pytest

from mailstore.mime.subject import base_subject


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("", ""),
        ("plain", "plain"),
        ("  many \t\r\n  spaces ", "many spaces"),
        ("reading: list", "reading: list"),
        ("re", "re"),
        ("Re x", "Re x"),
        ("AW: x", "AW: x"),
        ("[blob]", "[blob]"),
        ("[one] [two]", "[two]"),
        ("[one][two]", "[two]"),
        ("[one] [two] x", "x"),
        ("[open x", "[open x"),
        ("[nested [blob] x", "[nested [blob] x"),
        ("open] x", "open] x"),
        ("[] x", "x"),
        ("x [blob]", "x [blob]"),
        ("x: re: y", "x: re: y"),
        ("[one] [two", "[two"),
        ("[fwd", "[fwd"),
        ("[fwd: a] b]", "b]"),
        ("Re [a] [b]: x", "Re [a] [b]: x"),
        ("(fwd) x", "(fwd) x"),
        ("x(fw)", "x(fw)"),
        ("[one] fwdx: y", "fwdx: y"),
        ("re\u00a0: x", "re\u00a0: x"),
    ],
)
def test_subjects_of_neither_replies_nor_forwards(subject: str, base: str) -> None:
    assert base_subject(subject) == (base, False)


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Re: x", "x"),
        ("re:x", "x"),
        ("RE  \t : x", "x"),
        ("fw: x", "x"),
        ("FWD: x", "x"),
        ("Re:", ""),
        ("Re: Re: Fwd: x", "x"),
        ("Re[4]: x", "x"),
        ("Re [blob] : x", "x"),
        ("[list] Re: x", "x"),
        ("[list][sub] Re: [list] x", "x"),
        ("[list] re [b]: [other] Re: x", "x"),
        ("Re: [list]", "[list]"),
        ("Re: [one] [two]", "[two]"),
        ("x (fwd)", "x"),
        ("x (FWD) (fwd)(Fwd) ", "x"),
        ("(fwd)", ""),
        ("x(fwd)", "x"),
        ("[fwd: x]", "x"),
        ("[FWD:x]", "x"),
        ("[fwd: [fwd: x]]", "x"),
        ("[Fwd: Re: x (fwd)] (fwd)", "x"),
        ("Re: [fwd: [list] x]", "x"),
        ("[list] [fwd: x]", "x"),
        ("[fwd: [list]]", "[list]"),
        ("[fwd: ]", ""),
        ("[fwd:]", ""),
        ("[fwd: a] b] (fwd)", "b]"),
        ("Re: x (fwd) y", "x (fwd) y"),
        ("[fwd: re: ] (fwd)", ""),
    ],
)
def test_subjects_of_replies_and_forwards(subject: str, base: str) -> None:
    assert base_subject(subject) == (base, True)


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "]",
        "[a]",
        "[a",
        "re:",
        "re [",
        "re[a]",
        "[a]re[b",
        "[fwd:",
        "(fwd)",
        " ",
        "[fwd:[a]",
        "a",
    ],
)
@pytest.mark.parametrize("end", ["", "x", "]", "(fwd)", "]" * 100_000, "(fwd)]" * 100_000])
def test_long_subjects_take_linear_time(piece: str, end: str) -> None:
    text, _ = base_subject(piece * 100_000 + end)
    assert len(text) <= len(piece) * 100_000 + len(end)
