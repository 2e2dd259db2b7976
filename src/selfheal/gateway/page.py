"""Whether the gateway's page at `/` has to be there, which no config tells of a process that runs.

The page is turned off when the gateway begins, by a config that may have been changed since. So a missing
page makes it ill only where the very same process has shown it before, or one that began with this config.
"""

from enum import StrEnum

from selfheal.core.facts import GatewayProcess
from selfheal.gateway.configfile import ConfigLook


class Page(StrEnum):
    PROVEN = "proven"  # it was there
    UNPROVEN = "unproven"  # it should be there by the config of now, and was never seen
    OFF = "off"  # the config turns it off, or we cannot read what it says


class PageMemory:
    """Of the gateway's processes, one after the other. `_born`: the config when this one was first seen."""

    def __init__(self) -> None:
        self._process: tuple[int, float] | None = None
        self._born = ""
        self._shown = False
        self._shown_with: str | None = None

    def meet(self, process: GatewayProcess | None, config: ConfigLook) -> None:
        key = (process.pid, process.started) if process is not None else self._process
        if key != self._process:
            self._process, self._born, self._shown = key, config.mark, False

    def learn(self, root_status: int | None) -> None:
        if root_status == 200:  # noqa: PLR2004 - OK
            self._shown, self._shown_with = True, self._born

    def expect(self, config: ConfigLook) -> Page:
        if not config.serves_root:
            return Page.OFF
        return Page.PROVEN if self._shown or self._born == self._shown_with else Page.UNPROVEN
