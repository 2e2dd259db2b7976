"""Where gateways are found, by OpenClaw's own rules."""

from pathlib import Path

import pytest

from selfheal.gateway.site import Whose, locate, site_of


def config(folder: Path, text: str = "{}") -> Path:
    folder.mkdir(parents=True)
    path = folder / "openclaw.json"
    path.write_text(text)
    return path


def whose(home: Path, port: int | None = None) -> Whose:
    return Whose(home, 1000, ("/usr/bin/openclaw",), port)


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert locate({}, whose(tmp_path)) == ()


def test_the_default_place(tmp_path: Path) -> None:
    path = config(tmp_path / ".openclaw")
    (site,) = locate({}, whose(tmp_path))
    assert (site.name, site.state_dir, site.config_path) == ("default", path.parent, path)
    assert (site.port, site.uid, site.command) == (18789, 1000, ("/usr/bin/openclaw",))
    assert site.lock_path == path.parent / "tmp" / "openclaw-1000" / "gateway.state.lock"
    assert site.database_path == path.parent / "state" / "openclaw.sqlite"


@pytest.mark.parametrize(
    ("explicit", "environment", "text", "port"),
    [
        (7001, {"OPENCLAW_GATEWAY_PORT": "7002"}, "{gateway:{port:7003}}", 7001),
        (None, {"OPENCLAW_GATEWAY_PORT": "7002"}, "{gateway:{port:7003}}", 7002),
        (None, {"OPENCLAW_GATEWAY_PORT": "127.0.0.1:7002"}, "{gateway:{port:7003}}", 7002),
        (None, {"OPENCLAW_GATEWAY_PORT": "soon"}, "{gateway:{port:7003}}", 7003),
        (None, {}, "{gateway:{port:'abc'}}", 18789),
        (None, {}, "{gateway:{port:70000}}", 18789),
        (None, {}, "{,,", 18789),
    ],
)
def test_order_of_ports(
    tmp_path: Path, explicit: int | None, environment: dict[str, str], text: str, port: int
) -> None:
    config(tmp_path / ".openclaw", text)
    assert site_of(environment, whose(tmp_path, explicit)).port == port


def test_the_environment_moves_state_and_config(tmp_path: Path) -> None:
    config(tmp_path / ".openclaw")
    path = config(tmp_path / "elsewhere", "{gateway:{port:7004}}")
    environment = {"OPENCLAW_STATE_DIR": "~/elsewhere", "OPENCLAW_GATEWAY_TOKEN": "secret", "PATH": "/bin"}
    (site,) = locate(environment, whose(tmp_path))
    assert (site.state_dir, site.config_path, site.port) == (path.parent, path, 7004)
    assert site.env == {"HOME": str(tmp_path), "OPENCLAW_STATE_DIR": "~/elsewhere", "PATH": "/bin"}


def test_profiles_are_targets_of_their_own(tmp_path: Path) -> None:
    config(tmp_path / ".openclaw")
    config(tmp_path / ".openclaw-work")
    config(tmp_path / ".openclaw-dev")
    (tmp_path / ".openclaw-backup").mkdir()
    environment = {"OPENCLAW_GATEWAY_PORT": "7005"}
    sites = {site.name: site for site in locate(environment, whose(tmp_path, port=7006))}
    assert {name: site.port for name, site in sites.items()} == {
        "default": 7006,
        "dev": 19001,
        "work": 41984,
    }
    assert sites["work"].env["OPENCLAW_PROFILE"] == "work"
    assert sites["work"].env["OPENCLAW_STATE_DIR"] == str(tmp_path / ".openclaw-work")


def test_a_legacy_folder_counts_only_alone(tmp_path: Path) -> None:
    (tmp_path / ".clawdbot").mkdir()
    (tmp_path / ".clawdbot" / "clawdbot.json").write_text("{}")
    (site,) = locate({}, whose(tmp_path))
    assert site.config_path == tmp_path / ".clawdbot" / "clawdbot.json"
    config(tmp_path / ".openclaw")
    (site,) = locate({}, whose(tmp_path))
    assert site.state_dir == tmp_path / ".openclaw"
