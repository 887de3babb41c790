"""The customer's way through a testimonial: their words, their name, and a yes to exactly what was shown."""

from __future__ import annotations

from msgspec.structs import replace

from feedbackbot.engine.answers import understand
from feedbackbot.engine.chat import Quote
from feedbackbot.engine.events import (
    ConsentGiven,
    Purpose,
    ReplyNotUnderstood,
    TestimonialDeclined,
    Toasted,
)
from feedbackbot.engine.happenings import Reply, ReplyKind, Tap
from feedbackbot.engine.script import Ask, QuestionType, TestimonialStep
from feedbackbot.engine.talking import afterthoughts, media, posing, runner
from feedbackbot.engine.talking.speech import script_now, wording
from feedbackbot.engine.talking.talk import Talk, running
from feedbackbot.engine.talking.testimonials import (
    CONSENT,
    CREDIT,
    REUSE,
    WRITE,
    attachments_of,
    consent_sentence,
    credits_for,
    move,
    published_media,
    question,
    reusable,
    settle,
    signature,
    stage_data,
    text_of,
)
from feedbackbot.engine.wording.folding import fold

_TRIES = 2


def tap(talk: Talk, step: TestimonialStep, pressed: Tap) -> None:
    if not choose(talk, step, pressed.choice, message_key=pressed.message_key):
        talk.note(Toasted(text=wording(talk, "buttons.old")))


def reply(talk: Talk, step: TestimonialStep, said: Reply) -> None:
    posing.start_timers(talk)
    stage = stage_data(talk)["stage"]
    choice = _typed_choice(talk, step, said)
    if choice and choose(talk, step, choice, message_key=said.message_key):
        return
    if stage in (REUSE, WRITE):
        _write(talk, step, said)
    else:
        _keep(talk, step, said)


def choose(talk: Talk, step: TestimonialStep, choice: str, *, message_key: str) -> bool:
    """Does what the button says; False where the stage has no such button."""
    stage = stage_data(talk)["stage"]
    if choice == "no" and stage != CREDIT:
        _decline(talk, step, label=_labels(talk, step).get(choice))
    elif stage == REUSE and choice == "yes":
        move(talk, visit=_source_visit(talk, step), text=reusable(talk, step))
        _to_credit(talk, step, label=_label(talk, "testimonial.reuse", choice))
    elif stage == REUSE and choice == "new":
        _ask(talk, WRITE, label=_label(talk, "testimonial.reuse", choice))
    elif stage == CREDIT and choice in credits_for(talk.scene.customer, step):
        label = _labels(talk, step)[choice]
        move(talk, credit=choice, credit_name=signature(talk, choice))
        _ask(talk, CONSENT, label=label)
    elif stage == CONSENT and choice == "change":
        _start_over(talk, step)
    elif stage == CONSENT and choice == "agree":
        _agree(talk, step, message_key)
    else:
        return False
    return True


def refresh(talk: Talk, visit: int) -> None:
    """The words changed under the question: it is put anew, so that what is agreed to is what stands there."""
    state = talk.state
    if state is None or state.testimonial is None or state.visit is None:
        return
    step = script_now(talk).steps.get(state.step)
    if not isinstance(step, TestimonialStep):
        return
    stage = stage_data(talk)["stage"]
    if stage == REUSE and _source_visit(talk, step) == visit:
        _refresh_reuse(talk, step)
    elif stage_data(talk).get("visit") == visit and stage in (CREDIT, CONSENT):
        move(talk, text=afterthoughts.whole_words(talk, visit))
        if stage == CONSENT:
            _ask(talk, CONSENT, label=None)


def _refresh_reuse(talk: Talk, step: TestimonialStep) -> None:
    words = reusable(talk, step)
    state, _ = running(talk)
    stage = WRITE if words is None else REUSE
    talk.state = replace(state, testimonial={**stage_data(talk), "stage": stage, "text": words})
    posing.close_question(talk, None)
    posing.pose(talk)


def _source_visit(talk: Talk, step: TestimonialStep) -> int | None:
    """The question under which the reused words were written."""
    asked = {
        s.id for s in script_now(talk).steps.values() if isinstance(s, Ask) and s.save == step.reuse
    }
    spoken = (
        s.visit
        for s in reversed(talk.chat.spoken)
        if s.step in asked and s.answered and not s.bygone
    )
    return next(spoken, None)


def _typed_choice(talk: Talk, step: TestimonialStep, said: Reply) -> str | None:
    """A button's label typed out; at "may we quote these words" also a plain yes or no."""
    if said.kind is not ReplyKind.TEXT:
        return None
    choices = {fold(label): choice for choice, label in _labels(talk, step).items()}
    if (choice := choices.get(fold(said.text))) is not None:
        return choice
    yesno = Ask(
        id=step.id,
        place=step.place,
        ask="",
        type=QuestionType.YESNO,
        next=step.next,
        timeout=step.timeout,
    )
    meant = understand(yesno, said.text, language=talk.scene.common.language)
    is_short = len(said.text.split()) <= 3
    if meant is None or not is_short:
        return None
    return str(meant.value) if meant.value == "no" or stage_data(talk)["stage"] == REUSE else None


def _write(talk: Talk, step: TestimonialStep, said: Reply) -> None:
    """New words, or a recording; a picture alone waits for words."""
    state, _ = running(talk)
    visit = state.visit or 0
    spoiled = media.mention_trouble(talk, said)
    if not media.is_accepted(said, step.accept) and not said.text.strip():
        _keep(talk, step, said, say=not spoiled)
        return
    afterthoughts.remember(talk, said, visit=visit, step=step.id)
    kept = (*attachments_of(talk, step), *said.attachments)
    talk.state = replace(state, attachments={**state.attachments, step.id: kept})
    move(talk, text=said.text.strip(), visit=visit)
    is_whole = bool(text_of(talk) or published_media(talk, step))
    afterthoughts.leave_open(talk, said, visit, words_too=is_whole)
    if not is_whole:
        posing.put(talk, wording(talk, "testimonial.words_too"))
        return
    talk.pause()
    _to_credit(talk, step, label=text_of(talk) or None)


def _to_credit(talk: Talk, step: TestimonialStep, *, label: str | None) -> None:
    """The name is asked only where there is a choice, and only once."""
    options = credits_for(talk.scene.customer, step)
    if stage_data(talk).get("credit"):
        _ask(talk, CONSENT, label=label)
    elif len(options) == 1:
        move(talk, credit=options[0], credit_name=signature(talk, options[0]))
        _ask(talk, CONSENT, label=label)
    else:
        _ask(talk, CREDIT, label=label)


def _ask(talk: Talk, stage: str, *, label: str | None) -> None:
    posing.leave(talk, label)
    move(talk, stage=stage)
    posing.pose(talk)


def _keep(talk: Talk, step: TestimonialStep, said: Reply, *, say: bool = True) -> None:
    """Words where a tap is needed: kept, asked again, and after some tries not asked any more."""
    state, _ = running(talk)
    visit = state.visit or 0
    talk.note(
        ReplyNotUnderstood(step=step.id, visit=visit, words=said.text, attachments=said.attachments)
    )
    afterthoughts.remember(talk, said, visit=visit, step=step.id, answered=False)
    afterthoughts.leave_open(talk, said, visit)
    if not say:
        return
    if state.tries >= _TRIES:
        _decline(talk, step)
        return
    talk.state = replace(state, tries=state.tries + 1)
    posing.put(talk, media.not_here(talk, said) or wording(talk, "not_understood.choice"))


def _decline(talk: Talk, step: TestimonialStep, *, label: str | None = None) -> None:
    talk.note(TestimonialDeclined(step=step.id))
    settle(talk)
    posing.leave(talk, label)
    state, _ = running(talk)
    talk.state = replace(state, testimonial=None, declined_testimonial=True)
    talk.say(wording(talk, "testimonial.declined"), Purpose.ANSWER)
    runner.go_on(talk)


def _agree(talk: Talk, step: TestimonialStep, message_key: str) -> None:
    data = stage_data(talk)
    credit, name = str(data.get("credit")), str(data.get("credit_name"))
    talk.note(
        ConsentGiven(
            text=text_of(talk),
            wording=consent_sentence(talk, step),
            language=script_now(talk).language if step.consent else talk.scene.common.language,
            uses=step.uses,
            credit=credit,
            credit_name=name,
            message_key=message_key,
            attachments=published_media(talk, step),
        )
    )
    visit = data.get("visit")
    agreed_media = published_media(talk, step)
    quote = Quote(
        testimonial_id=None,
        visit=visit if isinstance(visit, int) else 0,
        uses=step.uses,
        credit=credit,
        credit_name=name,
        purchase=talk.scene.purchase.number if talk.scene.purchase else None,
        media_id=agreed_media[0].media_id if agreed_media else None,
    )
    talk.chat = replace(talk.chat, quote=quote)
    settle(talk)
    posing.leave(talk, _label(talk, "testimonial.consent", "agree"))
    state, _ = running(talk)
    talk.state = replace(state, testimonial=None)
    talk.say(wording(talk, "testimonial.agreed"), Purpose.ANSWER)
    runner.go_on(talk)


def _start_over(talk: Talk, step: TestimonialStep) -> None:
    """New words are wanted, and the old picture is not carried along unseen."""
    state, _ = running(talk)
    talk.state = replace(state, attachments={**state.attachments, step.id: ()})
    _ask(talk, WRITE, label=_label(talk, "testimonial.consent", "change"))


def _labels(talk: Talk, step: TestimonialStep) -> dict[str, str]:
    """The buttons of the stage that is open."""
    _, rows = question(talk, step)
    return {button.choice: button.label for row in rows for button in row}


def _label(talk: Talk, key: str, choice: str) -> str:
    return talk.scene.common.buttons[key][choice]
