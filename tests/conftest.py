"""What is true of every test."""

import signal


def pytest_configure() -> None:
    """Who is run in the background has SIGINT ignored, and so has what it starts. Ctrl-C is tested here."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
