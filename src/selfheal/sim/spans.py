"""Until when each thing that befalls the made-up host lasts, and what of it is still to be said."""

from dataclasses import dataclass, replace


@dataclass
class Package:
    """The installed program. `version`: changes with any work on it; `bad`: how many bad ones there were."""

    version: int = 1
    bad: int = 0
    since: float = 0.0  # when it lost a file
    refuses: bool = False  # a bad version: the config
    dies_after_s: float = 0.0  # else each start of it

    def is_changed(self) -> None:
        self.version += 1


@dataclass
class Spans:
    """In `elapsed`."""

    port: float = 0.0
    config_broken: float = 0.0
    config_refused: float = 0.0
    upkeep: float = 0.0
    disk_full: float = 0.0
    package: float = 0.0
    bad_version: float = 0.0
    load: float = 0.0
    blind: float = 0.0
    start_refused: float = 0.0
    signal_refused: float = 0.0
    orders_hang: float = 0.0
    crash_loop: float = 0.0
    start_hangs: float = 0.0
    rival: float = 0.0
    route_down: float = 0.0
    route_loses: float = 0.0
    route_slow: float = 0.0

    def put_right(self) -> "Spans":
        """Once a person, or a doctor, has ended what can be ended on the host."""
        return replace(self, **dict.fromkeys((*FOR_A_PERSON, *OF_THE_HOST), 0.0))

    def left_broken(self) -> "Spans":
        """What only a person ends."""
        return Spans(**{name: getattr(self, name) for name in FOR_A_PERSON})


FOR_A_PERSON = (
    "port",
    "config_broken",
    "config_refused",
    "package",
    "bad_version",
    "crash_loop",
    "start_refused",
    "start_hangs",
)
OF_THE_HOST = ("disk_full", "blind", "signal_refused", "orders_hang")
