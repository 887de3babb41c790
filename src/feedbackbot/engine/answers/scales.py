"""The fixed scales of questions: their ends, and the words people use for numbers, yes and no in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from feedbackbot.engine.script import QuestionType


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    lowest: int
    highest: int
    #: how many buttons stand in each row
    rows: tuple[int, ...]
    #: written behind the number on a button
    mark: str = ""


SCALES: Final[Mapping[QuestionType, Scale]] = {
    QuestionType.RATING: Scale(lowest=1, highest=5, rows=(5,), mark=" ★"),
    QuestionType.NPS: Scale(lowest=0, highest=10, rows=(6, 5)),
    QuestionType.CES: Scale(lowest=1, highest=7, rows=(7,)),
}

#: from -2 to +2
GAP_LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("Much worse", "Worse", "About the same", "Better", "Much better"),
    "es": ("Mucho peor", "Peor", "Más o menos igual", "Mejor", "Mucho mejor"),
    "de": ("Viel schlechter", "Schlechter", "Etwa gleich", "Besser", "Viel besser"),
    "pt": ("Muito pior", "Pior", "Mais ou menos igual", "Melhor", "Muito melhor"),
    "ar": ("أسوأ بكثير", "أسوأ", "كما توقعت تقريبًا", "أفضل", "أفضل بكثير"),
}
#: other words for the same five, where people are likely to use them
GAP_WORDS: Final[Mapping[str, int]] = {
    "a lot worse": -2,
    "far worse": -2,
    "a bit worse": -1,
    "the same": 0,
    "same": 0,
    "about same": 0,
    "as expected": 0,
    "like expected": 0,
    "igual": 0,
    "lo mismo": 0,
    "gleich": 0,
    "wie erwartet": 0,
    "o mesmo": 0,
    "a bit better": 1,
    "a lot better": 2,
    "far better": 2,
}

YES_NO_LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "en": ("Yes", "No"),
    "es": ("Sí", "No"),
    "de": ("Ja", "Nein"),
    "pt": ("Sim", "Não"),
    "ar": ("نعم", "لا"),
}
YES_WORDS: Final = frozenset(
    [
        "yes",
        "y",
        "yep",
        "yeah",
        "yup",
        "sure",
        "of course",
        "ok",
        "okay",
        "si",
        "claro",
        "por supuesto",
        "vale",
        "ja",
        "jawohl",
        "klar",
        "gerne",
        "natürlich",
        "sim",
        "s",
        "com certeza",
        "نعم",
        "ايوه",
        "أيوه",
        "اجل",
        "أجل",
        "👍",
        "✅",
        "✔",
    ]
)
NO_WORDS: Final = frozenset(
    [
        "no",
        "n",
        "nope",
        "nah",
        "not really",
        "no thanks",
        "no thank you",
        "no gracias",
        "para nada",
        "nein",
        "nee",
        "nein danke",
        "não",
        "nao",
        "nao obrigado",
        "nao obrigada",
        "لا",
        "كلا",
        "👎",
        "❌",
    ]
)

_COUNTED: Final = (
    "zero one two three four five six seven eight nine ten",
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez",
    "null eins zwei drei vier funf sechs sieben acht neun zehn",
    "zero um dois tres quatro cinco seis sete oito nove dez",
    "صفر واحد اثنان ثلاثة اربعة خمسة ستة سبعة ثمانية تسعة عشرة",
)
NUMBER_WORDS: Final[Mapping[str, int]] = {
    word: number for line in _COUNTED for number, word in enumerate(line.split())
}
#: words that are a number in one language and something else in others: English "um", "null and void"
ONLY_IN: Final[Mapping[str, str]] = {"um": "pt", "null": "de"}
#: articles and forms that are a number only before what they count
BEFORE_STARS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("un", "una", "um", "uma", "ein", "eine", "einen"), 1),
    "duas": 2,
    "ثلاث": 3,
    "اربع": 4,
    "خمس": 5,
}
#: what may follow a number of stars
STAR_WORDS: Final = frozenset(
    [
        "star",
        "stars",
        "estrella",
        "estrellas",
        "stern",
        "sterne",
        "sternen",
        "estrela",
        "estrelas",
        "نجمة",
        "نجوم",
    ]
)
#: languages that write 1.234,5
COMMA_LANGUAGES: Final = frozenset(
    [
        "de",
        "es",
        "pt",
        "fr",
        "it",
        "nl",
        "da",
        "sv",
        "nb",
        "no",
        "fi",
        "pl",
        "cs",
        "sk",
        "ru",
        "uk",
        "tr",
        "el",
        "id",
        "ro",
        "hu",
        "bg",
        "hr",
        "sl",
        "sr",
        "vi",
    ]
)


def by_language(table: Mapping[str, tuple[str, ...]], language: str) -> tuple[str, ...]:
    return table.get(language[:2].lower(), table["en"])
