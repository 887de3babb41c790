"""What follows the language besides the texts: order of writing, goods, days, numbers, yes and no."""

from __future__ import annotations

import pytest

from feedbackbot.engine.answers import understand
from feedbackbot.engine.chat import PurchaseFacts
from feedbackbot.engine.reading.loader import load_library, packaged_folder
from feedbackbot.engine.script import Ask, Place, QuestionType, Timeout
from feedbackbot.engine.talking.saying import parts_of
from feedbackbot.engine.times.durations import find_duration
from feedbackbot.engine.translating.goods import retention_in_words, title_in_words
from feedbackbot.engine.wording import render

FSI, PDI, LRM = "\u2068", "\u2069", "\u200e"
A_DAY = find_duration("1d")


def ask(kind: QuestionType) -> Ask:
    assert A_DAY is not None
    place = Place(file="x.yaml", line=1, column=1)
    timeout = Timeout(after=A_DAY, goto="quiet")
    return Ask(id="x", place=place, ask="?", type=kind, next=(), timeout=timeout)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Birch & Lane", f"{FSI}Birch & Lane{PDI}"),
        ("#1001-7", f"{FSI}#1001-7{PDI}"),
        ("ليلى", "ليلى"),
        ("5", "5"),
        ("https://example.com/a", "https://example.com/a"),
        (f"{FSI}Shoes{PDI} ومنتج آخر", f"{FSI}Shoes{PDI} ومنتج آخر"),
    ],
)
def test_names_from_the_other_direction_are_kept_apart_in_arabic(value: str, shown: str) -> None:
    assert render("من {{ name }}.", {"name": value}, language="ar") == f"من {shown}."


def test_nothing_is_put_into_texts_that_run_from_left_to_right() -> None:
    assert render("of {{ name }}: /stop", {"name": "ليلى"}) == "of ليلى: /stop"


def test_the_slash_of_a_command_stays_in_front_of_it_in_arabic() -> None:
    text = "للإيقاف: /stop أو https://example.com/stop"

    assert render(text, {}, language="ar") == f"للإيقاف: {LRM}/stop أو https://example.com/stop"


@pytest.mark.parametrize(
    ("language", "more", "title"),
    [
        ("en", 1, "Shoes and 1 more"),
        ("es-AR", 2, "Shoes y 2 más"),
        ("de", 1, "Shoes und 1 weiterer Artikel"),
        ("de", 3, "Shoes und 3 weitere Artikel"),
        ("pt-BR", 2, "Shoes e mais 2"),
        ("ar", 1, f"{FSI}Shoes{PDI} ومنتج آخر"),
        ("ar", 2, f"{FSI}Shoes{PDI} ومنتجان آخران"),
        ("ar", 5, f"{FSI}Shoes{PDI} و5 منتجات أخرى"),
        ("ar", 12, f"{FSI}Shoes{PDI} و12 منتجًا آخر"),
        ("ar", 100, f"{FSI}Shoes{PDI} و100 منتج آخر"),
        ("sv", 2, "Shoes and 2 more"),
    ],
)
def test_the_goods_are_counted_as_the_language_counts(language: str, more: int, title: str) -> None:
    purchase = PurchaseFacts(number="1", items=("Shoes", *["Socks"] * more))

    assert title_in_words(purchase, language) == title


def test_an_order_without_goods_has_a_name_in_every_language() -> None:
    names = {title_in_words(PurchaseFacts(number="1", items=()), one) for one in ("en", "es", "ar")}

    assert names == {"your order", "tu pedido", "طلبكم"}


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "two years"), ("es", "2 años"), ("de", "2 Jahre"), ("pt", "2 anos"), ("ar", "سنتان")],
)
def test_how_long_things_are_kept_follows_the_language(language: str, words: str) -> None:
    shop = load_library(packaged_folder()).shop

    assert retention_in_words(shop, language, written_in="en") == words


@pytest.mark.parametrize(
    ("language", "typed", "number"),
    [
        ("ar", "٤", 4),
        ("ar", "خمسة نجوم", 5),
        ("ja", "４", 4),
        ("es", "cuatro estrellas", 4),
        ("de", "fünf Sterne", 5),
        ("pt", "três estrelas", 3),
    ],
)
def test_stars_are_understood_as_people_write_them(language: str, typed: str, number: int) -> None:
    meant = understand(ask(QuestionType.RATING), typed, language=language)

    assert meant is not None
    assert meant.number == number


@pytest.mark.parametrize(
    ("language", "typed", "value"),
    [
        ("es", "mucho mejor", "2"),
        ("de", "Etwa gleich", "0"),
        ("pt", "pior", "-1"),
        ("ar", "أفضل بكثير", "2"),
        ("ar", "كما توقعت تقريبًا", "0"),
    ],
)
def test_the_scale_of_expectations_is_understood_in_its_language(
    language: str, typed: str, value: str
) -> None:
    meant = understand(ask(QuestionType.GAP), typed, language=language)

    assert meant is not None
    assert meant.value == value


@pytest.mark.parametrize(("language", "word"), [("es", "sí"), ("pt", "sim"), ("ar", "نعم")])
def test_a_switch_reads_as_yes_in_the_language(language: str, word: str) -> None:
    assert render("{{ gift }}", {"gift": True}, language=language) == word


def test_long_texts_without_spaces_are_cut_where_a_phone_would_refuse_them() -> None:
    text = "とても歩きやすい靴でした。" * 700

    parts = parts_of(text)

    assert "".join(parts) == text
    assert all(len(part.encode("utf-16-le")) // 2 <= 4096 for part in parts)


@pytest.mark.parametrize("language", ["es", "de", "pt", "ar"])
def test_both_ends_of_the_scale_are_named_in_every_language(language: str) -> None:
    script = load_library(packaged_folder()).scripts["after_purchase"].translations[language]
    rate, expected = script.steps["rate"], script.steps["expected"]
    assert isinstance(rate, Ask)
    assert isinstance(expected, Ask)

    # one star and five, each with what it means
    assert "5" in rate.ask
    assert rate.ask.count(":") + rate.ask.count("heißt") >= 2
    for typed in ("-2", "-1", "0", "1", "2"):
        meant = understand(expected, typed, language=language)
        assert meant is not None
        # the question offers the words that stand on the buttons
        bare = meant.label.casefold().replace("توقعت", "توقعتم")
        assert bare in expected.ask.casefold()


@pytest.mark.parametrize("language", ["en", "es", "de", "pt", "ar"])
def test_what_telegram_shows_of_the_bot_fits_whatever_the_shop_is_called(language: str) -> None:
    base = load_library(packaged_folder()).common
    texts = base.translations.get(language, base).texts
    names = {"shop": {"name": "The Birch & Lane Trading Co."}}

    shown = {key: text for key, text in texts.items() if key.startswith(("profile.", "commands."))}
    said = {key: render(text, names, language=language) for key, text in shown.items()}

    assert len(said["profile.description"]) <= 512
    assert len(said["profile.short"]) <= 120
    assert all(len(words) <= 256 for key, words in said.items() if key.startswith("commands."))
