"""The made-up services answer as the real ones do."""

import asyncio
from pathlib import Path

from tests.notify.standin import Authority, reach_to
from tests.notify.world import Fate, Services

from selfheal.notify.route import Message, Severity
from selfheal.notify.slack import Slack


def test_what_proves_that_a_slack_webhook_lives_is_shown_to_nobody(tmp_path: Path) -> None:
    """Empty texts once stood among the messages of a benchmark, and the route was said to fail."""
    authority, fate = Authority(tmp_path), Fate()
    services = Services(authority, fate)

    async def use() -> None:
        reach = reach_to(services.port, authority.bundle)
        route = Slack("slack", "https://hooks.slack.com/services/T0/B0/token", reach)
        try:
            await route.prove(Message("mark", "thread", Severity.INFO, "title", "body"))
            await route.send(Message("mark", "thread", Severity.INFO, "title", "body"))
        finally:
            await route.close()

    try:
        asyncio.run(use())
    finally:
        services.close()
    assert fate.record.shown["slack"] == ["body"]
