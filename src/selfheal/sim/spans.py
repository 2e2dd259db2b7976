"""Until when each thing that befalls the made-up host lasts."""

from dataclasses import dataclass


@dataclass
class Spans:
    """In `elapsed`."""

    port: float = 0.0
    config_broken: float = 0.0
    config_refused: float = 0.0
    upkeep: float = 0.0
    disk_full: float = 0.0
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
