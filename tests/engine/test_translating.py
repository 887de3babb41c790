"""Side files: what is said in another language, what falls back, and what `check` says of missing and stale texts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedbackbot.engine.chat import CustomerFacts, PurchaseFacts
from feedbackbot.engine.checking import check
from feedbackbot.engine.events import NoteTold, Said
from feedbackbot.engine.happenings import LinkOpened, LinkState, Reply, ReplyKind
from feedbackbot.engine.playing import Heard, Player
from feedbackbot.engine.reading.loader import (
    library_of,
    load_library,
    packaged_folder,
    sources_of,
)
from feedbackbot.engine.reading.problems import ScriptProblems
from feedbackbot.engine.script import Ask, Library
from feedbackbot.engine.translating.choosing import best_language
from feedbackbot.engine.translating.texts import mark

WriteFolder = Callable[..., Path]
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
VISIT = """\
script: visit
spec: 1
language: en
start: {on: manual}
timeout: {after: 1d, goto: quiet}
steps:
  - id: how
    ask: "How was {{ purchase.title }}, {{ customer.first_name }}?"
    type: choice
    choices: {good: "Good", bad: "Not so good"}
    save: answer
    next: note
  - id: note
    tell: {to: ideas, text: "Said {{ answer }} of {{ purchase.title }}."}
    next: bye
  - {id: bye, end: done, say: "Thank you for {{ answer }}."}
  - {id: quiet, end: no_answer}
"""
HOW = "How was {{ purchase.title }}, {{ customer.first_name }}?"
JAPANESE = f"""\
translation: visit
language: ja
texts:
  how.ask: {{text: "{{{{ customer.first_name }}}}さん、{{{{ purchase.title }}}}はいかがでしたか。", of: {mark(HOW)}}}
  how.choices.good: {{text: "良かった", of: {mark("Good")}}}
  how.choices.bad: {{text: "いまひとつ", of: {mark("Not so good")}}}
  bye.say: {{text: "「{{{{ answer }}}}」ありがとうございました。", of: {mark("Thank you for {{ answer }}.")}}}
"""
COMMON_JA = """\
translation: _common
language: ja
texts:
  help: "ご注文についてお聞きします。"
"""


def spanish(texts: str) -> str:
    return f"translation: visit\nlanguage: es\ntexts:\n{texts}"


def codes(folder: Path) -> list[str]:
    return [problem.code for problem in check(folder)]


def talk(library: Library, language: str | None, *moves: str) -> list[object]:
    """What the bot said and recorded while a customer of this language opened the link and wrote."""
    heard: list[Heard] = []
    customer = CustomerFacts(first_name="Ada", language=language)
    player = Player(library, customer=customer, now=NOW, listener=heard.append, text_pause=0)
    script = library.scripts["visit"]
    purchase = PurchaseFacts(number="#1", items=("Trail shoes", "Socks"), delivered_at=NOW)
    number = player.offer(purchase, script, NOW)
    link = LinkOpened(
        state=LinkState.NEW,
        message_key="7:0",
        invitation_id=number,
        script=script,
        due_at=NOW,
    )
    player.do(link, about=number)
    player.flush()
    for index, words in enumerate(moves, start=1):
        player.do(Reply(kind=ReplyKind.TEXT, text=words, message_key=f"7:{index}"))
        player.flush()
    return [one.event for one in heard]


def said(events: list[object]) -> list[str]:
    return [event.text for event in events if isinstance(event, Said)]


@pytest.mark.parametrize(
    ("wanted", "known", "best"),
    [
        ("pt-BR", ["en", "pt"], "pt"),
        ("pt_br", ["en", "pt", "pt-BR"], "pt-BR"),
        ("pt", ["en", "pt-BR"], "pt-BR"),
        ("zh-Hans-CN", ["zh-Hans", "zh-Hant"], "zh-Hans"),
        ("ES", ["es"], "es"),
        ("sv", ["en", "es"], None),
        (None, ["en"], None),
        ("", ["en"], None),
    ],
)
def test_the_nearest_language_is_chosen(
    wanted: str | None, known: list[str], best: str | None
) -> None:
    assert best_language(wanted, known) == best


def test_the_shipped_scripts_speak_five_languages_without_a_gap_or_a_stale_text() -> None:
    library = load_library(packaged_folder())

    found = [problem.line for problem in check(packaged_folder()) if problem.code[1:2] == "7"]
    assert found == []
    assert set(library.scripts["after_purchase"].translations) == {"es", "de", "pt", "ar"}
    assert set(library.common.translations) >= {"es", "de", "pt", "ar"}


@pytest.mark.parametrize("language", ["es", "de", "pt", "ar"])
def test_every_shipped_sentence_is_translated(language: str) -> None:
    common = load_library(packaged_folder()).common
    there = common.translations[language]

    same = {key for key, text in common.texts.items() if there.texts[key] == text}

    assert same == {"case.reply_heading"} - ({"case.reply_heading"} if language == "ar" else set())
    assert there.buttons.keys() == common.buttons.keys()


def test_a_customer_is_spoken_to_in_their_language(folder: WriteFolder) -> None:
    library = load_library(folder(visit=VISIT, **{"visit.ja": JAPANESE, "_common.ja": COMMON_JA}))

    events = talk(library, "ja", "良かった", "/help")

    assert said(events)[0] == "Adaさん、Trail shoes and 1 moreはいかがでしたか。"
    assert said(events)[1].startswith("「良かった」ありがとうございました。")


def test_the_team_reads_the_language_of_the_script(folder: WriteFolder) -> None:
    library = load_library(folder(visit=VISIT, **{"visit.ja": JAPANESE, "_common.ja": COMMON_JA}))

    notes = [event for event in talk(library, "ja", "いまひとつ") if isinstance(event, NoteTold)]

    assert [note.text for note in notes] == ["Said Not so good of Trail shoes and 1 more."]


@pytest.mark.parametrize("language", [None, "en-GB", "sv"])
def test_others_are_spoken_to_as_the_script_was_written(
    language: str | None, folder: WriteFolder
) -> None:
    library = load_library(folder(visit=VISIT, **{"visit.ja": JAPANESE, "_common.ja": COMMON_JA}))

    assert said(talk(library, language))[0] == "How was Trail shoes and 1 more, Ada?"


def test_a_missing_text_is_said_untranslated_and_warned_of_where_it_stands(
    folder: WriteFolder,
) -> None:
    path = folder(
        visit=VISIT, **{"visit.es": spanish(f"  how.ask: {{text: Hola, of: {mark(HOW)}}}")}
    )

    found = [problem for problem in check(path) if problem.code == "W701"]
    ask = load_library(path).scripts["visit"].translations["es"].steps["how"]

    assert [(problem.place.line, problem.message.split("”")[0]) for problem in found] == [
        (10, "“how.choices.good"),
        (10, "“how.choices.bad"),
        (16, "“bye.say"),
    ]
    assert found[0].place.file.endswith("visit.yaml")
    assert isinstance(ask, Ask)
    assert (ask.ask, dict(ask.choices)) == ("Hola", {"good": "Good", "bad": "Not so good"})


def test_a_stale_text_is_found_and_still_said(folder: WriteFolder) -> None:
    before = VISIT.replace("Not so good", "Bad")
    text = spanish(f'  how.choices.bad: {{text: "Mal", of: {mark("Bad")}}}\n')
    assert "W702" not in codes(folder(visit=before, **{"visit.es": text}))

    path = folder(visit=VISIT, **{"visit.es": text})
    stale = next(problem for problem in check(path) if problem.code == "W702")

    assert (stale.place.line, stale.place.file.endswith("visit.es.yaml")) == (4, True)
    assert f"of: {mark('Not so good')}" in stale.hint
    ask = load_library(path).scripts["visit"].translations["es"].steps["how"]
    assert isinstance(ask, Ask)
    assert ask.choices["bad"] == "Mal"


def test_a_text_without_a_mark_and_one_without_an_original_are_warned_of(
    folder: WriteFolder,
) -> None:
    text = spanish('  how.choices.bad: "Mal"\n  how.choices.god: "Bien"\n')

    found = {p.code: p for p in check(folder(visit=VISIT, **{"visit.es": text}))}

    assert f"of: {mark('Not so good')}" in found["W702"].hint
    assert found["W703"].hint == "Did you mean “how.choices.good”?"


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ('  bye.say: {text: "Gracias por {{ aswer }}.", of: x}\n', "E702"),
        ('  bye.say: {text: "Gracias por {{ staff.first_name }} {{ answer }}.", of: x}\n', "E702"),
        ('  bye.say: {text: "Gracias.", of: x}\n', "W704"),
        ('  bye.say: {text: "Gracias {{ answer", of: x}\n', "E301"),
        ('  bye.say: {text: "{% for a in answer %}{% endfor %}", of: x}\n', "E301"),
        (f'  how.choices.good: {{text: "{"m" * 41}", of: x}}\n', "E305"),
        ('  how.choices.good: {text: "Mal"}\n  how.choices.bad: {text: "mal"}\n', "E219"),
        ('  how.choices.good: {text: "{{ answer }}"}\n', "E702"),
        ("  how.choices.good: {txt: Bien}\n", "E201"),
        ("  how.choices.good: [Bien]\n", "E211"),
        ("  - how\n", "E211"),
    ],
)
def test_what_can_not_be_said_is_refused(texts: str, code: str, folder: WriteFolder) -> None:
    path = folder(visit=VISIT, **{"visit.es": spanish(texts)})

    problems = [problem for problem in check(path) if problem.code == code]

    assert problems, codes(path)
    assert all(problem.place.file.endswith(("visit.es.yaml", "visit.yaml")) for problem in problems)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("visit.es", "translation: visit\nlanguage: de\ntexts: {}\n", "E701"),
        ("visit.es", "translation: other\nlanguage: es\ntexts: {}\n", "E701"),
        ("visit.es", "translation: visit\nlanguage: es\n", "E202"),
        ("visti.es", "translation: visti\nlanguage: es\ntexts: {}\n", "E703"),
        ("visit.klingon", "translation: visit\nlanguage: klingon\ntexts: {}\n", "E701"),
        ("visit.fr", "translation: visit\nlanguage: fr\ntexts: {}\n", "W705"),
    ],
)
def test_a_file_that_does_not_fit_is_named(
    name: str, text: str, code: str, folder: WriteFolder
) -> None:
    assert code in codes(folder(visit=VISIT, **{name: text}))


def test_a_wrong_translation_stops_nothing_from_being_told_at_once(folder: WriteFolder) -> None:
    text = spanish('  bye.say: {text: "{{ nobody }}", of: x}\n')

    with pytest.raises(ScriptProblems) as refused:
        load_library(folder(visit=VISIT, **{"visit.es": text}))

    assert {problem.code for problem in refused.value.problems} >= {"E702", "W702", "W701"}


def test_sentences_that_a_folder_has_changed_are_not_said_in_their_old_translation(
    folder: WriteFolder,
) -> None:
    own = 'common: 1\nmydata: "Here is your file."\n'
    path = folder(visit=VISIT, _common=own, **{"visit.es": spanish("  bye.say: Gracias\n")})

    es = load_library(path).common.translations["es"]

    assert es.texts["mydata"] == "Here is your file."
    assert es.texts["forget.kept"] == "No se ha borrado nada."
    # warned of only where the folder translates its own sentences
    assert not [p for p in check(path) if "mydata" in p.message]
    (path / "_common.es.yaml").write_text(
        "translation: _common\nlanguage: es\ntexts: {help: Hola}\n", encoding="utf-8"
    )
    assert [p.code for p in check(path) if "mydata" in p.message] == ["W701"]


def test_a_folder_without_translations_speaks_one_language(folder: WriteFolder) -> None:
    library = load_library(folder(visit=VISIT))

    assert dict(library.common.translations) == {}


def test_a_folder_in_german_has_the_built_in_sentences_in_german(folder: WriteFolder) -> None:
    script = VISIT.replace("language: en", "language: de")
    own = "common: 1\nlanguage: de\nmydata: Hier ist alles.\n"
    path = folder(visit=script, _common=own, **{"visit.en": spanish("").replace("es", "en", 1)})
    (path / "visit.en.yaml").write_text(
        "translation: visit\nlanguage: en\ntexts: {bye.say: Thanks}\n", encoding="utf-8"
    )

    common = load_library(path).common

    assert common.texts["mydata"] == "Hier ist alles."
    assert common.texts["forget.kept"] == "Es wurde nichts gelöscht."
    assert common.translations["en"].texts["forget.kept"] == "Nothing was deleted."


def test_a_conversation_stays_on_the_translations_that_it_began_with(folder: WriteFolder) -> None:
    files = {"visit.es": spanish("  bye.say: {text: Gracias, of: x}\n")}
    first = load_library(folder(visit=VISIT, **files))
    kept = sources_of(first.scripts["visit"], first)

    second = load_library(
        folder(visit=VISIT, **{"visit.es": files["visit.es"].replace("x}", "y}")})
    )
    again = library_of(kept)

    assert first.scripts["visit"].version != second.scripts["visit"].version
    assert again.scripts["visit"].version == first.scripts["visit"].version
    assert set(again.scripts["visit"].translations) == {"es"}
    assert again.scripts["visit"].translations["es"].version == first.scripts["visit"].version


def test_a_comment_in_a_translation_makes_no_new_version(folder: WriteFolder) -> None:
    text = spanish("  bye.say: {text: Gracias, of: x}\n")
    first = load_library(folder(visit=VISIT, **{"visit.es": text}))
    second = load_library(folder(visit=VISIT, **{"visit.es": f"# looked at in May\n{text}"}))

    assert first.scripts["visit"].version == second.scripts["visit"].version


def test_a_slip_in_the_original_is_not_held_against_its_translations(
    folder: Callable[..., Path],
) -> None:
    script = """\
script: ask
start: {on: manual}
timeout: {after: 1d, goto: bye}
steps:
  - {id: q, ask: "How is your {{ purchase.titel }}?", type: text, next: bye}
  - {id: bye, end: done}
"""
    spanish = """\
translation: ask
language: es
texts:
  q.ask: {of: 00000000, text: "¿Qué tal {{ purchase.title }}?"}
"""
    problems = check(folder(ask=script, **{"ask.es": spanish}))

    assert [problem.code for problem in problems][:1] == ["E310"]
    assert {problem.code for problem in problems} <= {"E310", "W702"}


GUARDED = """\
script: visit
spec: 1
start: {on: manual}
timeout: {after: 1d, goto: bye}
steps:
  - {id: how, ask: "How was it?", type: rating, save: score, next: bye}
  - {id: bye, end: done, say: "You said {{ score or 'nothing' }}. {{ 'Bye' if score and score == 2 else 'Thanks' }}"}
"""


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("{{ score }} {{ 'a' if score and score == 2 else 'b' }}", "E312"),
        ("{% if score %}{{ score }}{% else %}{{ score }}{% endif %}", "E312"),
        ("{{ score or 'nada' }} {{ 'a' if score and score == '2' else 'b' }}", "E320"),
        ("{{ score or 'nada' }} {{ 'a' if score and score == 9 else 'b' }}", "E320"),
        ("{{ score or 'nada' }} {{ score | day }}", "E320"),
        ("{{ score or 'nada' }} {{ 'a' if score and score > 3 else 'b' }}", None),
        ("{% if score %}{{ score }}{% else %}nada{% endif %}", None),
    ],
)
def test_a_translation_guards_and_compares_as_the_original_has_to(
    said: str, code: str | None, folder: WriteFolder
) -> None:
    text = spanish(f'  bye.say: {{text: "Dijo {said}", of: x}}\n')

    found = [p for p in check(folder(visit=GUARDED, **{"visit.es": text})) if not p.is_warning]

    assert [(Path(p.place.file).name, p.code) for p in found] == (
        [("visit.es.yaml", code)] if code else []
    )
