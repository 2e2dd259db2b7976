"""The one table of exit codes: what the app ends with, the command line passes on."""

from enum import IntEnum


class Exit(IntEnum):
    DONE = 0
    NOT_WELL = 1
    USAGE = 2
    NO_RESIDENT = 3
    LOCKED = 4
    KILLED = 71  # EX_OSERR
    OUTPUT = 73  # EX_CANTCREAT of sysexits.h
    STORE = 74  # EX_IOERR
    CONFIG = 78  # EX_CONFIG
    INTERRUPTED = 130  # 128 + SIGINT, as shells have it
