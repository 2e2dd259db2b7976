"""What stays resident, and what only looks, does not pay for the routes' libraries."""

import subprocess
import sys

SCRIPT = """
import sys
import selfheal.app.serve, selfheal.app.wiring
import selfheal.cli.main, selfheal.cli.root, selfheal.cli.commands.status
print(*sorted({"apprise", "certifi", "httpx", "requests", "smtplib"} & set(sys.modules)))
"""


def test_the_resident_and_status_load_none_of_them() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
