"""`selfheal completion`: a script for the shell."""

import click
from click.shell_completion import get_completion_class

VARIABLE = "_SELFHEAL_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Prints the completion script for SHELL: eval "$(selfheal completion bash)"."""
    found = get_completion_class(shell)
    if found is None:  # the choice above names what click knows
        raise click.ClickException(f"cannot complete in {shell}: click does not know it")
    script = found(ctx.find_root().command, {}, "selfheal", VARIABLE)
    click.echo(script.source_template % script.source_vars())
