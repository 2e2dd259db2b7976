"""Level 4's last metre: telling a person."""

from typing import Protocol

from selfheal.core.alert import Notify
from selfheal.core.state import State
from selfheal.ports.service import Done


class Teller(Protocol):
    async def tell(self, target: str, notify: Notify, state: State) -> Done:
        """Never raises. Done when the person's route has taken it."""
        ...
