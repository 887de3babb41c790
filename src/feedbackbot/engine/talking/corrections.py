"""A message that the customer has changed: new words for an answer, or another answer."""

from __future__ import annotations

from msgspec.structs import replace

from feedbackbot.engine.answers import Understood, is_valid
from feedbackbot.engine.chat import Spoken
from feedbackbot.engine.events import Purpose, ReplyNotUnderstood
from feedbackbot.engine.happenings import Reply
from feedbackbot.engine.script import Ask
from feedbackbot.engine.talking import (
    afterthoughts,
    aside_answers,
    cases,
    consenting,
    questions,
    quotes,
)
from feedbackbot.engine.talking.speech import script_now, wording
from feedbackbot.engine.talking.talk import Talk


def correct(talk: Talk, said: Reply) -> bool:
    """False where the message is not known and counts as a new one."""
    spoken = afterthoughts.find_spoken(talk, said.message_key)
    if spoken is None:
        return False
    if spoken.text == said.text.strip():
        return True
    if not spoken.answered:
        _correct_unanswered(talk, said, spoken)
    elif _is_awaited_anew(talk, spoken):
        aside_answers.settle(talk)
        questions.reply(talk, said)
    elif not _answers_otherwise(talk, said, spoken):
        _correct_words(talk, said, spoken)
    return True


def _correct_unanswered(talk: Talk, said: Reply, spoken: Spoken) -> None:
    """Words that had not been understood: perhaps they are now."""
    after_all = afterthoughts.answers_after_all(talk, said, spoken)
    if after_all and talk.state and talk.state.visit == spoken.visit:
        questions.reply(talk, said)
        return
    afterthoughts.correct(talk, said, spoken)
    talk.note(
        ReplyNotUnderstood(
            step=spoken.step,
            visit=spoken.visit,
            words=said.text,
            attachments=said.attachments,
        )
    )


def _is_awaited_anew(talk: Talk, spoken: Spoken) -> bool:
    """The answer was taken back already, and its question is open again."""
    state = talk.state
    if state is None or state.visit is None or not spoken.chosen:
        return False
    return state.taken_back == state.step == spoken.step


def _answers_otherwise(talk: Talk, said: Reply, spoken: Spoken) -> bool:
    """Does what "Change" and the other answer would do, as long as there is such a button."""
    if _is_changeable(talk, spoken):
        aside_answers.settle(talk)
    step, meant = _meaning(talk, said, spoken)
    if step is None or meant is None or not _is_changeable(talk, spoken):
        return False
    if meant.label == talk.answer_to(spoken.visit) or not questions.take_back(talk):
        return False
    _reopen(talk, spoken)
    whole = replace(said, attachments=said.attachments or spoken.attachments)
    questions.take_words(talk, step, whole, meant)
    return True


def _is_changeable(talk: Talk, spoken: Spoken) -> bool:
    return talk.state is not None and talk.state.changeable_visit == spoken.visit


def _meaning(talk: Talk, said: Reply, spoken: Spoken) -> tuple[Ask | None, Understood | None]:
    if talk.state is None or spoken.bygone or not spoken.chosen:
        return None, None
    step = script_now(talk).steps.get(spoken.step)
    if not isinstance(step, Ask) or not is_valid(step, said.text):
        return None, None
    return step, questions.understood(talk, step, said)


def _reopen(talk: Talk, spoken: Spoken) -> None:
    """The question that stands in the chat already waits again, for the words that have just come."""
    if talk.state is not None:
        talk.state = replace(talk.state, visit=spoken.visit)
    others = tuple(one for one in talk.chat.spoken if one is not spoken)
    talk.chat = replace(talk.chat, spoken=others)


def _correct_words(talk: Talk, said: Reply, spoken: Spoken) -> None:
    afterthoughts.correct(talk, said, spoken)
    if cases.open_case(talk):
        cases.write_to_case(talk, said)
        afterthoughts.mark_passed_on(talk, said.message_key)
    consenting.refresh(talk, spoken.visit)
    quote = talk.chat.quote
    if quote is not None and quote.visit == spoken.visit and quotes.may_be_asked(talk):
        aside_answers.settle(talk)
        quotes.preview_correction(talk, quote)
    elif not talk.draft.texts:
        _say_what_became_of_it(talk, said, spoken)


def _say_what_became_of_it(talk: Talk, said: Reply, spoken: Spoken) -> None:
    """Of a number or a choice only what is true: new words are no new answer."""
    answer = talk.answer_to(spoken.visit)
    _, meant = _meaning(talk, said, spoken)
    if spoken.chosen and (meant is None or meant.label != answer):
        talk.say(wording(talk, "edited_answer", answer=answer), Purpose.ANSWER)
    elif talk.state is not None:
        talk.say(wording(talk, "edited_message"), Purpose.ANSWER)
