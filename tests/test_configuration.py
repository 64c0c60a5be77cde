"""Settings: where they may stand, what goes before what, and that secrets stay secret."""

from __future__ import annotations

import json
import runpy
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner, Result
from pydantic_settings import BaseSettings

from bot import configuration
from bot.cli import main
from bot.configuration import as_toml, classes, described, in_use, unknown_variables
from bot.review.settings import ReviewSettings
from bot.slack.settings import SecretSettings, SlackSettings
from knowledge.configuration import (
    SECTIONS,
    ConfigurationError,
    Places,
    configuration_file,
    configured_by,
    file_name,
    nearest,
    secret_folders,
)
from knowledge.settings import Configured, Settings

ROOT = Path(__file__).parent.parent
VARIABLE = "SLACK_SIGNING_SECRET"
HIDDEN = "xoxb-Vidunderlig-7731-Kobberkjele"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, where the file and the folder of secrets are looked for."""
    made = tmp_path / "home"
    made.mkdir(mode=0o700)
    monkeypatch.setenv("FRISKSVAR_HOME", str(made))
    monkeypatch.setenv("COLUMNS", "250")
    for each in described():
        if each.variable != "FRISKSVAR_HOME":
            monkeypatch.delenv(each.variable, raising=False)
    return made


def write(folder: Path, text: str) -> Path:
    path = folder / "frisksvar.toml"
    path.write_text(text, encoding="utf-8")
    return path


def secret(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def signing() -> str | None:
    found = SlackSettings.read().signing_secret
    return None if found is None else found.get_secret_value()


# The list of settings


def test_the_page_of_the_settings_is_current() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "make_configuration.py"))
    render = cast(Callable[[], str], made["render"])
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert page == render(), "run `make docs`"


def below(settings: type[BaseSettings]) -> Iterator[type[BaseSettings]]:
    for each in settings.__subclasses__():
        yield each
        yield from below(each)


def test_every_class_of_settings_is_documented_and_takes_the_file() -> None:
    ours = {each for each in below(BaseSettings) if each.__module__.split(".")[0] in PACKAGES}
    assert ours == {*classes(), Configured, Places, SecretSettings}
    assert all(issubclass(each, Configured) for each in classes())


PACKAGES = ("bot", "indexer", "knowledge")


def test_each_setting_has_one_variable_one_name_and_a_description() -> None:
    found = described()
    assert len(found) > 30
    assert len({each.variable for each in found}) == len({each.name for each in found})
    assert len({each.name for each in found}) == len(found)
    for each in found:
        assert each.description.endswith((".", "…", "»")), each.variable
        assert each.section in ("", *SECTIONS) and "." not in each.key


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("FRISKSVAR_HOME", "home"),
        ("FRISKSVAR_REVIEW_OIDC_NAME", "review.oidc_name"),
        ("SLACK_BOT_TOKEN", "slack.bot_token"),
        ("FRISKSVAR_SLACK_HOME_TEAM", "slack.home_team"),
        ("FRISKSVAR_BACKUP_FOLDER", "backup.folder"),
        ("FRISKSVAR_METRICS_LISTEN", "metrics_listen"),
        ("FRISKSVAR_SECRET", "secret"),
    ],
)
def test_the_name_in_the_file_is_made_from_the_variable(variable: str, name: str) -> None:
    assert file_name(variable) == name
    assert variable in {each.variable for each in described()}


@pytest.mark.parametrize("value", [True, 3, 0.5, 'a"b\\c\næ\x7f', [8443, 9], [], "C:\\x"])
def test_a_value_is_written_as_toml_reads_it(value: object) -> None:
    assert tomllib.loads(f"v = {as_toml(value)}")["v"] == value


# Where they stand


def test_the_environment_goes_before_secret_files_and_these_before_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert signing() is None
    write(folder, '[slack]\nsigning_secret = "file"\n')
    assert signing() == "file"
    path = secret(folder / "secrets", VARIABLE.lower(), "secret\n")
    assert signing() == "secret"
    monkeypatch.setenv(VARIABLE, "environment")
    assert signing() == "environment"
    monkeypatch.setenv(VARIABLE, "")
    assert signing() == "secret"
    path.write_text("\n", encoding="utf-8")
    assert signing() == "file"
    write(folder, '[slack]\nsigning_secret = ""\n')
    assert signing() is None


def test_secrets_are_found_in_every_folder_they_may_stand_in(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    for name, at in (
        ("", tmp_path / "run" / "secrets"),  # RUN_SECRETS, in the tests
        ("CREDENTIALS_DIRECTORY", tmp_path / "systemd"),
        ("", folder / "secrets"),
        ("FRISKSVAR_SECRETS_DIR", tmp_path / "named"),
    ):
        secret(at, VARIABLE if len(given) % 2 else VARIABLE.lower(), at.name + str(len(given)))
        if name:
            monkeypatch.setenv(name, str(at))
        given.append(at.name + str(len(given)))
        assert signing() == given[-1]
    assert folder / "secrets" not in secret_folders(), "the named folder stands in its place"


def test_any_setting_may_stand_in_a_secret_file_or_the_file(folder: Path) -> None:
    secret(folder / "secrets", "FRISKSVAR_ALLOW_PORTS", "8443, 9443")
    write(folder, "allow_http = true\nanswer_threshold = 0.5\n[review]\npublic_ideas = true\n")
    settings = Settings.read()
    assert settings.allow_ports == (8443, 9443)
    assert settings.allow_http and settings.answer_threshold == 0.5
    assert ReviewSettings.read().public_ideas
    write(folder, "allow_ports = [1, 2]\n")
    (folder / "secrets" / "FRISKSVAR_ALLOW_PORTS").unlink()
    assert Settings.read().allow_ports == (1, 2)


def test_a_setting_that_two_parts_read_is_given_once(folder: Path) -> None:
    write(
        folder, 'log = "INFO"\n[review]\nurl = "https://f.example.no"\n[slack]\nclient_id = "7"\n'
    )
    slack, review = SlackSettings.read(), ReviewSettings.read()
    assert (slack.log, slack.review_url, slack.client_id) == ("INFO", "https://f.example.no", "7")
    assert (review.url, review.slack_client_id) == ("https://f.example.no", "7")


def test_one_file_is_read_the_named_one_then_that_of_the_home_then_the_machines(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = tmp_path / "etc" / "frisksvar.toml"  # SYSTEM_FILE, in the tests
    system.parent.mkdir()
    assert configuration_file() == folder / "frisksvar.toml"
    system.write_text('lang = "en"\nallow_http = true\n', encoding="utf-8")
    assert configuration_file() == system and Settings.read().lang == "en"
    write(folder, 'lang = "nn"\n')
    settings = Settings.read()
    assert settings.lang == "nn" and not settings.allow_http, "never two files"
    other = tmp_path / "other.toml"
    other.write_text('lang = "nb"\n', encoding="utf-8")
    monkeypatch.setenv("FRISKSVAR_CONFIG", str(other))
    assert Settings.read().lang == "nb"
    with configured_by(system):
        assert Settings.read().lang == "en"
    assert Settings.read().lang == "nb"


def test_the_file_says_where_the_home_is_for_all_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FRISKSVAR_HOME", raising=False)
    path = tmp_path / "etc" / "frisksvar.toml"
    path.parent.mkdir()
    path.write_text('home = "../data"\nbackup.folder = "~/copies"\n', encoding="utf-8")
    with configured_by(path):
        settings = Settings.read()
    assert settings.home.resolve() == tmp_path / "data"
    assert settings.backup_folder == Path.home() / "copies"


def test_the_language_of_the_file_is_that_of_the_messages(folder: Path) -> None:
    write(folder, 'lang = "nn"\n')
    assert "Lesetilgang: berre for" in run("doctor").stdout
    assert "only the user" in run("--lang", "en", "doctor").stdout


# What is wrong with them


@pytest.mark.parametrize(
    ("text", "name", "near"),
    [
        ('hoem = "x"', "hoem", "home"),
        ('[slak]\nbot_token = "x"', "slak.bot_token", "slack.bot_token"),
        ('bot_token = "x"', "bot_token", "slack.bot_token"),
        ('[review]\nHome_team = "x"', "review.Home_team", "slack.home_team"),
        ('slack_bot_token = "x"', "slack_bot_token", "slack.bot_token"),
        ("zzz = 1", "zzz", None),
    ],
)
def test_a_name_that_no_setting_has_is_refused_with_the_nearest(
    folder: Path, text: str, name: str, near: str | None
) -> None:
    path = write(folder, text)
    for command in (["doctor"], ["inquiries", "list"], ["bot"], ["--lang", "en", "daily"]):
        result = run(*command)
        assert result.exit_code == 1
        (line,) = result.stderr.strip().splitlines()
        assert str(path) in line and name in line and (near is None or near in line)
    assert nearest(name, [each.name for each in described()]) == near


@pytest.mark.parametrize(
    ("text", "command", "told"),
    [
        ("answer_threshold = 7", ["ask", "Hvem?"], "FRISKSVAR_ANSWER_THRESHOLD"),
        ("allow_ports = 'qwx'", ["doctor"], "FRISKSVAR_ALLOW_PORTS"),
        ('metrics_listen = "everywhere"', ["index"], "FRISKSVAR_METRICS_LISTEN"),
        ("[review]\npublic_ideas = 'perhaps'", ["review"], "FRISKSVAR_REVIEW_PUBLIC_IDEAS"),
        ('log = "LOUD"', ["bot"], "FRISKSVAR_LOG"),
        ("[slack]\nbot_token = 17", ["bot"], "SLACK_BOT_TOKEN"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_with_its_place_and_not_repeated(
    folder: Path, text: str, command: list[str], told: str
) -> None:
    path = write(folder, text)
    value = text.rpartition("=")[2].strip(" '\"")
    result = run(*command)
    assert result.exit_code == 1
    (line,) = result.stderr.strip().splitlines()
    assert told in line and f"({path}: " in line
    assert value not in line.replace(str(path), "")
    doctor = run("doctor")
    assert doctor.exit_code == 1 and told in doctor.output


def test_a_file_that_cannot_be_read_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    path = write(folder, "home = \n")
    for arguments, part in (
        (["doctor"], "TOML"),
        (["--config", str(tmp_path / "gone.toml"), "doctor"], "frisksvar init"),
    ):
        result = run(*arguments)
        assert result.exit_code == 1 and part in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1
    path.write_bytes(b"\xff\xfe")
    assert str(path) in run("doctor").stderr
    path.unlink()
    path.mkdir()
    assert str(path) in run("doctor").stderr


def test_a_folder_of_secrets_that_is_not_there_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRISKSVAR_SECRETS_DIR", str(tmp_path / "gone"))
    result = run("inquiries", "list")
    assert result.exit_code == 1 and "FRISKSVAR_SECRETS_DIR" in result.stderr


def test_a_secret_that_cannot_be_read_is_told_with_its_path(folder: Path) -> None:
    path = secret(folder / "secrets", "slack_bot_token", "")
    path.write_bytes(b"\xff\xfe")
    result = run("bot")
    assert result.exit_code == 1 and "SLACK_BOT_TOKEN" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_misspelt_variable_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert unknown_variables() == []
    monkeypatch.setenv("FRISKSVAR_BACKUP_FOLDR", "/x")
    monkeypatch.setenv("FRISKSVAR_QQQ", "1")
    assert unknown_variables() == [
        ("FRISKSVAR_BACKUP_FOLDR", "FRISKSVAR_BACKUP_FOLDER"),
        ("FRISKSVAR_QQQ", None),
    ]
    assert "mente du FRISKSVAR_BACKUP_FOLDER?" in run("doctor").stdout


# Secrets


@pytest.mark.parametrize("place", ["environment", "secret file", "file"])
def test_no_secret_is_ever_printed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = [each for each in described() if each.secret]
    assert len(secrets) >= 6
    lines = [""]
    for each in secrets:
        if place == "environment":
            monkeypatch.setenv(each.variable, HIDDEN)
        elif place == "secret file":
            secret(folder / "secrets", each.variable.lower(), HIDDEN)
        else:
            (lines if each.section else lines[:0]).append(f'{each.name} = "{HIDDEN}"')
    write(folder, "\n".join(lines))
    # Nothing listens there: the token is tried and cannot be sent.
    monkeypatch.setenv("FRISKSVAR_SLACK_API_URL", "http://127.0.0.1:9/api/")
    told = [repr(settings.read()) for settings in classes()]
    told += [str(settings.read().model_dump()) for settings in classes()]
    told += [repr(in_use())]
    for command in (["doctor", "--json"], ["config", "--all"], ["config", "--json"], ["bot"]):
        for verbose in ([], ["--verbose"]):
            result = run(*verbose, *command)
            told += [result.stdout, result.stderr, repr(result.exception)]
    told.append(caplog.text)
    assert not [text for text in told if "Kobberkjele" in text]
    assert signing() == HIDDEN
    shown = json.loads(run("config", "--json").stdout)["settings"]
    bot_token = next(each for each in shown if each["name"] == "slack.bot_token")
    assert bot_token["set"] and bot_token["value"] is None and bot_token["origin"]


def test_an_error_about_a_secret_does_not_hold_it(folder: Path) -> None:
    write(folder, f'[slack]\nbot_token = ["{HIDDEN}"]\n')
    with pytest.raises(ConfigurationError) as raised:
        SlackSettings.read()
    assert "Kobberkjele" not in str(raised.value) + repr(raised.value.__cause__)
    write(folder, f"[slack]\nbot_token = {HIDDEN}\n")
    assert "Kobberkjele" not in run("doctor").output


def test_what_counts_is_shown_with_where_it_comes_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(folder, "[backup]\nkeep_daily = 3\n")
    token = secret(folder / "secrets", "slack_bot_token", "xoxb-1")
    monkeypatch.setenv("FRISKSVAR_LOG", "INFO")
    shown = run("config")
    assert shown.exit_code == 0 and str(path) in shown.stderr
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert ["log", '"INFO"', "FRISKSVAR_LOG"] in lines
    assert ["backup.keep_daily", "3", f"{path}:", "backup.keep_daily"] in lines
    assert any(line[0] == "slack.bot_token" and line[-1] == str(token) for line in lines)
    assert "review.url" not in shown.stdout and "review.url" in run("config", "--all").stdout


def test_the_names_that_there_are_can_be_listed_with_a_wrong_one_in_the_file(folder: Path) -> None:
    path = write(folder, '[bakup]\nfolder = "x"\n')
    refused = run("inquiries", "list")
    assert "«frisksvar config --all» viser alle" in refused.stderr
    shown = run("config", "--all")
    assert shown.exit_code == 1
    assert all(each.name in shown.stdout for each in described())
    (wrong,) = [line for line in shown.stdout.splitlines() if line.startswith("bakup.folder")]
    assert "ingen innstilling heter det" in wrong and str(path) in wrong
    assert "mente du «backup.folder»" in shown.stderr
    assert run("config").exit_code == 1
    listed = run("config", "--json")
    assert listed.exit_code == 1 and json.loads(listed.stdout)["unknown"] == ["bakup.folder"]


def test_checking_needs_no_file(folder: Path) -> None:
    configuration.check_configuration()
    assert run("config").exit_code == 0
