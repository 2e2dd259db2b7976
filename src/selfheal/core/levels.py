"""The four levels, and what a person may ask of them: the words that all of core shares.

They stand apart from `observations`, so that who only shows a report loads none of these.
"""

from enum import StrEnum


class Level(StrEnum):
    WATCHDOG = "watchdog"
    HEALTHCHECK = "healthcheck"
    RECOVERY = "recovery"
    NOTIFICATION = "notification"

    @property
    def number(self) -> int:
        """From 1 on, as people call it."""
        return list(Level).index(self) + 1

    def is_after(self, other: "Level") -> bool:
        return self.number > other.number


class Request(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"
    START = "start"  # `selfheal up`: it is wanted up; a pause stays
    STOP = "stop"  # `selfheal down`: it has ended it, while nobody watched
    ENABLE = "enable"
    DISABLE = "disable"
    CHECK = "check"
    ACKNOWLEDGE = "acknowledge"  # the incident: somebody is at it, no reminders
