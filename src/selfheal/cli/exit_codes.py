"""One table of exit codes; `docs/cli.md` is written from it."""

from enum import IntEnum


class Exit(IntEnum):
    DONE = 0
    NOT_WELL = 1
    USAGE = 2
    NO_RESIDENT = 3
    LOCKED = 4
    OUTPUT = 73  # EX_CANTCREAT of sysexits.h
    STORE = 74  # EX_IOERR
    CONFIG = 78  # EX_CONFIG
    INTERRUPTED = 130  # 128 + SIGINT, as shells have it


MEANING = {
    Exit.DONE: "Done; for `status` and `check`: every gateway is well.",
    Exit.NOT_WELL: "A gateway is not well (degraded counts as not well), or what was asked for failed.",
    Exit.USAGE: "The command line is wrong.",
    Exit.NO_RESIDENT: "The resident is not running, so what is shown may be old.",
    Exit.LOCKED: "Another resident holds the lock.",
    Exit.OUTPUT: "What was to be said could not be written: the output is closed, full, or nobody reads it.",
    Exit.STORE: "The state folder or the database cannot be used.",
    Exit.CONFIG: "The config has faults.",
    Exit.INTERRUPTED: "Interrupted by Ctrl-C.",
}
