"""What the product never does, done to the database by hand."""

from __future__ import annotations

from feedbackbot.invariants import Rule

#: what is done to the database -> whose fault it is, and which rule is to say so
PLANTED: dict[str, tuple[str, str, Rule]] = {
    "a second conversation runs beside the first": (
        (
            "insert into conversations (customer_id, script, version, status, started_at)"
            " select {Cleo}, 'other', 'v', 'waiting', started_at from conversations limit 1"
        ),
        "customer:{Cleo}",
        Rule.ONE_OPEN_STEP,
    ),
    "a conversation ended, and the chat goes on": (
        (
            "update conversations set status = 'finished', finished_at = started_at"
            " where customer_id = {Cleo}"
        ),
        "customer:{Cleo}",
        Rule.NOTHING_HALF_APPLIED,
    ),
    "the customer's row forgot the stop that the chat remembers": (
        "update customers set stopped_at = null where id = {Dora}",
        "customer:{Dora}",
        Rule.NOTHING_HALF_APPLIED,
    ),
    "the customer's row forgot that the bot is blocked": (
        "update customers set reach = 'reachable' where id = {Finn}",
        "customer:{Finn}",
        Rule.NOTHING_HALF_APPLIED,
    ),
    "the chat says that people have it, and they think it is resolved": (
        "update escalations set status = 'resolved' where customer_id = {Bo}",
        "customer:{Bo}",
        Rule.NOTHING_HALF_APPLIED,
    ),
    "the words of an update are gone": (
        "delete from messages where customer_id = {Cleo}",
        "received:telegram:{phone}:1",
        Rule.NOTHING_HALF_APPLIED,
    ),
    "the id of an update is gone, and its words are not": (
        "delete from received where key = 'telegram:{phone}:1'",
        "message:{message}",
        Rule.NOTHING_HALF_APPLIED,
    ),
    "an answer to a question that was never put": (
        "update answers set visit = 99 where id = {answer}",
        "answer:{answer}",
        Rule.NOTHING_HALF_APPLIED,
    ),
    "two answers to one question": (
        "update answers set visit = 1 where conversation_id = {talk}",
        "conversation:{talk}",
        Rule.NOTHING_HALF_APPLIED,
    ),
    "a conversation that is over and has no end": (
        "update conversations set finished_at = null where id = {talk}",
        "conversation:{talk}",
        Rule.NOTHING_HALF_APPLIED,
    ),
    "an offer that began, and no conversation": (
        "update invitations set status = 'started' where customer_id = {Gil}",
        "invitation:{offer}",
        Rule.NOTHING_HALF_APPLIED,
    ),
    "words of staff that went nowhere": (
        "update staff_replies set delivered_at = null",
        "reply:{reply}",
        Rule.NOTHING_HALF_APPLIED,
    ),
    "words of staff from a thread that do not count as received": (
        (
            "update staff_replies set slack_channel_id = 'C0SUPPORT', slack_ts = '17.000005'"
            " where id = {reply}"
        ),
        "reply:{reply}",
        Rule.NOTHING_HALF_APPLIED,
    ),
    "a transcript that runs backwards": (
        (
            "update messages set received_at = received_at + 86400000000"
            " where id = (select min(id) from messages where customer_id = {Bo})"
        ),
        "message:{second}",
        Rule.TRANSCRIPT_IN_ORDER,
    ),
    "a complaint without a card or a clock": (
        "update escalations set card_outbox_id = null, slack_thread_ts = null where id = {case}",
        "escalation:{case}",
        Rule.COMPLAINTS_REACH_PEOPLE,
    ),
    "a complaint whose clock counts and has no timer": (
        "update escalations set nobody_at = {tomorrow} where id = {case}",
        "escalation:{case}",
        Rule.COMPLAINTS_REACH_PEOPLE,
    ),
    "a complaint that nobody claims, and no timer to say so": (
        "update escalations set unclaimed_at = {tomorrow}, claimed_by = null where id = {case}",
        "escalation:{case}",
        Rule.COMPLAINTS_REACH_PEOPLE,
    ),
    "public without a consent": (
        "update testimonials set consent_id = null where id = {quote}",
        "testimonial:{quote}",
        Rule.PUBLIC_WITH_CONSENT,
    ),
    "public after the consent has ended": (
        (
            'insert into consent_ends (consent_id, how, "by", ended_at)'
            " values ({consent}, 'withdrawn', 'customer', 0)"
        ),
        "testimonial:{quote}",
        Rule.PUBLIC_WITH_CONSENT,
    ),
    "a question sent after the stop": (
        (
            "update outbox set status = 'sent', sending_at = {tomorrow} where id ="
            " (select min(id) from outbox where customer_id = {Dora})"
        ),
        "outbox:{doras_first}",
        Rule.SILENT_AFTER_STOP,
    ),
    "a question sent after the erasure": (
        (
            "update outbox set sending_at = {tomorrow} where id ="
            " (select min(id) from outbox where customer_id = {Eve})"
        ),
        "outbox:{eves_first}",
        Rule.SILENT_AFTER_STOP,
    ),
    "a question sent to somebody who has blocked the bot": (
        "update outbox set sending_at = {tomorrow} where id = {finns_first}",
        "outbox:{finns_first}",
        Rule.SILENT_AFTER_STOP,
    ),
    "a timer that nobody looks at": (
        "update timers set due_at = 0 where kind = 'chat' and subject_id = {Cleo}",
        "chat:{Cleo}",
        Rule.NOTHING_STUCK,
    ),
    "an open question without a timer": (
        "delete from timers where kind = 'chat' and subject_id = {Cleo}",
        "customer:{Cleo}",
        Rule.NOTHING_STUCK,
    ),
    "a message on its way for a day": (
        "update outbox set status = 'sending', sending_at = 0 where id = {first}",
        "outbox:{first}",
        Rule.NOTHING_STUCK,
    ),
    "a message that could have left yesterday": (
        "update outbox set status = 'waiting', created_at = created_at - 86400000000 where id = {first}",
        "outbox:{first}",
        Rule.NOTHING_STUCK,
    ),
    "a card in doubt that nobody looks for": (
        (
            "update outbox set status = 'unknown', created_at = created_at - 86400000000"
            " where channel = 'slack' and id = (select min(id) from outbox where channel = 'slack')"
        ),
        "outbox:{first_card}",
        Rule.NOTHING_STUCK,
    ),
    "an offer whose day nobody waits for": (
        "delete from timers where kind = 'invitation' and subject_id = {offer}",
        "invitation:{offer}",
        Rule.NOTHING_STUCK,
    ),
    "a purchase that is talked about twice": (
        (
            "insert into conversations (customer_id, purchase_id, script, version, status,"
            " started_at, finished_at) select customer_id, purchase_id, script, version,"
            " 'finished', started_at, started_at from conversations where id = {talk}"
        ),
        "purchase:{bought}",
        Rule.TALKED_ABOUT_ONCE,
    ),
    "a message that left before the one in front of it": (
        "update outbox set sending_at = sending_at + 5000000 where id = {bos_first}",
        "outbox:{bos_second}",
        Rule.SENT_IN_ORDER,
    ),
    "words of somebody who was erased": (
        (
            "update messages set text = '\\x00' where id ="
            " (select min(id) from messages where customer_id = {Eve})"
        ),
        "message:{eves_message}",
        Rule.ERASED_IS_EMPTY,
    ),
    "a message to somebody who was erased": (
        "update outbox set payload = '\\x00' where id = {eves_first}",
        "outbox:{eves_first}",
        Rule.ERASED_IS_EMPTY,
    ),
    "the name of somebody who was erased": (
        "update customers set first_name = '\\x00' where id = {Eve}",
        "customer:{Eve}",
        Rule.ERASED_IS_EMPTY,
    ),
}
