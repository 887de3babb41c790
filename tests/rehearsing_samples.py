"""Tests of the small script of tests/rehearsing."""

from __future__ import annotations

HAPPY = """\
# how it goes well
- test: a happy customer is thanked
  given: {customer: {first_name: Bo}}
  turns:
    - bot: "Hi Bo! How are your Trail shoes?"   # the first question
    - tap: 5
    - bot: {has: [Lovely., Thank you.]}
    - saved: {score: 5, recovered: none}
    - end: done
"""
UNHAPPY = """\
- test: an unhappy customer is heard and asked again
  given: {customer: {first_name: Bo}, purchase: {item: Rain jacket}, now: "2026-11-24 10:00"}
  turns:
    - bot: {has: Rain jacket}
    - tap: "2"
    - bot: {has: I am sorry}
    - slack: {channel: support, contains: 2/5 for Rain jacket}
    - staff: {claim: Rita}
    - bot: any
    - staff: {reply: "A new one is on its way."}
    - bot: "A new one is on its way."
    - staff: {resolve: {cause: quality, action: replaced, check: 2d}}
    - bot: {has: Did we put it right}
    - tap: solved
    - end: done
    - bot: any
"""
