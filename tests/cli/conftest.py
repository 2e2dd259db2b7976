from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cli.worlds import FakeApp, FakeReader

from selfheal.cli.main import main
from selfheal.cli.session import Session


@dataclass
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def app(tmp_path: Path) -> FakeApp:
    return FakeApp(tmp_path, FakeReader())


@pytest.fixture
def run(app: FakeApp, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*args: str, **environ: str) -> Ran:
        code = main(args, Session(environ, lambda: app))
        seen = capsys.readouterr()
        return Ran(int(code), seen.out, seen.err)

    return call
