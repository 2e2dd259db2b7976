"""The route that is always there: the alert's text on standard error, where a person or journald sees it."""

from collections.abc import Callable

from selfheal.core.alert import Notify
from selfheal.core.state import State
from selfheal.ports.chronicle import Lines
from selfheal.ports.service import Done
from selfheal.texts.printable import clean


class ConsoleTeller:
    """ports.teller.Teller. `text` makes the message of a Notify."""

    def __init__(self, text: Callable[[Notify], str], out: Lines) -> None:
        self._text = text
        self._out = out

    async def tell(self, target: str, notify: Notify, state: State) -> Done:
        del target, state
        try:
            self._out.write("".join(f"{clean(line)}\n" for line in self._text(notify).splitlines()))
            self._out.flush()
        except (OSError, ValueError) as error:
            return Done(succeeded=False, detail=f"cannot print the alert: {error}")
        return Done(succeeded=True)
