"""A wrong command line, said in the language of whoever typed it. click's own sentences are English only."""

import re
from collections.abc import Iterator

import click

from selfheal.cli.session import Session
from selfheal.texts.describe import say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language

_QUOTED = re.compile(r"'([^']*)'|\(([^)]*)\)")


class WrongUse(click.UsageError):
    """Found by us, so it can be said in both languages: `values` fill the places of the label's sentence."""

    def __init__(self, label: Label, **values: object) -> None:
        super().__init__(say(label, Language.EN, **values))
        self.label, self.values = label, values


class WrongValue(click.BadParameter):
    """The same of the value of one option or argument."""

    def __init__(
        self,
        label: Label,
        param: click.Parameter | None = None,
        ctx: click.Context | None = None,
        hint: str | None = None,
        **values: object,
    ) -> None:
        super().__init__(say(label, Language.EN, **values), ctx, param, hint)
        self.label, self.values = label, values


class Refused(click.ClickException):
    """The command line is right, and what it asks for cannot be."""

    def __init__(self, label: Label, **values: object) -> None:
        super().__init__(say(label, Language.EN, **values))
        self.label, self.values = label, values


class WrongWords(click.UsageError):
    """A wrong command line, said in the person's language already."""


class RefusedWords(click.ClickException):
    """The command line is right, and what it asks for cannot be: said in the person's language already."""


def lines(error: click.ClickException, session: Session) -> Iterator[str]:
    language = _language(error, session)
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        yield context.get_usage().replace("Usage:", say(Label.USAGE, language), 1)
        yield say(Label.USAGE_HELP, language, command=context.command_path)
        yield ""
    yield say(Label.USAGE_ERROR, language, detail=_what(error, language))


def _language(error: click.ClickException, session: Session) -> Language:
    """`--lang` may have been read and not yet taken over when the rest of the line was found wrong."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if session.lang is None and context is not None:
        session.lang = context.find_root().params.get("lang")
    return session.language_without_settings


def _what(error: click.ClickException, language: Language) -> str:
    if isinstance(error, WrongUse | Refused):
        return say(error.label, language, **error.values)
    if language is Language.EN or isinstance(error, WrongWords | RefusedWords):
        return error.format_message()
    match error:
        case WrongValue():
            detail = say(error.label, language, **error.values)
            return say(Label.USAGE_VALUE, language, target=_name(error), detail=detail)
        case click.NoSuchOption():
            return say(Label.USAGE_OPTION, language, target=error.option_name)
        case click.MissingParameter():
            return say(Label.USAGE_MISSING, language, target=_name(error))
        case click.BadParameter():
            return say(
                Label.USAGE_VALUE, language, target=_name(error), detail=_allowed(error.param, language)
            )
        case click.BadOptionUsage():
            return say(Label.USAGE_NO_VALUE, language, target=error.option_name)
        case click.UsageError(ctx=click.Context(command=click.Group())):
            return say(Label.USAGE_COMMAND, language, target=_quoted(error))
        case _:
            return say(Label.USAGE_EXTRA, language, target=_quoted(error))


def _name(error: click.BadParameter) -> str:
    hint = error.param_hint or (error.param.get_error_hint(error.ctx) if error.param and error.ctx else "")
    return hint if isinstance(hint, str) else " / ".join(hint)


def _allowed(param: click.Parameter | None, language: Language) -> str:
    match param.type if param is not None else None:
        case click.Choice(choices=choices):
            return say(Label.ONE_OF, language, detail=", ".join(map(str, choices)))
        case _:
            return say(Label.WHOLE_NUMBER, language)


def _quoted(error: click.ClickException) -> str:
    found = _QUOTED.search(error.message)
    return (found[1] or found[2] or "") if found else ""
