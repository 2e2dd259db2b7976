"""Both languages say everything, with the same values in the same sentence."""

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import get_args, get_type_hints

import pytest

from selfheal.texts.catalogue import Catalogue, fill, placeholders
from selfheal.texts.catalogue_en import ENGLISH
from selfheal.texts.catalogue_ko import KOREAN

TABLES = [field.name for field in fields(Catalogue) if field.name != "units"]


def table(catalogue: Catalogue, name: str) -> Mapping[StrEnum, str]:
    found: Mapping[StrEnum, str] = getattr(catalogue, name)
    return found


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("catalogue", [ENGLISH, KOREAN], ids=["en", "ko"])
def test_every_member_has_its_words(catalogue: Catalogue, name: str) -> None:
    enum = get_args(get_type_hints(Catalogue)[name])[0]
    words = table(catalogue, name)
    assert set(words) == set(enum)
    assert all(isinstance(key, enum) for key in words)
    assert all(text and text == text.strip() for text in words.values())


@pytest.mark.parametrize("name", TABLES)
def test_both_languages_use_the_same_placeholders(name: str) -> None:
    english, korean = table(ENGLISH, name), table(KOREAN, name)
    differing = {key for key in english if placeholders(english[key]) != placeholders(korean[key])}
    assert not differing


@pytest.mark.parametrize("name", TABLES)
def test_brackets_are_closed_and_flat(name: str) -> None:
    for catalogue in (ENGLISH, KOREAN):
        for text in table(catalogue, name).values():
            values = dict.fromkeys(placeholders(text), "x")
            assert not set("[]{}") & set(fill(text, values)), text
            assert not set("[]{}") & set(fill(text, {})), text


def test_what_is_unknown_is_left_out_or_dashed() -> None:
    assert fill("no answer[: {detail}]", {"detail": "timeout"}) == "no answer: timeout"
    assert fill("no answer[: {detail}]", {}) == "no answer"
    assert fill("away for {duration}", {}) == "away for –"


def test_what_comes_from_the_world_is_never_a_template() -> None:
    assert fill("failed[: {detail}]", {"detail": "[{x}]"}) == "failed: [{x}]"
