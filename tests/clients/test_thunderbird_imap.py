"""Thunderbird, the mail program itself, on an IMAP account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients import dump
from tests.clients.maildir import deliver, numbers, stored, with_crlf
from tests.clients.messages import (
    ATTACHMENT,
    ATTACHMENT_NAME,
    large,
    numbered,
    with_attachment,
)
from tests.clients.programs import wait_until
from tests.clients.target import Target
from tests.clients.thunderbird import STARTTLS, Thunderbird

pytestmark = [pytest.mark.thunderbird, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def thunderbird(target: Target, home: Path) -> Iterator[Thunderbird]:
    opened = Thunderbird(target, home)
    yield opened
    opened.end()


def flags_become(target: Target, number: int, wanted: set[str], mailbox: str = "INBOX") -> None:
    """Thunderbird gathers changes of flags and stores them a moment later."""
    wait_until(
        lambda: set(dump.mailbox(target, mailbox).flags().get(number, ())) == wanted,
        f"flags {wanted} of message {number}",
    )


def numbers_become(target: Target, wanted: list[int], mailbox: str = "INBOX") -> None:
    wait_until(
        lambda: dump.mailbox(target, mailbox).uids().keys() == set(wanted),
        f"messages {wanted} in {mailbox}",
    )
    assert numbers(target.maildir, mailbox) == wanted


def test_mailboxes_are_listed_with_their_roles(target: Target, thunderbird: Thunderbird) -> None:
    with dump.connect(target) as session:
        session.create('"Entw&APw-rfe & more"'.replace(" & ", " &- "))
        session.subscribe('"Entw&APw-rfe &- more"')
    roles = thunderbird.script(
        """
        const inbox = await folderNamed("INBOX");
        await update(inbox);
        for (const name of ["Entw\u00fcrfe & more", ...args]) {
          await folderNamed(name);
        }
        const flags = Ci.nsMsgFolderFlags;
        const folders = {};
        for (const folder of server("imap").rootFolder.descendants) {
          folders[folder.name] = ["SentMail", "Drafts", "Trash", "Junk", "Archive", "Inbox"].filter(
            role => folder.flags & flags[role]
          );
        }
        return folders;
        """,
        *("Archive", "Drafts", "Junk", "Sent", "Trash"),
    )
    assert roles.pop("Entw\u00fcrfe & more") == []
    assert roles.pop("Inbox", None) == ["Inbox"] or roles.pop("INBOX") == ["Inbox"]
    assert roles == {
        "Sent": ["SentMail"],
        "Drafts": ["Drafts"],
        "Trash": ["Trash"],
        "Junk": ["Junk"],
        "Archive": ["Archive"],
    }


def test_inbox_is_shown_and_a_message_read_in_the_window(
    target: Target, thunderbird: Thunderbird
) -> None:
    for number in (0, 1, 3):
        deliver(target.maildir, numbered(number))
    shown = thunderbird.script(
        """
        const inbox = await folderNamed("INBOX");
        await update(inbox);
        await headerOf(inbox, "Message 3");
        const pane = await shown(inbox, 3);
        return await displayed(pane, "Message 1");
        """
    )
    assert shown["subject"] == "Message 1"
    assert "Gr\u00fc\u00dfe Nr. 1: \u4f60\u597d" in shown["text"]
    flags_become(target, 1, {"\\Seen"})
    assert dump.mailbox(target).flags()[0] == ()


def test_message_with_attachment_is_read_and_saved(
    target: Target, thunderbird: Thunderbird, home: Path
) -> None:
    message = with_attachment(1)
    deliver(target.maildir, message)
    answer = thunderbird.script(
        """
        const inbox = await folderNamed("INBOX");
        await update(inbox);
        const header = await headerOf(inbox, "An attachment");
        const octets = await octetsOf(header);
        return { octets, name: await saveAttachment(header, args[0]) };
        """,
        str(home / "saved"),
    )
    assert with_crlf(answer["octets"].encode("latin-1")) == message
    assert answer["name"] == ATTACHMENT_NAME
    assert (home / "saved").read_bytes() == ATTACHMENT


def test_large_message_is_fetched_in_slices(target: Target, thunderbird: Thunderbird) -> None:
    message = large(1, 3_000_000)
    deliver(target.maildir, message)
    octets = thunderbird.script(
        """
        const inbox = await folderNamed("INBOX");
        await update(inbox);
        return await octetsOf(await headerOf(inbox, "Message 1"));
        """
    )
    assert with_crlf(octets.encode("latin-1")) == message


def test_flags_and_tags_are_stored(target: Target, thunderbird: Thunderbird) -> None:
    for number in (0, 1):
        deliver(target.maildir, numbered(number))
    thunderbird.script(
        """
        const inbox = await folderNamed("INBOX");
        await update(inbox);
        const header = await headerOf(inbox, "Message 1");
        inbox.markMessagesRead([header], true);
        inbox.markMessagesFlagged([header], true);
        inbox.addKeywordsToMessages([header], "$label1");
        MailServices.tags.addTagForKey("projecttag", "Project", "#00FF00", "");
        inbox.addKeywordsToMessages([header], "projecttag");
        """
    )
    flags_become(target, 1, {"\\Seen", "\\Flagged", "$label1", "projecttag"})
    assert stored(target.maildir)[1].letters.startswith("FS")
    thunderbird.script(
        """
        const inbox = await folderNamed("INBOX");
        const header = await headerOf(inbox, "Message 1");
        inbox.markMessagesRead([header], false);
        inbox.removeKeywordsFromMessages([header], "$label1");
        """
    )
    flags_become(target, 1, {"\\Flagged", "projecttag"})
    assert dump.mailbox(target).flags()[0] == ()


def test_messages_are_moved_copied_and_deleted_to_trash(
    target: Target, thunderbird: Thunderbird
) -> None:
    for number in range(4):
        deliver(target.maildir, numbered(number))
    thunderbird.script(
        """
        const inbox = await folderNamed("INBOX");
        await update(inbox);
        const archive = await folderNamed("Archive");
        const sent = await folderNamed("Sent");
        const trash = await folderNamed("Trash");
        const [zero, one, two, three] = await Promise.all(
          [0, 1, 2, 3].map(number => headerOf(inbox, `Message ${number}`))
        );
        await copy(inbox, [zero], archive, true);
        await copy(inbox, [one], sent, false);
        await copyEnd(listener =>
          inbox.deleteMessages([two], null, false, false, listener, false)
        );
        await until("the rest", () => headers(inbox).length == 2);
        for (const [folder, subject] of [
          [archive, "Message 0"], [sent, "Message 1"], [trash, "Message 2"],
        ]) {
          await update(folder);
          await headerOf(folder, subject);
        }
        """
    )
    numbers_become(target, [1, 3])
    assert numbers(target.maildir, "Archive") == [0]
    assert numbers(target.maildir, "Sent") == [1]
    assert numbers(target.maildir, "Trash") == [2]


def test_trash_is_emptied(target: Target, thunderbird: Thunderbird) -> None:
    with dump.connect(target) as session:
        for number in (1, 2):
            session.append("Trash", "", "", numbered(number))
    thunderbird.script(
        """
        await update(await folderNamed("INBOX"));
        const trash = await folderNamed("Trash");
        await update(trash);
        await headerOf(trash, "Message 2");
        await urlEnd(listener => trash.emptyTrash(listener));
        """
    )
    numbers_become(target, [], "Trash")


def test_sent_message_and_draft_are_filed(
    target: Target, thunderbird: Thunderbird, home: Path
) -> None:
    for number, name in ((8, "sent.eml"), (2, "draft.eml")):
        (home / name).write_bytes(numbered(number))
    thunderbird.script(
        """
        await update(await folderNamed("INBOX"));
        await fileMessage(args[0], await folderNamed("Sent"), false, Ci.nsMsgMessageFlags.Read);
        await fileMessage(args[1], await folderNamed("Drafts"), true, Ci.nsMsgMessageFlags.Read);
        """,
        str(home / "sent.eml"),
        str(home / "draft.eml"),
    )
    flags_become(target, 8, {"\\Seen"}, "Sent")
    flags_become(target, 2, {"\\Seen", "\\Draft"}, "Drafts")
    assert stored(target.maildir, "Sent")[8].octets == numbered(8)


def test_new_mail_comes_by_itself(target: Target, thunderbird: Thunderbird) -> None:
    thunderbird.script("await update(await folderNamed('INBOX'));")
    deliver(target.maildir, numbered(1))
    thunderbird.script("await headerOf(findFolder('INBOX'), 'Message 1');")
    with dump.connect(target) as session:
        session.append("INBOX", "", "", numbered(2))
        thunderbird.script("await headerOf(findFolder('INBOX'), 'Message 2');")


def test_changes_of_another_client_are_seen(target: Target, thunderbird: Thunderbird) -> None:
    for number in range(3):
        deliver(target.maildir, numbered(number))
    thunderbird.script(
        """
        const inbox = await folderNamed("INBOX");
        await update(inbox);
        await until("all messages", () => headers(inbox).length == 3);
        """
    )
    uids = dump.mailbox(target).uids()
    with dump.connect(target) as session:
        session.select()
        session.uid("STORE", str(uids[1]), "+FLAGS", r"(\Seen \Flagged $label2)")
        thunderbird.script(
            """
            const header = await headerOf(findFolder("INBOX"), "Message 1");
            await until("the flags", () => {
              const { read, flagged, keywords } = summary(header);
              return read && flagged && keywords.includes("$label2");
            });
            """
        )
        session.uid("STORE", str(uids[1]), "-FLAGS", r"(\Flagged)")
        session.uid("STORE", str(uids[0]), "+FLAGS", r"(\Deleted)")
        session.expunge()
        left = thunderbird.script(
            """
            const inbox = findFolder("INBOX");
            await until("the expunge", () => headers(inbox).length == 2);
            const header = await headerOf(inbox, "Message 1");
            await until("the flag's end", () => !header.isFlagged);
            return headers(inbox).map(summary);
            """
        )
    assert {each["uid"] for each in left} == {uids[1], uids[2]}


def test_mailboxes_are_created_renamed_and_deleted(
    target: Target, thunderbird: Thunderbird
) -> None:
    thunderbird.script(
        """
        await update(await folderNamed("INBOX"));
        const root = server("imap").rootFolder;
        root.createSubfolder("B\u00fccher", null);
        const books = await folderNamed("B\u00fccher");
        books.createSubfolder("2026", null);
        await folderNamed("B\u00fccher/2026");
        """
    )
    assert set(_mailboxes(target)) >= {"B&APw-cher", "B&APw-cher/2026"}
    thunderbird.script(
        """
        (await folderNamed("B\u00fccher")).rename("Shelf", null);
        await folderNamed("Shelf/2026");
        await until("the old name's end", () => !findFolder("B\u00fccher"));
        """
    )
    wait_until(lambda: "Shelf/2026" in _mailboxes(target), "the new name")
    thunderbird.script(
        """
        (await folderNamed("Shelf")).deleteSelf(null);
        await folderNamed("Trash/Shelf");
        await until("the old place's end", () => !findFolder("Shelf"));
        """
    )
    wait_until(lambda: "Trash/Shelf/2026" in _mailboxes(target), "the move to Trash")
    thunderbird.script(
        "const trash = await folderNamed('Trash'); await urlEnd(each => trash.emptyTrash(each));"
    )
    wait_until(lambda: "Trash/Shelf" not in _mailboxes(target), "the deletion")
    left = dump.dump(target)
    assert not any("Shelf" in name or "B&APw-cher" in name for name in left.mailboxes)
    assert not any("Shelf" in name or "B&APw-cher" in name for name in left.subscribed)


def _mailboxes(target: Target) -> dict[str, dump.Mailbox]:
    return dump.dump(target).mailboxes


def test_search_runs_on_the_server(target: Target, thunderbird: Thunderbird) -> None:
    for number in range(6):
        deliver(target.maildir, numbered(number))
    found = thunderbird.script(
        """
        const inbox = await folderNamed("INBOX");
        await update(inbox);
        await until("all messages", () => headers(inbox).length == 6);
        return {
          body: await searchOnline(inbox, "Body", "message 5"),
          unicode: await searchOnline(inbox, "Body", "Gr\u00fc\u00dfe"),
          subject: await searchOnline(inbox, "Subject", "Message 3"),
        };
        """
    )
    assert found["body"] == ["Message 5"]
    assert found["unicode"] == ["Message 1"]
    assert found["subject"] == ["Message 3"]


def test_starttls_account(target: Target, home: Path) -> None:
    deliver(target.maildir, numbered(1))
    thunderbird = Thunderbird(target, home, security=STARTTLS)
    try:
        subjects = thunderbird.script(
            """
            const inbox = await folderNamed("INBOX");
            await update(inbox);
            await headerOf(inbox, "Message 1");
            return subjects(inbox);
            """
        )
    finally:
        thunderbird.end()
    assert subjects == ["Message 1"]


def test_second_start_fetches_only_what_is_new(target: Target, thunderbird: Thunderbird) -> None:
    for number in (0, 1):
        deliver(target.maildir, numbered(number))
    look = """
        const inbox = await folderNamed("INBOX");
        const known = subjects(inbox);
        await update(inbox);
        await headerOf(inbox, args[0]);
        return { known, now: subjects(inbox) };
    """
    first = thunderbird.script(look, "Message 1")
    thunderbird.quit()
    deliver(target.maildir, numbered(2))
    thunderbird.start()
    second = thunderbird.script(look, "Message 2")
    assert second["known"] == first["now"]
    assert set(second["now"]) == {"Message 0", "Message 1", "Message 2"}
