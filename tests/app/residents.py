"""A resident of its own process, which only watches."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONFIG = """\
[selfheal]
language = "en"
state_dir = "{state}"
[targets.main]
port = 1
config_path = "{path}"
"""


@contextmanager
def observing(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Its state is in `folder`/state, the gateway's config in `folder`/openclaw.json. It is ended with us."""
    config = folder / "config.toml"
    config.write_text(CONFIG.format(state=folder / "state", path=folder / "openclaw.json"), encoding="utf-8")
    with subprocess.Popen(
        (sys.executable, "-m", "selfheal", "--config", str(config), "run", "--observe"),
        env={"HOME": str(folder), "PATH": os.defpath},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
