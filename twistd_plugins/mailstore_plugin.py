"""Makes ``twistd mailstore`` known to Twisted."""

from twisted.application.service import ServiceMaker

mailstore = ServiceMaker(
    "mailstore",
    "mailstore.tap",
    "IMAP4 and POP3 server on Maildir",
    "mailstore",
)
