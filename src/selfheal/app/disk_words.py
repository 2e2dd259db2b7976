"""What is said of the disk while a resident runs: each change once. None of it ends the watch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from selfheal.core.instants import Now
from selfheal.core.state import Phase, State
from selfheal.ports.store import StoreError
from selfheal.runtime.chronicle import LogChronicle
from selfheal.store.fallback import DurableOrMemory


class DiskWords:
    """`targets`: the names of those that are watched."""

    def __init__(self, store: DurableOrMemory, chronicle: LogChronicle, targets: Sequence[str]) -> None:
        self._store = store
        self._chronicle = chronicle
        self._targets = targets
        self._degraded = ""
        self._recovered_from: Path | None = None
        self._told_aside = 0
        self._complaint = ""

    def tell(self, watched: Mapping[str, State] = MappingProxyType({})) -> None:
        """What has become of the database since this was last asked. What is watched goes on as it is."""
        if self._store.recovered_from != self._recovered_from:
            self._recovered_from = self._store.recovered_from
            moved = f"the database was damaged; it was moved to {self._recovered_from}, a new one begun"
            self._fault(f"{moved}. {self._left_of_it(watched)}")
        for complaint in self._store.set_aside[self._told_aside :]:
            self._fault(complaint)
        self._told_aside = len(self._store.set_aside)
        if self._store.degraded != self._degraded:
            self._degraded = self._store.degraded
            if self._degraded:
                self._fault(self._degraded)
            else:
                self._chronicle.over("the disk can be used again; everything kept is written")

    def _left_of_it(self, watched: Mapping[str, State]) -> str:
        """A pause or stop that is lost in silence is a gateway that is started against a person's word."""
        states = {name: watched.get(name) or self._store.load(name) for name in self._targets}
        read = [f"{name} ({_words_in(state)})" for name, state in states.items() if state is not None]
        gone = [name for name, state in states.items() if state is None]
        found = f"What could be read of it goes on: {', '.join(read)}. " if read else ""
        lost = (
            f"Nothing could be read of {', '.join(gone)}: a pause or a stop is lost with it. " if gone else ""
        )
        return f"{found}{lost}What was asked for last may be missing: see selfheal status, and say it again"

    def prune(self, now: Now) -> None:
        """Old entries that stay are no reason to end the watch."""
        complaint = ""
        try:
            self._store.prune(now)
        except StoreError as error:
            complaint = str(error)
        if complaint and complaint != self._complaint:
            self._fault(complaint)
        self._complaint = complaint

    def close(self) -> None:
        """The watch has ended as it was asked to: what the disk says of it now changes nothing."""
        try:
            self._store.close()
        except StoreError as error:
            self._fault(str(error))

    def _fault(self, what: str) -> None:
        self._chronicle.fault("", what)


def _words_in(state: State) -> str:
    """What a person had said, as far as it decides whether anything is done."""
    stopped = state.gateway.phase is Phase.STOPPED or state.gateway.unwanted
    words = ["paused"] if state.pause is not None else []
    words += ["stopped by a person"] if stopped else []
    words += [f"{level} switched off" for level in state.disabled]
    return ", ".join(words) or "neither paused nor stopped"
