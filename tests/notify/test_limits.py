"""What is shortened, hidden and refused before anything is sent."""

import pytest
from tests.notify.messages import FILE

from selfheal.notify.given import given_number, given_url, given_word
from selfheal.notify.hide import Secrets, secrets_of
from selfheal.notify.limits import CUT, divided, fitting, octets, shorten, units, without_title
from selfheal.notify.route import Attachment

FAMILY = "👨‍👩‍👧"


def test_what_fits_stays_as_it_is() -> None:
    assert shorten("abc", 3) == "abc"


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("abcd", 3, "ab…"),
        ("ab  cd", 5, "ab…"),
        (f"a{FAMILY}bc", 4, "a…"),
        ("ae\u0301bc", 3, "a…"),
        ("a\udcffb", 9, "a?b"),
        ("abc", 0, CUT),
    ],
)
def test_how_it_is_cut(text: str, most: int, short: str) -> None:
    assert shorten(text, most) == short


@pytest.mark.parametrize(
    ("text", "most", "start", "rest"),
    [
        ("abc", 3, "abc", ""),
        ("abcd", 3, "ab…", "cd"),
        ("ab\ncd\nef", 7, "ab\ncd\n…", "ef"),
        ("ab\n\ncd\nef", 8, "ab\n\ncd\n…", "ef"),
        ("abcdef\n\nef\ngh\nij", 13, "abcdef\n…", "ef\ngh\nij"),
        ("a\nbcdefgh", 6, "a\nbcd…", "efgh"),
        (f"a{FAMILY}bc", 4, "a…", f"{FAMILY}bc"),
        ("ab\udcff   ", 4, "ab?…", ""),
    ],
)
def test_how_it_is_divided(text: str, most: int, start: str, rest: str) -> None:
    assert divided(text, most) == (start, rest)
    assert len(start) <= most


def test_each_service_measures_in_its_own_way() -> None:
    assert (units("a🚨"), octets("a🚨한")) == (3, 8)
    assert shorten("🚨🚨🚨", 5, units) == "🚨🚨…"
    assert shorten("한한한", 8, octets) == "한…"


def test_the_title_is_not_said_twice() -> None:
    assert without_title("title\n\nbody\nmore") == "body\nmore"
    assert without_title("title alone\n") == "title alone\n"


def test_files_that_fit_are_taken_in_their_order() -> None:
    large = Attachment("large", b"x" * 100)
    assert fitting((FILE, large, FILE), 50) == ((FILE, FILE), ("large",))


def test_a_secret_url_is_hidden_in_pieces_and_in_each_form() -> None:
    hide = Secrets(
        secrets_of("https://user:pa%20ss@host.example/hook/Abcdefgh%2B1?key=12345678&a=b#fragment1")
    ).hide
    said = "at host.example: /hook/Abcdefgh+1 Abcdefgh%2B1 12345678 pa ss fragment1"
    assert hide(said) == "at host.example: *** *** *** *** ***"


def test_nothing_is_hidden_where_nothing_is_secret() -> None:
    assert Secrets(["", "abc"]).hide("abc") == "abc"


@pytest.mark.parametrize(
    "url",
    [
        "https://ntfy.sh",
        "http://localhost:8080/x",
        "http://127.0.0.1",
        "http://192.168.1.5:80",
        "http://[::1]:80",
        "http://box.lan",
    ],
)
def test_a_url_that_can_be_used(url: str) -> None:
    assert given_url(url, "it").geturl() == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ntfy.sh",
        "ftp://host/secret",
        "http://example.com/secret",
        "https://host:port/secret",
        "https:///secret",
        "https://host/sec ret",
        "https://host/sec\nret",
        "https://[secret",
    ],
)
def test_a_url_that_cannot_be_used_is_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"^cannot use it: ") as caught:
        given_url(url, "it")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("word", ["", "a b", "a\r\nb", "../b", "한"])
def test_a_token_that_cannot_be_one(word: str) -> None:
    with pytest.raises(ValueError, match=r"^cannot use the token: ") as caught:
        given_word(word, "the token")
    assert str(caught.value).count("token") == 1, "a name with its article fits into one place alone"


@pytest.mark.parametrize("number", ["", "-1", "12a", "१२"])
def test_a_channel_that_cannot_be_one(number: str) -> None:
    with pytest.raises(ValueError, match=r"^cannot use channel: "):
        given_number(number, "channel")
