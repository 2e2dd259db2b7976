"""Puts the concrete rooms together for each gateway: which class of `gateway` and `services` stands for it.

What each gateway and its resident are made of besides is put together in `targets` and `serve`.
"""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from selfheal.app.owner import Owned
from selfheal.app.places import gateway_log
from selfheal.app.spare import SpareChild, spare_folder
from selfheal.config.settings import Settings, Target
from selfheal.gateway.openclaw import OpenClawGateway
from selfheal.gateway.site import DEFAULT_NAME, Site, Whose, site_of
from selfheal.ports.service import Service
from selfheal.services import commands
from selfheal.services.child import OwnChild
from selfheal.services.launchd import DEFAULT_LABEL, LaunchdJob
from selfheal.services.openclaw_cli import OpenClawCommand
from selfheal.services.systemd import SystemdUnit
from selfheal.services.systemd_units import Sought, find_units

EXTERNAL = {"OPENCLAW_SUPERVISOR_MODE": "external"}
"""For a gateway that we start: it ends instead of parking, and leaves repairs to us (decisions, contract)."""


def site_for(target: Target, settings: Settings, environ: Mapping[str, str]) -> Site:
    """Where this gateway lives, as the settings and then OpenClaw's own rules have it."""
    home = Path(environ.get("HOME") or Path.home())
    place = {"OPENCLAW_STATE_DIR": str(target.state_dir), "OPENCLAW_CONFIG_PATH": str(target.config_path)}
    if target.profile:
        place["OPENCLAW_PROFILE"] = target.profile
    log = gateway_log(settings, target)
    whose = Whose(home, os.getuid(), program(target, environ), target.port, log)
    site = site_of(place, whose)
    outer = {name: environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in environ}
    secret = {"OPENCLAW_GATEWAY_TOKEN": target.token} if target.token else {}
    return replace(site, name=target.name, env={**outer, **dict(target.env), **secret, **site.env})


def program(target: Target, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The words that are the OpenClaw program: the set command up to `gateway`, else the one on the PATH."""
    if target.command:
        words = target.command
        return words[: words.index("gateway")] if "gateway" in words else words[:1]
    found = shutil.which("openclaw", path=environ.get("PATH"))
    return (found,) if found else ()


async def service_for(target: Target, site: Site, settings: Settings, environ: Mapping[str, str]) -> Service:
    """Who runs this gateway: as set, else the manager that owns it, else we ourselves."""
    match target.service:
        case "systemd-user" | "systemd-system":
            unit = target.unit or _unit_name(target)
            return SystemdUnit(unit, user=target.service == "systemd-user", env=environ)
        case "launchd":
            return LaunchdJob(target.unit or job_name(target), env=environ)
        case "openclaw":
            return OpenClawCommand(site.command, {**target.without_others(environ), **site.env})
        case "child":
            return _child(target, site, settings, environ)
    if target.command:  # who says how it is started wants us to start it
        return _child(target, site, settings, environ)
    child = _child(target, site, settings, environ)
    job = _own_job(target, settings)
    owned = Owned(lambda: _owner(site, job, environ, child.pids), child)
    await owned.settle()
    return owned


async def _owner(
    site: Site, job: str, environ: Mapping[str, str], ours: Callable[[], frozenset[int]]
) -> Service | None:
    """`job`: of launchd. Raises what app.owner.Ask says."""
    if sys.platform == "darwin":
        plist = site.home / "Library" / "LaunchAgents" / f"{job}.plist"
        return LaunchdJob(job, plist=plist, env=environ) if job and plist.exists() else None
    pid = await _pid(site, ours)
    units = await find_units(Sought(site.port, site.state_dir, site.home, pid), env=environ)
    owners = [one for one in units if pid is None or one.status.main_pid]  # of a running one: who runs it
    return SystemdUnit(owners[0].unit, user=owners[0].user, env=environ) if owners else None


async def _pid(site: Site, ours: Callable[[], frozenset[int]]) -> int | None:
    gateway = OpenClawGateway(site, ours=ours)
    try:
        running = (await gateway.inspect()).process
    finally:
        gateway.close()
    return running.pid if running else None


def _child(target: Target, site: Site, settings: Settings, environ: Mapping[str, str]) -> SpareChild:
    folder = spare_folder(settings.state_dir, environ)
    usual = own_child(target, site, settings, environ)
    spare = own_child(target, site, settings, environ, folder) if folder else None
    return SpareChild(usual, spare, settings.state_dir)


def own_child(
    target: Target,
    site: Site,
    settings: Settings,
    environ: Mapping[str, str],
    folder: Path | None = None,
) -> OwnChild:
    """`folder`: see places.gateway_log."""
    env = child_environment(target, site, environ)
    return OwnChild(child_command(target, site), env, site.home, gateway_log(settings, target, folder))


def child_command(target: Target, site: Site) -> tuple[str, ...]:
    """A port that no person has set for us is the gateway's own affair: it reads its config, what that
    includes, and its .env anew at each start.
    """
    port = ("--port", str(target.port)) if target.port is not None else ()
    return target.command or (*(site.command or ("openclaw",)), "gateway", "run", *port)


def child_environment(target: Target, site: Site, environ: Mapping[str, str]) -> dict[str, str]:
    """What a gateway that runs as our child is given; what a person has set has the last word."""
    return {**target.child_environment(environ), **site.env, **EXTERNAL, **dict(target.env)}


def _unit_name(target: Target) -> str:
    """OpenClaw's own name for its unit."""
    profile = _profile(target)
    return f"openclaw-gateway-{profile}.service" if profile else "openclaw-gateway.service"


def job_name(target: Target) -> str:
    """OpenClaw's own label for its launchd job."""
    profile = _profile(target)
    return f"ai.openclaw.{profile}" if profile else DEFAULT_LABEL


def _profile(target: Target) -> str:
    """To OpenClaw the profile named «default» is none."""
    return "" if target.profile.lower() == DEFAULT_NAME else target.profile


def _own_job(target: Target, settings: Settings) -> str:
    """A profile has one job: the first target's. A second target's is none, or it stopped the first one's."""
    first = next(one for one in settings.targets if job_name(one) == job_name(target))
    return job_name(target) if first.name == target.name else ""


def gateway_for(site: Site, service: Service, say: Callable[[str], None]) -> OpenClawGateway:
    if not isinstance(service, Owned | SpareChild):  # a manager is the parent
        return OpenClawGateway(
            site, exit_code=service.exit_code, manager=service.state, run=commands.run, say=say
        )
    return OpenClawGateway(
        site,
        exit_code=service.exit_code,
        manager=service.state,
        ours=service.pids,
        failed=service.failed,
        output=service.output,
        run=commands.run,
        say=say,
    )
