"""What each exit code means; `docs/cli.md` is written from it."""

from selfheal.app.exit_codes import Exit

MEANING = {
    Exit.DONE: "Done; for `status` and `check`: every gateway is well.",
    Exit.NOT_WELL: "A gateway is not well (degraded counts as not well; so does one of which a living "
    "resident has written nothing for long), or what was asked for failed.",
    Exit.USAGE: "The command line is wrong.",
    Exit.NO_RESIDENT: "The resident is not running, so what is shown may be old.",
    Exit.LOCKED: "Another resident holds the lock.",
    Exit.KILLED: "A process that worked for the command was killed; what it says is not all.",
    Exit.OUTPUT: "What was to be said could not be written: the output is closed, full, or nobody reads it.",
    Exit.STORE: "The state folder, the database, or the folder of `simulate`'s disks cannot be used.",
    Exit.CONFIG: "The config has faults.",
    Exit.INTERRUPTED: "Interrupted by Ctrl-C, or by another signal in the middle of an install.",
}
