"""Tables of the index.

Nothing is migrated: an index of another version is rebuilt from the Maildir.

Mod-sequences are milliseconds since the epoch, or one more than the last where the clock
does not move on. So they start above all that were given out when the index is made anew.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = 3
"""``PRAGMA user_version``; raise it with every change of the tables or of what they mean."""

APPLICATION_ID: Final = 0x6D736978
"""``PRAGMA application_id``: a file with another one is not ours."""

TABLES: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE mailboxes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    folder TEXT NOT NULL UNIQUE,        -- name on disk, empty for INBOX
    uid_validity INTEGER NOT NULL,
    mailbox_id BLOB NOT NULL,           -- 32 hexadecimal digits, as in dovecot-uidlist
    uid_next INTEGER NOT NULL,
    highest_mod_seq INTEGER NOT NULL,
    messages INTEGER NOT NULL,          -- these four are kept with every change of messages
    unseen INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    size INTEGER NOT NULL,
    first_recent INTEGER NOT NULL,      -- UIDs from here on were shown to no session as recent
    boot TEXT NOT NULL,                 -- boot of the machine that mod-sequences are good for
    keywords BLOB NOT NULL,             -- in the order learnt, separated by spaces
    letters BLOB NOT NULL,              -- keywords by letter when messages were last compared
    new_mtime INTEGER NOT NULL,         -- new/ and cur/ as last compared, see maildir.folder
    new_trust INTEGER NOT NULL,
    cur_mtime INTEGER NOT NULL,
    cur_trust INTEGER NOT NULL,
    list_mtime INTEGER NOT NULL,        -- dovecot-uidlist as last read, see maildir.uidlist
    list_size INTEGER NOT NULL,
    list_inode INTEGER NOT NULL,
    list_check INTEGER NOT NULL,
    list_lines INTEGER NOT NULL
);

CREATE TABLE messages (
    mailbox INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    mod_seq INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    keywords BLOB NOT NULL,
    size INTEGER NOT NULL,
    internal_date INTEGER NOT NULL,
    saved_at INTEGER NOT NULL,
    content INTEGER,
    unique_id BLOB,
    in_new INTEGER NOT NULL,            -- the file is in new/, else in cur/
    name BLOB NOT NULL,                 -- of the file, with its letters
    PRIMARY KEY (mailbox, uid)
) WITHOUT ROWID;

CREATE INDEX messages_by_mod_seq ON messages (mailbox, mod_seq);
CREATE INDEX messages_in_new ON messages (mailbox, uid) WHERE in_new;
CREATE INDEX messages_unseen ON messages (mailbox, uid) WHERE NOT flags & 1;
CREATE INDEX messages_by_content ON messages (content) WHERE content IS NOT NULL;

CREATE TABLE expunged (                 -- runs of UIDs that are no more
    mailbox INTEGER NOT NULL,
    mod_seq INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (mailbox, mod_seq, first)
) WITHOUT ROWID;

CREATE TABLE contents (                 -- shared by copies of a message
    id INTEGER PRIMARY KEY,
    envelope BLOB NOT NULL,
    body_structure BLOB NOT NULL,
    body BLOB NOT NULL,
    fields BLOB NOT NULL,
    parts BLOB NOT NULL
);

CREATE TABLE sort_keys (                -- of contents, by their ids; see mime.sort_keys
    id INTEGER PRIMARY KEY,
    sent_at INTEGER NOT NULL,
    base_subject BLOB NOT NULL,
    is_reply INTEGER NOT NULL,
    from_mailbox BLOB NOT NULL,
    to_mailbox BLOB NOT NULL,
    cc_mailbox BLOB NOT NULL,
    from_display BLOB NOT NULL,
    to_display BLOB NOT NULL,
    message_id INTEGER NOT NULL,
    refers_to BLOB NOT NULL
);

CREATE TRIGGER contents_gone AFTER DELETE ON contents BEGIN
    DELETE FROM sort_keys WHERE id = old.id;
END;
"""
