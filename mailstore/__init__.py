"""mailstore: an IMAP4 and POP3 mailbox server on Maildir."""

__version__ = "0.1.0"
