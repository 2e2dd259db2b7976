"""OpenClaw profiles of this host that nobody has set up for us: told of, and never watched unasked."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from selfheal.config.build import PROFILE_FOLDER
from selfheal.config.environment import config_path, gateway_home
from selfheal.config.fault import Fault, Problem
from selfheal.config.settings import Settings

PROFILES_MAX = 16  # a home with more of them is something else's folder

_PROFILE = re.compile(r"(?!(?i:default)$)[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # OpenClaw's own rule


def not_watched(settings: Settings, environ: Mapping[str, str]) -> Iterator[Fault]:
    """A warning for each, with what to write. Who lists targets has said which, and is not asked."""
    watched = {target.state_dir for target in settings.targets}
    file = settings.path or config_path(environ)
    for folder in _profile_folders(gateway_home(environ)):
        if folder not in watched:
            name = folder.name.removeprefix(PROFILE_FOLDER)
            yield Fault(str(folder), None, Problem.NOT_WATCHED, (name, str(file)))


def _profile_folders(place: Path) -> list[Path]:
    try:
        found = sorted(place.glob(f"{PROFILE_FOLDER}*/openclaw.json"))
    except OSError:
        return []
    folders = (path.parent for path in found)
    return [one for one in folders if _PROFILE.fullmatch(one.name.removeprefix(PROFILE_FOLDER))][
        :PROFILES_MAX
    ]
