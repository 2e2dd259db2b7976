"""What the real OpenClaw says about the config that we write."""

import json
import subprocess

from selfheal.gateway.sandbox import Sandbox, gateway_command, gateway_environment


def test_real_openclaw_finds_nothing_wrong_with_the_config(sandbox: Sandbox) -> None:
    argv = (*gateway_command(sandbox)[:2], "config", "validate", "--json")
    environment = gateway_environment(sandbox)
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=120, check=True)
    answer = json.loads(done.stdout)
    assert answer == {"valid": True, "path": str(sandbox.config_path), "warnings": []}
