"""What one client may ask of the server, as plain numbers.

The engines and the network shells take these as parameters and never read a
configuration file; ``mailstore.config`` builds them from ``limits:`` in
``mailstore.yaml``. Sizes are octets, names that end in ``_s`` are seconds.
Every maximum is inclusive: a line of exactly ``line`` octets is accepted.
"""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class ImapLimits:
    """Limits of one IMAP connection.

    Attributes:
        line_before_login: Longest line, without its CRLF, until a user is known.
        line: Longest line once a user is known. RFC 7162, section 4, asks for
            8192 at least; clients that list thousands of UIDs send more.
        literal_before_login: Largest literal until a user is known; a larger
            one is refused when it is announced, and ``{n+}`` closes the connection.
        literals: Sum of all literals of one command, messages of APPEND aside.
        literal_count: Literals in one command, messages of APPEND aside.
        append: Largest message of an APPEND; told to clients as APPENDLIMIT
            (RFC 7889).
        append_messages: Messages in one APPEND (MULTIAPPEND, RFC 3502).
        nesting: Depth of parentheses in one command.
        tokens: Arguments of one command, counted at every depth.
        sequence_ranges: Ranges in one sequence set.
        search_keys: Keys of one SEARCH, at every depth.
        pipeline: Commands that wait while one runs; beyond it nothing is read.
        bad_commands: Commands answered BAD in a row before BYE.
        failed_logins: Refused logins that a connection survives; one more is
            answered and then BYE. Thunderbird tries three mechanisms with one password.
        login_timeout_s: From connect (TLS handshake included) to login.
        idle_timeout_s: Without a command, once logged in; RFC 9051, section 5.4,
            asks for 30 minutes at least. IDLE (RFC 2177) is bound by it too.
        idle_keep_alive_s: While IDLE waits, ``* OK Still here`` is sent so often, as
            Outlook stops to hear of mail when a router forgets a silent connection;
            0 is never, which spares the batteries of phones.
        progress_s: How often the client hears that a command goes on which takes long;
            RFC 9585, section 4, recommends 10 to 15 seconds.
        output: Answer octets held for a client that does not read; the command
            that makes them pauses above it.
    """

    line_before_login: int = 8 * KIB
    line: int = 64 * KIB
    literal_before_login: int = 4 * KIB
    literals: int = 1 * MIB
    literal_count: int = 1_000
    append: int = 64 * MIB
    append_messages: int = 1_000
    nesting: int = 32
    tokens: int = 20_000
    sequence_ranges: int = 20_000
    search_keys: int = 1_000
    pipeline: int = 64
    bad_commands: int = 20
    failed_logins: int = 3
    login_timeout_s: float = 60.0
    idle_timeout_s: float = 1800.0
    idle_keep_alive_s: float = 120.0
    progress_s: float = 10.0
    output: int = 1 * MIB


@dataclass(frozen=True, slots=True)
class Pop3Limits:
    """Limits of one POP3 connection.

    Attributes:
        line: Longest command line, without its CRLF. RFC 2449, section 4,
            says 255 with CRLF; long passwords and initial responses need more.
        auth_line: Longest line of a SASL exchange (RFC 5034, section 4).
        pipeline: Commands that wait while one runs (RFC 2449, section 6.6).
        bad_commands: Commands answered ``-ERR`` for their syntax, in a row,
            before the connection closes.
        failed_logins: Refused logins that a connection survives; one more closes it.
        login_timeout_s: From connect (TLS handshake included) to login.
        idle_timeout_s: Without a command, once logged in; RFC 1939, section 3,
            asks for 10 minutes at least. Nothing is deleted when it ends.
        output: Answer octets held for a client that does not read.
    """

    line: int = 1 * KIB
    auth_line: int = 12 * KIB
    pipeline: int = 256
    bad_commands: int = 20
    failed_logins: int = 3
    login_timeout_s: float = 60.0
    idle_timeout_s: float = 600.0
    output: int = 1 * MIB


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections one process holds, both protocols together.

    Attributes:
        total: In all. When full, the oldest connection without a user makes room.
        per_address: From one client address (one /64 network for IPv6).
        per_user: With one user logged in.
    """

    total: int = 2_000
    per_address: int = 100
    per_user: int = 50
