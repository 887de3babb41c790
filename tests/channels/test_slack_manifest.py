"""The manifest asks for what the code uses: not less, or it fails, and not more."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

from ruamel.yaml import YAML

from feedbackbot.channels import slack_manifest
from feedbackbot.channels.slack_manifest import (
    METHODS,
    creation_url,
    manifest,
    manifest_json,
    manifest_yaml,
)

CHANNELS = Path(slack_manifest.__file__).parent
URL = "https://feedback.example/webhooks/slack"


def test_every_method_that_the_code_calls_is_listed_and_no_other() -> None:
    code = "\n".join(path.read_text() for path in CHANNELS.glob("slack*.py"))
    code = code.replace((CHANNELS / "slack_manifest.py").read_text(), "")

    named = set(
        re.findall(r'"((?:auth|chat|views|reactions|users|conversations|files)\.\w+)"', code)
    )

    assert named == set(METHODS)


def test_without_an_address_slack_talks_through_a_socket() -> None:
    settings = manifest()["settings"]

    assert settings["socket_mode_enabled"] is True
    assert "request_url" not in settings["event_subscriptions"]


def test_with_an_address_slack_calls_it_for_events_and_for_buttons() -> None:
    settings = manifest(request_url=URL)["settings"]

    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == URL
    assert settings["interactivity"]["request_url"] == URL


def test_events_and_scopes_belong_together() -> None:
    facts = manifest()

    assert facts["settings"]["event_subscriptions"]["bot_events"] == [
        "app_mention",
        "message.channels",
        "message.groups",
    ]
    assert facts["oauth_config"]["scopes"]["bot"] == [
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "files:write",
        "groups:history",
        "groups:read",
        "reactions:write",
        "users:read",
    ]


def test_it_stays_within_slacks_limits() -> None:
    display = manifest()["display_information"]

    assert len(display["name"]) <= 35
    assert len(display["description"]) <= 140
    assert 174 <= len(display["long_description"]) <= 4000


def test_json_yaml_and_the_one_click_link_say_the_same() -> None:
    facts = manifest(request_url=URL)

    link = urlparse(creation_url("https://feedback.example/"))

    assert json.loads(manifest_json("https://feedback.example")) == facts
    assert YAML(typ="safe").load(manifest_yaml(URL)) == facts
    assert json.loads(parse_qs(link.query)["manifest_json"][0]) == facts
