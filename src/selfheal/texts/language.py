"""Which language a person is spoken to in: the setting, else the locale, else English."""

from collections.abc import Mapping
from enum import StrEnum


class Language(StrEnum):
    KO = "ko"
    EN = "en"


LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # the order in which POSIX asks them


def choose(setting: str, environ: Mapping[str, str]) -> Language:
    """`setting` is «ko», «en», or anything else for «as the locale says»."""
    if setting in set(Language):
        return Language(setting)
    locale = next((environ[name] for name in LOCALE_VARIABLES if environ.get(name)), "")
    return Language.KO if locale.lower().startswith("ko") else Language.EN
