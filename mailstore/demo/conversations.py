"""Sample mail that people wrote to one another: threads, answers, drafts, newsletters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from mailstore.demo.compose import Attachment, Letter, Sample, compose
from mailstore.demo.pictures import pdf, png
from mailstore.demo.scripts import GREETINGS

MARTA: Final = "Marta Keel <marta@harbour.example>"
OLU: Final = "Olu Adeyemi <olu@lightkeepers.example>"
INES: Final = "Inés Faro <ines@lightkeepers.example>"
LIST: Final = "Light keepers <keepers@lists.lightkeepers.example>"

_LIST_HEADERS: Final = (
    ("List-Id", "Light keepers <keepers.lists.lightkeepers.example>"),
    ("List-Post", "<mailto:keepers@lists.lightkeepers.example>"),
    ("List-Archive", "<https://lists.lightkeepers.example/keepers/>"),
    ("Precedence", "list"),
)


class _Turn(NamedTuple):
    name: str
    sender: str
    answers: tuple[str, ...]
    text: str
    flags: tuple[str, ...] = ("\\Seen",)


_LENS: Final = (
    _Turn("lens-1", OLU, (), "The new lens has arrived. Who helps to carry it up?\n"),
    _Turn("lens-2", INES, ("lens-1",), "> Who helps to carry it up?\n\nI do. How heavy is it?\n"),
    _Turn("lens-3", MARTA, ("lens-1",), "My van is free on Saturday.\n"),
    _Turn(
        "lens-4",
        OLU,
        ("lens-1", "lens-2"),
        ">> Who helps to carry it up?\n> How heavy is it?\n\n140 kg in three crates.\n",
        ("\\Seen", "\\Answered"),
    ),
    _Turn("lens-5", INES, ("lens-1", "lens-2", "lens-4"), "Then we need two more people.\n"),
    _Turn("lens-6", OLU, ("lens-1", "lens-3"), "Saturday it is. Thank you, Marta!\n", ()),
    _Turn("lens-7", LIST, ("lens-0-missing",), "(An answer whose question was never seen.)\n", ()),
)


def thread(me: str, now: datetime) -> Iterator[Sample]:
    """A mailing list's thread with branches, and an answer without its question."""
    for number, turn in enumerate(_LENS):
        letter = Letter(
            turn.name,
            "The new lens" if not turn.answers else "Re: The new lens",
            turn.sender,
            LIST,
            turn.text,
            answers=turn.answers,
            headers=(*_LIST_HEADERS, ("Cc", me)) if number % 2 else _LIST_HEADERS,
        )
        date = now - timedelta(days=3, hours=-7 * number)
        yield Sample("INBOX", compose(letter, date), date, turn.flags)


def greetings(me: str, now: datetime) -> Iterator[Sample]:
    """Languages and character sets; some read, some flagged."""
    flags: tuple[tuple[str, ...], ...] = ((), ("\\Seen",), ("\\Seen", "\\Flagged"), ("$label2",))
    for number, greeting in enumerate(GREETINGS):
        letter = Letter(
            f"greeting-{greeting.language}",
            greeting.subject,
            f'"{greeting.name}" <{greeting.language}@world.example>',
            me,
            greeting.text,
            charset=greeting.charset,
            encoding=greeting.encoding,
        )
        date = now - timedelta(days=20 - number, minutes=37 * number)
        yield Sample("INBOX", compose(letter, date), date, flags[number % len(flags)])


def newsletters(me: str, now: datetime) -> Iterator[Sample]:
    """One a month, with the headers of RFC 2369 and RFC 8058."""
    topics = (
        "Knots",
        "Tide tables",
        "Fog signals",
        "Fresnel and his lens",
        "Winter paint",
        "Gulls",
    )
    for number, topic in enumerate(topics):
        unsubscribe = f"https://news.lightkeepers.example/u?id={number}"
        letter = Letter(
            f"news-{number}",
            f"The Keeper's Letter, no. {60 + number}: {topic}",
            "The Keeper's Letter <news@lightkeepers.example>",
            me,
            f"{topic}\n\nThis month: {topic.lower()}.\n\nUnsubscribe: {unsubscribe}\n",
            _NEWS_PAGE.format(topic=topic, unsubscribe=unsubscribe),
            headers=(
                ("List-Unsubscribe", f"<mailto:leave@lightkeepers.example>, <{unsubscribe}>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
                ("List-Id", "The Keeper's Letter <news.lightkeepers.example>"),
                ("Auto-Submitted", "auto-generated"),
            ),
        )
        date = now - timedelta(days=30 * (len(topics) - number))
        flags = ("\\Seen",) if number % 2 else ()
        yield Sample("Archive/Newsletters", compose(letter, date), date, flags)


_NEWS_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en"><head><title>{topic}</title></head>
<body style="font-family: sans-serif">
<h1>{topic}</h1>
<p>This month: <b>{topic}</b>, with <a href="https://news.lightkeepers.example/">pictures</a>.</p>
<p style="color: gray">You can <a href="{unsubscribe}">unsubscribe</a> at any time.</p>
</body></html>
"""


def attachments(me: str, now: datetime) -> Iterator[Sample]:
    """Files, a page with a picture in it, names in many scripts."""
    bill = pdf(["Harbour Paint Ltd.", "", "Red paint, 20 l    184.00", "White paint, 40 l  352.00"])
    letters = (
        Letter(
            "bill",
            "Invoice 2026-118",
            "Harbour Paint <office@paint.example>",
            me,
            "Dear customer,\n\nplease find our invoice attached.\n",
            attachments=(Attachment("Invoice 2026-118.pdf", "application/pdf", bill),),
        ),
        Letter(
            "sunset",
            "Sunset from the gallery",
            INES,
            me,
            "The picture is in the HTML part.\n",
            '<p>Look:</p><p><img src="cid:sunset@demo.example" alt="Sunset"></p>',
            attachments=(Attachment("", "image/png", png(320, 200), "sunset@demo.example"),),
        ),
        Letter(
            "album",
            "Four pictures",
            MARTA,
            me,
            "Here they are.\n",
            attachments=tuple(
                Attachment(
                    f"Тихий закат {number} – 夕日.png", "image/png", png(64, 40, 50 * number)
                )
                for number in range(4)
            ),
        ),
    )
    for number, letter in enumerate(letters):
        date = now - timedelta(days=5 - number, hours=number)
        flags = ("\\Flagged", "$label1") if letter.name == "bill" else ("\\Seen",)
        yield Sample("INBOX", compose(letter, date), date, flags)


def own(me: str, now: datetime) -> Iterator[Sample]:
    """What the user wrote: sent, and not sent yet."""
    sent = (
        ("sent-1", "Re: The new lens", LIST, "I can come on Saturday too.\n", ("lens-1", "lens-3")),
        ("sent-2", "Paint", "office@paint.example", "Could you send another 5 l of red?\n", ()),
        ("sent-3", "Keys to the tower", OLU, "They hang behind the barometer.\n", ()),
        ("sent-4", "Re: Réunion déplacée à jeudi", "fr@world.example", "Parfait, à jeudi !\n", ()),
    )
    for number, (name, subject, to, text, answers) in enumerate(sent):
        date = now - timedelta(days=2, hours=5 * number)
        letter = Letter(name, subject, me, to, text, answers=answers)
        yield Sample("Sent", compose(letter, date), date, ("\\Seen",))
    for number, text in enumerate(("Dear Olu,\n\nabout the foghorn:\n", "To do: rope, oil, \n")):
        date = now - timedelta(hours=3 + number)
        letter = Letter(f"draft-{number}", ("Foghorn", "")[number], me, OLU, text)
        yield Sample("Drafts", compose(letter, date), date, ("\\Draft", "\\Seen"))


def other_mailboxes(me: str, now: datetime) -> Iterator[Sample]:
    """Junk, trash, and projects in mailboxes with names that are not ASCII."""
    entries = (
        ("Junk", "Cheap buoys!!!", "Buoys <win@buoys.example>", ("Junk", "$Junk")),
        ("Junk", "Your account at the harbour bank", "security@harb0ur.example", ("$Phishing",)),
        ("Trash", "Lunch menu, week 40", "Canteen <menu@harbour.example>", ("\\Seen",)),
        ("Trash", "Old tide table", OLU, ("\\Seen", "\\Deleted")),
        ("Projects/Lighthouse", "Structural report, stairs", INES, ("\\Seen", "$label4")),
        ("Projects/Lighthouse", "Quote for the railing", MARTA, ("\\Flagged",)),
        ("Projects/Ångström & Söhne", "Lampenöl, Angebot", "Ångström <a@oel.example>", ()),
        ("旅行", "Ferry booking", "Ferries <booking@ferry.example>", ("\\Seen", "$Forwarded")),
        ("旅行", "Hotel at the pier", "Hotel <stay@pier.example>", ("\\Seen", "$MDNSent")),
    )
    for number, (mailbox, subject, sender, flags) in enumerate(entries):
        date = now - timedelta(days=9, hours=11 * number)
        letter = Letter(f"other-{number}", subject, sender, me, f"{subject}.\n\nMore on Monday.\n")
        yield Sample(mailbox, compose(letter, date), date, flags)
