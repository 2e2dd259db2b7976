"""What a SIGHUP makes of the settings. Nothing is installed or written for it, and nothing looked up."""

from dataclasses import replace

from selfheal.app.places import in_sandbox, uses_sandbox
from selfheal.config.settings import Settings


def reloaded(old: Settings, fresh: Settings) -> Settings:
    """What was read anew; the sandbox that is watched stays the target, as no file names it."""
    boxed = next((target for target in old.targets if in_sandbox(old, target)), None)
    if boxed is None or not uses_sandbox(fresh):
        return fresh
    return replace(fresh, targets=(replace(boxed, policy=fresh.targets[0].policy),))
