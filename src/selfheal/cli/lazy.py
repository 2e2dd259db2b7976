"""A click group that imports a subcommand only when it is run or listed."""

from collections.abc import Mapping
from importlib import import_module

import click


class LazyGroup(click.Group):
    """`places`: command name -> `module:attribute`, in the order in which they are listed."""

    def __init__(self, *args: object, places: Mapping[str, str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # click's own arguments, passed through
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        place = self._places.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found
