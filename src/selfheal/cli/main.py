"""The program's door: what every call has in common, whichever command it is.

Imports next to nothing: each command loads what it needs itself, and a plain `status` not even click.
"""

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from selfheal.app.exit_codes import Exit
from selfheal.cli import output, quick

if TYPE_CHECKING:
    from selfheal.cli.session import Session


def main(args: Sequence[str] | None = None, session: "Session | None" = None) -> int:
    """Runs one command and returns its exit code."""
    words = sys.argv[1:] if args is None else list(args)
    output.prepare()
    if not quick.is_plain_status(words):
        return _run(words, session)
    gc.disable()  # it ends before there is garbage worth looking for
    try:
        return _run(words, session)
    finally:
        gc.enable()
        gc.freeze()  # nor is it looked for at the end: all goes with the process


def _run(words: list[str], given: "Session | None") -> int:
    from selfheal.cli.session import Session  # noqa: PLC0415 - with the settings and all that they need

    session = given or Session(os.environ)
    try:
        code = _command(words, session)
        sys.stdout.flush()
    except OSError as error:
        if not output.fails(error):
            raise
        return _unwritten(error, session)
    except Exception as error:  # noqa: BLE001 - what is not known is raised again
        return _complain(error, session)
    return code


def _command(words: list[str], session: "Session") -> int:
    if quick.is_plain_status(words):
        from selfheal.cli.showing import show_status  # noqa: PLC0415 - without click

        session.config, session.forgiving = quick.config_file(words), True
        return show_status(session)
    from selfheal.cli.root import run  # noqa: PLC0415 - with click

    return run(words, session)


def _unwritten(error: OSError, session: "Session") -> int:
    """A reader that has gone (`| head`) had enough, and needs no word about it."""
    from selfheal.texts.describe import say  # noqa: PLC0415 - needed only where something went wrong
    from selfheal.texts.labels import Label  # noqa: PLC0415

    output.give_up()
    if not isinstance(error, BrokenPipeError):
        why = error.strerror or str(error)
        _say(say(Label.CANNOT_WRITE, session.language_without_settings, detail=why))
    return Exit.OUTPUT


def _complain(error: Exception, session: "Session") -> int:
    from selfheal.cli.errors import complaint  # noqa: PLC0415 - needed only where something went wrong

    known = complaint(error, session.language_without_settings)
    if known is None:
        raise error
    for line in known.lines:
        _say(line)
    return known.code


def _say(line: str) -> None:
    sys.stderr.write(f"selfheal: {line}\n")
