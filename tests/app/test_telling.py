"""The commands of an alert about the sandbox's gateway: they work as they stand there."""

import subprocess
from pathlib import Path

import pytest

from selfheal.app.places import SANDBOX_TARGET, sandbox_config, sandbox_log, watched
from selfheal.app.telling import place_in
from selfheal.config.load import load
from selfheal.core.reasons import Cause
from selfheal.gateway.sandbox_install import place_of
from selfheal.texts.next_commands import Gateway, commands

NODE = '#!/bin/sh\nread -r first < "$1"\necho "$first in $HOME: $2 $3"\n'


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")
    path.chmod(0o700)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "a home"  # a shell would take it for two words


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(home.parent / "its cache")}


@pytest.fixture
def gateway(home: Path, environ: dict[str, str]) -> Gateway:
    settings = watched(load(None, environ))
    written(sandbox_config(settings), '{"gateway": {"port": 28940}}')
    written(sandbox_log(settings), "it said so\n")
    found = place_of(home.parent / "its cache" / "selfheal")
    written(found.node, NODE)
    written(found.openclaw, "openclaw\n")
    return place_in(watched(load(None, environ)), environ, "mac-mini")(SANDBOX_TARGET).gateway


def said(line: str, environ: dict[str, str]) -> str:
    ran = subprocess.run(
        ("/bin/sh", "-c", line), env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    return ran.stdout


def test_the_sandboxs_own_program_is_called_in_its_home(
    gateway: Gateway, home: Path, environ: dict[str, str]
) -> None:
    validate, *_ = commands(None, Cause.CONFIG_UNLOADABLE, 1, gateway)
    boxed = sandbox_config(load(None, environ)).parents[1]
    assert boxed.is_relative_to(home)
    assert said(validate, environ) == f"openclaw in {boxed}: config validate\n"


def test_the_sandboxs_own_log_is_shown(gateway: Gateway, environ: dict[str, str]) -> None:
    tail = commands(None, None, 1, gateway)[-1]
    assert said(tail, environ) == "it said so\n"


def test_the_sandbox_is_asked_on_its_own_port(gateway: Gateway) -> None:
    _, ask, _ = commands(None, Cause.NOT_ANSWERING, 1, gateway)
    assert ask == "curl -i http://127.0.0.1:28940/"


def test_the_sandboxs_program_is_put_in_place_again_by_us(gateway: Gateway) -> None:
    assert "selfheal check" in commands(None, Cause.PACKAGE_BROKEN, 1, gateway)
    assert "npm install -g openclaw" in commands(None, Cause.PACKAGE_BROKEN, 1, Gateway())
