"""Sign-in: Twisted cred over a list of users, with password hashes of many kinds."""
