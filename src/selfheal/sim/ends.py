"""When what lasts in the made-up world will be over."""

import math

from selfheal.sim.world import World


def next_end(world: World) -> float:
    """The first of all these ends, in `elapsed`; infinite if nothing lasts."""
    gateway = world.gateway
    ends = (
        *vars(world.until).values(),
        gateway.hung_until,
        gateway.suspended_until,
        gateway.root_bad_until,
        gateway.channels_bad_until,
        gateway.breaker_until,
        gateway.ready_at,
        gateway.port_at,
        gateway.drained_at or 0.0,
    )
    return min(filter(world.lasts, ends), default=math.inf)
