"""The link to a dashboard, as a message may hold it: a message is read by more people than a config."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

from selfheal.app.known_secrets import known_secrets
from selfheal.config.fault import Fault, Problem, Text
from selfheal.config.settings import Origin, Settings
from selfheal.texts.redact import Redactor

KEY = "notify.dashboard_url"
_NO_LINK = Text("no link", "링크 없음")


def link_of(url: str, redactor: Redactor) -> str:
    """Whole where it holds no secret, else without login, query and fragment; empty if one is left then.

    A link with «[redacted]» in it opens nothing.
    """
    return next((one for one in (url, _bare(url)) if redactor.redact(one) == one), "")


def _bare(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def warned(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """With one more warning where the link of messages is not the one that was set."""
    url = settings.notify.dashboard_url
    if not url:
        return settings
    link = link_of(url, Redactor(known_secrets(settings, environ)))
    if link == url:
        return settings
    origin = settings.origins.get(KEY, Origin())
    fault = Fault(origin.variable or KEY, origin.line, Problem.SECRET_LINK, (link or _NO_LINK,))
    return replace(settings, warnings=(*settings.warnings, fault))
