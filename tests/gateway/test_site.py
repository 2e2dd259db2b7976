"""Where gateways are found, by OpenClaw's own rules."""

from pathlib import Path

import pytest

from selfheal.gateway.site import Whose, site_of


def config(folder: Path, text: str = "{}") -> Path:
    folder.mkdir(parents=True)
    path = folder / "openclaw.json"
    path.write_text(text)
    return path


def whose(home: Path, port: int | None = None) -> Whose:
    return Whose(home, 1000, ("/usr/bin/openclaw",), port)


def test_the_default_place(tmp_path: Path) -> None:
    path = config(tmp_path / ".openclaw")
    site = site_of({}, whose(tmp_path))
    assert (site.name, site.state_dir, site.config_path) == ("default", path.parent, path)
    assert (site.port, site.uid, site.command) == (18789, 1000, ("/usr/bin/openclaw",))
    assert site.lock_path == path.parent / "tmp" / "openclaw-1000" / "gateway.state.lock"
    assert site.database_path == path.parent / "state" / "openclaw.sqlite"


@pytest.mark.parametrize(
    ("explicit", "text", "port"),
    [
        (None, "{gateway:{port:7003}}", 7003),
        (7001, "{gateway:{port:7003}}", 7001),
        (None, "{gateway:{port:'abc'}}", 18789),
        (None, "{gateway:{port:70000}}", 18789),
        (None, "{,,", 18789),
    ],
)
def test_order_of_ports(tmp_path: Path, explicit: int | None, text: str, port: int) -> None:
    config(tmp_path / ".openclaw", text)
    assert site_of({}, whose(tmp_path, explicit)).port == port


def test_the_environment_moves_state_and_config(tmp_path: Path) -> None:
    config(tmp_path / ".openclaw")
    path = config(tmp_path / "elsewhere", "{gateway:{port:7004}}")
    environment = {"OPENCLAW_STATE_DIR": "~/elsewhere", "OPENCLAW_GATEWAY_TOKEN": "secret", "PATH": "/bin"}
    site = site_of(environment, whose(tmp_path))
    assert (site.state_dir, site.config_path, site.port) == (path.parent, path, 7004)
    assert site.env == {"HOME": str(tmp_path), "OPENCLAW_STATE_DIR": "~/elsewhere", "PATH": "/bin"}


@pytest.mark.parametrize(("profile", "port"), [("dev", 19001), ("work", 41984)])
def test_a_profile_has_a_place_and_a_port_of_its_own(tmp_path: Path, profile: str, port: int) -> None:
    state_dir = config(tmp_path / f".openclaw-{profile}").parent
    site = site_of({"OPENCLAW_PROFILE": profile}, whose(tmp_path))
    assert (site.name, site.state_dir, site.port) == (profile, state_dir, port)
    assert site.env["OPENCLAW_PROFILE"] == profile
    assert site.env["OPENCLAW_STATE_DIR"] == str(state_dir)


def test_a_legacy_folder_counts_only_alone(tmp_path: Path) -> None:
    (tmp_path / ".clawdbot").mkdir()
    (tmp_path / ".clawdbot" / "clawdbot.json").write_text("{}")
    site = site_of({}, whose(tmp_path))
    assert site.config_path == tmp_path / ".clawdbot" / "clawdbot.json"
    config(tmp_path / ".openclaw")
    site = site_of({}, whose(tmp_path))
    assert site.state_dir == tmp_path / ".openclaw"
