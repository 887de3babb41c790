from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from feedbackbot.config import Settings
from feedbackbot.errors import ConfigError
from feedbackbot.models.keyfile import is_beside_data, own_key_file
from feedbackbot.models.keys import KeyRing
from feedbackbot.models.sealing import load_keys


@pytest.fixture(autouse=True)
def config_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


def test_without_a_key_one_is_made_outside_the_data_folder_for_the_user_alone(
    settings: Settings, config_home: Path
) -> None:
    keys = load_keys(settings)

    assert keys.is_new
    assert keys.place == config_home / "feedbackbot" / "feedbackbot.key"
    assert stat.S_IMODE(keys.place.stat().st_mode) == 0o600
    assert not is_beside_data(keys, settings.data_folder)
    assert [file.name for file in keys.place.parent.iterdir()] == ["feedbackbot.key"]


def test_the_second_start_takes_the_same_key(settings: Settings) -> None:
    first = load_keys(settings)
    second = load_keys(settings)

    assert not second.is_new
    assert second.fingerprint() == first.fingerprint()


def test_many_first_starts_at_once_agree_on_one_key(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as threads:
        rings = list(threads.map(lambda _: load_keys(settings), range(8)))

    assert len({ring.fingerprint() for ring in rings}) == 1
    assert sum(ring.is_new for ring in rings) == 1


def test_a_lost_key_file_is_not_silently_replaced(settings: Settings) -> None:
    settings.data_folder.mkdir()
    file = settings.sqlite_file
    assert file is not None
    file.write_bytes(b"a database")

    with pytest.raises(ConfigError, match="Put the key file back"):
        load_keys(settings)

    assert not own_key_file().exists()


def test_a_configured_key_file_is_made_at_its_place_for_a_new_database(tmp_path: Path) -> None:
    place = tmp_path / "keys" / "feedbackbot.key"

    keys = load_keys(Settings(data=tmp_path / "data", key_file=place))

    assert keys.is_new
    assert keys.place == place


def test_a_key_file_of_one_s_own_is_read(tmp_path: Path) -> None:
    file, ring = tmp_path / "our.key", KeyRing.generate()
    file.write_text(ring.dump())

    assert load_keys(Settings(key_file=file)).fingerprint() == ring.fingerprint()


def test_a_key_in_the_environment_is_read(tmp_path: Path) -> None:
    keys = load_keys(Settings(data=tmp_path, secret_key=SecretStr("ab" * 32)))

    assert keys.place is None
    assert keys.fingerprint() == KeyRing({1: b"\xab" * 32}).fingerprint()
    assert not own_key_file().exists()


def test_a_wrong_key_is_refused_by_its_setting_s_name() -> None:
    with pytest.raises(
        ConfigError, match=r"FEEDBACKBOT_SECRET_KEY holds no usable key\. .*openssl"
    ):
        load_keys(Settings(secret_key=SecretStr("hunter2")))


def test_postgres_needs_a_given_key() -> None:
    with pytest.raises(
        ConfigError, match="FEEDBACKBOT_KEY_FILE or FEEDBACKBOT_SECRET_KEY is needed"
    ):
        load_keys(Settings(database="postgresql://localhost/feedbackbot"))


def test_postgres_makes_no_key_file_of_its_own(tmp_path: Path) -> None:
    missing = tmp_path / "missing.key"

    with pytest.raises(ConfigError, match=r"missing\.key can't be read"):
        load_keys(Settings(database="postgresql://localhost/feedbackbot", key_file=missing))


def test_a_key_inside_the_data_folder_is_told(tmp_path: Path) -> None:
    keys = load_keys(Settings(data=tmp_path, key_file=tmp_path / "feedbackbot.key"))

    assert is_beside_data(keys, tmp_path)


def test_a_folder_that_can_t_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file, not a folder")

    with pytest.raises(
        ConfigError, match=r"No key file can be made at .* Set FEEDBACKBOT_KEY_FILE"
    ):
        load_keys(Settings(data=tmp_path / "data"))
