"""Where a route leads: two that lead to the same place fail together, whatever their names."""

from urllib.parse import urlsplit

from selfheal.config.route_fields import RouteKind
from selfheal.config.routes import RouteSettings


def address_of(route: RouteSettings) -> tuple[str, ...]:
    """The same for two routes that end at the same place of the same service."""
    match route.kind:
        case RouteKind.DISCORD_BOT:
            return (route.kind, route.channel.strip())
        case RouteKind.TELEGRAM:
            return (route.kind, route.chat.strip().lower())  # a topic of it is the same chat
        case RouteKind.NTFY:
            return (route.kind, *_place(route.server), route.topic)
        case RouteKind.EMAIL:
            return (route.kind, *sorted({one.strip().lower() for one in route.to}))
        case RouteKind.DISCORD_WEBHOOK:
            return (
                route.kind,
                *_place(route.url)[1].partition("/webhooks/")[1:],
            )  # whatever host and version
        case RouteKind.DESKTOP | RouteKind.GITHUB:
            return (route.kind, route.repository.lower())
        case _:
            return (route.kind, *_place(route.url), route.url.partition("?")[2])


def _place(url: str) -> tuple[str, str]:
    """Host and path, as they are however they are spelt. What cannot be read is taken as it stands."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ("", url)
    scheme = "" if parts.scheme in {"http", "https"} else parts.scheme
    return (f"{scheme}{parts.netloc.lower().removesuffix(':443')}", parts.path.rstrip("/"))
