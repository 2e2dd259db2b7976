"""Writes docs/cli.md from the commands' own help: `python -m selfheal.cli.manual > docs/cli.md`."""

from collections.abc import Iterator

import click

from selfheal.cli.exit_codes import MEANING
from selfheal.cli.root import cli
from selfheal.cli.session import Session

WIDTH = 90
HEAD = """# The command line

This page is written from the program's own help by `python -m selfheal.cli.manual`; a test holds it current.

## Exit codes

| code | meaning |
|---:|---|
"""


def manual() -> str:
    codes = "".join(f"| {code.value} | {text} |\n" for code, text in MEANING.items())
    return HEAD + codes + "".join(_pages(cli, None, "selfheal"))


def _pages(command: click.Command, parent: click.Context | None, name: str) -> Iterator[str]:
    context = click.Context(
        command,
        parent=parent,
        info_name=name,
        obj=Session({}),
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        **command.context_settings,
    )
    yield f"\n## `{context.command_path}`\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            if found is not None:
                yield from _pages(found, context, child)


if __name__ == "__main__":
    click.echo(manual(), nl=False)
