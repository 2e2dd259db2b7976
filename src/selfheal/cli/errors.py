"""What went wrong, in a person's words and with its exit code. Imported only when something did."""

from dataclasses import dataclass

from selfheal.app.exit_codes import Exit
from selfheal.config.fault import ConfigFaults
from selfheal.ports.store import StoreError
from selfheal.store.lock import LockHeld
from selfheal.store.reader import NoDatabaseError
from selfheal.texts.language import Language


@dataclass(frozen=True, slots=True)
class Complaint:
    lines: tuple[str, ...]
    code: Exit


def complaint(error: Exception, language: Language) -> Complaint | None:
    """None: not foreseen, so it must be seen whole."""
    match error:
        case ConfigFaults():
            return Complaint(error.lines(language), Exit.CONFIG)
        case LockHeld():
            return Complaint((str(error),), Exit.LOCKED)
        case NoDatabaseError():
            return Complaint((str(error),), Exit.NO_RESIDENT)
        case StoreError():
            return Complaint((str(error),), Exit.STORE)
        case _:
            return None
