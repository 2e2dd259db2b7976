from selfheal.cli.layout import cut
from selfheal.cli.tones import Paint, Span, Tone, aligned, line, pad, text_of, width


def test_korean_letters_take_two_columns() -> None:
    assert width("정상 ok") == 7
    assert pad("정상", 6) == "정상  "


def test_columns_line_up_in_any_language() -> None:
    rows = aligned([[Span("심층 점검"), Span("a")], [Span("x"), Span("b")]])
    starts = {width(text_of(row)[: text_of(row).index(cell)]) for row, cell in zip(rows, "ab", strict=True)}
    assert starts == {11}


def test_a_line_is_cut_to_the_columns_that_it_has() -> None:
    assert text_of(cut(line("정상입니다", " well"), 6)) == "정상…"
    assert text_of(cut(line("short"), 6)) == "short"
    assert width(text_of(cut(line("정상입니다"), 4))) <= 4


def test_the_world_cannot_move_our_cursor() -> None:
    assert (
        Paint(colour=False)(line("a\x1b[2Jb\rc"))
        == "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}c"
    )


def test_colour_only_where_it_is_wanted() -> None:
    spans = line(Span("ill", Tone.BAD))
    assert Paint(colour=False)(spans) == "ill"
    assert Paint(colour=True)(spans) == "\x1b[31mill\x1b[0m"
