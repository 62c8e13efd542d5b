"""What an authenticated user may do, whichever protocol carries it.

Everything a protocol engine asks for is awaited. A call on the store runs in place when it
is short and in a worker thread when it can be long; the engine cannot tell which.
"""
