"""What people type, and what it means at each type of question."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from feedbackbot.engine.answers import (
    Understood,
    buttons_of,
    by_choice,
    choices_of,
    is_valid,
    understand,
)
from feedbackbot.engine.script import Ask, Place, QuestionType, Timeout, Validate

ARRIVED = {"here": "Yes, it is here", "waiting": "Not yet"}


def question(
    kind: str,
    choices: dict[str, str] | None = None,
    buttons: tuple[str, ...] = (),
    *,
    validate: Validate | None = None,
) -> Ask:
    return Ask(
        id="asked",
        place=Place(file="script.yaml", line=1, column=1),
        ask="How was it?",
        type=QuestionType(kind),
        next=(),
        timeout=Timeout(after=timedelta(days=1), goto="quiet"),
        choices=choices or {},
        buttons=buttons,
        validate=validate,
    )


def value(ask: Ask, text: str, language: str = "en") -> object:
    understood = understand(ask, text, language=language)
    return None if understood is None else understood.value


@pytest.mark.parametrize(
    "text",
    [
        "4",
        " 4 ",
        "4!",
        "4, great!",
        "4 - lovely",
        "4 😀",
        "★★★★",
        "⭐⭐⭐⭐",
        "★★★★☆",
        "4 ★",
        "4 stars",
        "four",
        "Four.",
        "4/5",
        "4 out of 5",
        "4️⃣",
        "４",
        "٤",
        "cuatro",
        "vier Sterne",
        "quatro",
        "أربعة",
    ],
)
def test_four_stars_are_understood_however_they_are_typed(text: str) -> None:
    assert understand(question("rating"), text, language="en") == Understood(
        value="4", number=4.0, label="4 ★"
    )


@pytest.mark.parametrize(
    "text",
    [
        *("45", "5a", "10", "0", "6", "-4", "4.5", "4,5", "3-4", "4/10", "5%", "★★★★★★", "", "  "),
        *("3 weeks late", "one of them broke", "4, but 2 broke", "box crushed"),
        *("4 of my 5 friends", "4" * 5000, "+44 20 7946 0000"),
    ],
)
def test_what_might_mean_something_else_is_no_rating(text: str) -> None:
    assert understand(question("rating"), text, language="en") is None


@pytest.mark.parametrize("language", ["en", "es", "de", "pt", "ar"])
@pytest.mark.parametrize(
    "text",
    [
        *("Um, hard to say", "Um... not great", "Um pouco caro", "Um pouco, sim", "One, no"),
        *("Uno, no sé", "Un poco", "Una lástima", "Dos cosas: tarde y roto", "Cinco, no sé"),
        *(
            "Ein Drama",
            "Eine, nein",
            "Null Ahnung",
            "Null, nichts",
            "Achtung, kaputt",
            "Vier, naja",
        ),
        *("واحد منهم مكسور", "واحد، لا", "خمسة أيام"),
        *("3 of us came", "2 weeks late", "2 of them broke", "1st time here", "4/5 of them broke"),
    ],
)
def test_a_number_word_before_other_words_is_no_rating(text: str, language: str) -> None:
    assert understand(question("rating"), text, language=language) is None


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        *(("um", "pt", 1), ("Um!", "pt-BR", 1), ("um", "en", None), ("Um...", "de", None)),
        *(("null", "de", 0), ("null", "en", None), ("Null.", "es", None)),
        *(("One.", "en", 1), ("acht!", "de", 8), ("uno", "es", 1), ("واحد", "ar", 1)),
    ],
)
@pytest.mark.parametrize("kind", ["nps", "number"])
def test_a_number_word_alone_counts_where_it_is_no_other_word(
    kind: str, text: str, language: str, number: float | None
) -> None:
    understood = understand(question(kind), text, language=language)

    assert (understood.number if understood else None) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("five stars", 5), ("Five stars, lovely", 5), ("una estrella", 1)),
        *(
            ("um estrela", 1),
            ("uma estrela", 1),
            ("duas estrelas", 2),
            ("Ein Stern, mehr nicht", 1),
        ),
        *(("ثلاث نجوم", 3), ("أربع نجوم", 4), ("خمس نجوم", 5)),
    ],
)
def test_a_number_word_before_stars_counts_them(text: str, number: int) -> None:
    understood = understand(question("rating"), text, language="en")

    assert understood is not None
    assert understood.number == number


@pytest.mark.parametrize("language", ["en", "es", "de", "pt", "ar"])
@pytest.mark.parametrize(
    "text",
    ["Um, no", "Um... not sure", "One, no", "Um, not really", "Eins, nein", "Uno, no", "واحد، لا"],
)
def test_a_number_word_before_other_words_chooses_nothing(text: str, language: str) -> None:
    choices = {"solved": "Yes, solved", "open": "Still trouble"}

    assert value(question("choice", choices), text, language) is None


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [
        ("nps", "10", 10),
        ("nps", "0", 0),
        ("nps", "ten", 10),
        ("nps", "9/10", 9),
        ("nps", "11", None),
        ("nps", "★★★★", None),
        ("ces", "7", 7),
        ("ces", "8", None),
        ("gap", "much better", 2),
        ("gap", "Worse, sadly", -1),
        ("gap", "the same", 0),
        ("gap", "-2", -2),
        ("gap", "+1", 1),
        ("gap", "−1", -1),
        ("gap", "3", None),
        ("gap", "better than I thought", None),
    ],
)
def test_scales_are_understood_in_figures_and_words(
    kind: str, text: str, number: float | None
) -> None:
    understood = understand(question(kind), text, language="en")

    assert (understood.number if understood else None) == number


def test_the_gap_is_understood_in_the_language_of_the_chat() -> None:
    understood = understand(question("gap"), "viel besser!", language="de")

    assert understood == Understood(value="2", number=2.0, label="Viel besser")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Yes, it is here", "here"),
        ("YES IT IS HERE!", "here"),
        ("here", "here"),
        ("yes", "here"),
        ("1", "here"),
        ("2", "waiting"),
        ("no", "waiting"),
        ("not yet, and it is late", "waiting"),
        ("3", None),
        ("y", None),
        ("who knows", None),
    ],
)
def test_a_choice_is_known_by_label_key_number_or_beginning(text: str, key: str | None) -> None:
    assert value(question("choice", ARRIVED), text) == key


def test_a_choice_does_not_mind_accents_but_minds_ambiguity() -> None:
    when = question("choice", {"morning": "Mañana", "later": "Más tarde"})

    assert value(when, "manana", "es") == "morning"
    assert value(when, "mas", "es") == "later"
    assert value(when, "ma", "es") is None


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("price, quality", ("price", "quality")),
        ("quality and price", ("price", "quality")),
        ("1 & 3", ("price", "service")),
        ("Help and returns", ("service",)),
        ("price and the weather", None),
    ],
)
def test_several_choices_are_all_understood_or_none(
    text: str, keys: tuple[str, ...] | None
) -> None:
    reasons = {"price": "Price", "quality": "Quality", "service": "Help and returns"}

    assert value(question("choices", reasons), text) == keys


@pytest.mark.parametrize("text", ["yes", "Yes, please", "sí", "ja", "sim", "نعم", "👍🏽", "ok"])
def test_yes_is_yes_in_five_languages(text: str) -> None:
    assert value(question("yesno"), text) == "yes"


@pytest.mark.parametrize("text", ["no", "No, thanks", "nein", "não", "لا", "nope", "👎"])
def test_no_is_no_in_five_languages(text: str) -> None:
    assert value(question("yesno"), text) == "no"


@pytest.mark.parametrize("text", ["maybe", "yes or no?", "nothing", "yesterday"])
def test_neither_yes_nor_no_is_asked_again(text: str) -> None:
    assert value(question("yesno"), text) is None


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("12", "en", 12),
        ("1,234.5", "en", 1234.5),
        ("1,234", "en", 1234),
        ("1,5", "en", 1.5),
        ("$12.50", "en", 12.5),
        ("12 km", "en", 12),
        ("-3", "en", -3),
        ("1.234,5", "de", 1234.5),
        ("1.234", "de", 1234),
        ("1.5", "de", 1.5),
        ("1 234,50", "fr", 1234.5),
        ("1 2", "en", None),
        ("1.2.3", "en", None),
        ("three", "en", 3),
        ("Tres.", "es", 3),
        ("fünf", "de", 5),
        ("dez", "pt", 10),
        ("ثلاثة", "ar", 3),
        ("null Ahnung", "de", None),
        ("um pouco", "pt", None),
        ("a dozen", "en", None),
    ],
)
def test_numbers_follow_the_habits_of_the_language(
    text: str, language: str, number: float | None
) -> None:
    understood = understand(question("number"), text, language=language)

    assert (understood.number if understood else None) == number


def test_an_address_is_picked_out_and_never_becomes_a_category() -> None:
    understood = understand(question("email"), "it is Ada@EXAMPLE.com.", language="en")

    assert understood == Understood(value=None, number=None, label="Ada@example.com")


@pytest.mark.parametrize("text", ["ada@example", "a@b.com c@d.com", "@", "a@b.com" + "x" * 600])
def test_what_is_no_single_address_is_refused(text: str) -> None:
    understood = understand(question("email"), text, language="en")

    assert understood is None or len(understood.label) < 500


def test_a_phone_number_may_be_typed() -> None:
    assert understand(question("contact"), "+44 20 7946 0000", language="en") is not None
    assert understand(question("contact"), "call me", language="en") is None


def test_free_words_are_kept_as_they_are() -> None:
    understood = understand(question("text"), " The sole\ncame off ", language="en")

    assert understood == Understood(value=None, number=None, label="The sole\ncame off")


def test_what_a_name_holds_fits_conditions() -> None:
    rating = by_choice(question("rating"), "4")
    half = understand(question("number"), "2.5", language="en")
    chosen = by_choice(question("choice", ARRIVED), "waiting")
    words = understand(question("text"), "Lovely", language="en")

    assert [it.saved for it in (rating, half, chosen, words) if it] == [4, 2.5, "waiting", "Lovely"]


@pytest.mark.parametrize("kind", list(QuestionType))
def test_every_button_of_every_type_is_understood_when_it_is_tapped(kind: QuestionType) -> None:
    choices = ARRIVED if kind in (QuestionType.CHOICE, QuestionType.CHOICES) else {}
    shortcuts = ("All fine", "Something else") if kind is QuestionType.TEXT else ()
    ask = question(kind, choices, shortcuts)

    for choice, label in choices_of(ask):
        understood = by_choice(ask, choice)
        assert understood is not None
        assert understood.label == label
        assert len(choice.encode()) <= 30


@pytest.mark.parametrize("kind", ["rating", "nps", "gap", "yesno"])
def test_a_button_that_does_not_exist_means_nothing(kind: str) -> None:
    assert by_choice(question(kind), "42") is None
    assert by_choice(question("choices", ARRIVED), "here,there") is None


def test_buttons_stand_in_rows_that_suit_a_phone() -> None:
    def shape(kind: str, choices: dict[str, str] | None = None) -> list[int]:
        return [len(row) for row in buttons_of(question(kind, choices))]

    assert shape("rating") == [5]
    assert shape("nps") == [6, 5]
    assert shape("gap") == [1, 1, 1, 1, 1]
    assert shape("choice", ARRIVED) == [1, 1]
    assert shape("yesno") == [2]
    assert shape("yesno", {"yes": "Yes", "no": "No, there is still trouble"}) == [1, 1]
    assert shape("text") == []


def test_labels_speak_the_language() -> None:
    assert buttons_of(question("yesno"), language="es") == ((("yes", "Sí"), ("no", "No")),)
    assert choices_of(question("gap"), language="pt-BR")[0] == ("-2", "Muito pior")


def test_a_question_checks_words_by_its_own_rule() -> None:
    rule = Validate(matches="^[A-Z]{2}[0-9]+$", say="It looks like AB123.")

    assert is_valid(question("text", validate=rule), "AB123")
    assert not is_valid(question("text", validate=rule), "123")
    assert is_valid(question("text"), "anything")


@pytest.mark.parametrize("kind", list(QuestionType))
@pytest.mark.parametrize("piece", [",", " ", "a@", "1,", "yes, ", "★ ", "\u0600", "and ", "("])
def test_a_text_made_to_be_slow_is_read_in_no_time(kind: QuestionType, piece: str) -> None:
    ask = question(kind, ARRIVED if kind in (QuestionType.CHOICE, QuestionType.CHOICES) else {})
    began = time.perf_counter()

    understand(ask, piece * 20_000, language="en")

    assert time.perf_counter() - began < 0.5
