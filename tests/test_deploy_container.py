"""The container image and the compose file, read and held against what they must say.

No image is built here: that needs a builder, the base image and the network.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, cast

import click
import pytest
import yaml
from deploy_files import DEPLOY, Dockerfile, read_dockerfile
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.cli.main import main
from bot.configuration import described
from knowledge.settings import Settings

ROOT = DEPLOY.parent
FOLDER = DEPLOY / "container"
SECRET = re.compile(r"token|secret|password|key(?!s)", re.IGNORECASE)
VOLUME = "/var/lib/frisksvar"


@pytest.fixture(scope="module")
def image() -> Dockerfile:
    return read_dockerfile((FOLDER / "Dockerfile").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    return cast(dict[str, Any], yaml.safe_load(text))


# The image


def test_the_dockerfile_is_read_as_docker_does() -> None:
    read = read_dockerfile(
        "# syntax=x\nARG A=1\nFROM --platform=linux/amd64 a:${A} AS b\nRUN one \\\n  # not this\n"
        '  && two\nCOPY --from=b --chown=1:1 x y\nfrom c\nCMD ["d"]\n'
    )
    assert [each.rest for each in read.before] == ["A=1"]
    assert [(stage.base, stage.name) for stage in read.stages] == [("a:${A}", "b"), ("c", None)]
    run, copy = read.stages[0].instructions
    assert run.rest == "one && two"
    assert (copy.flags, copy.rest) == ({"from": "b", "chown": "1:1"}, "x y")
    assert read.final.all("CMD")[0].rest == '["d"]'


def test_the_base_is_one_version_of_a_slim_python(image: Dockerfile) -> None:
    (argument,) = image.before
    name, _, tag = argument.rest.partition("=")
    assert re.fullmatch(r"3\.11\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", tag)
    assert [stage.base for stage in image.stages] == [f"docker.io/library/python:${{{name}}}"] * 2


def test_what_builds_does_not_stay(image: Dockerfile) -> None:
    build, final = image.stages
    assert build.name == "build"
    copies = final.all("COPY")
    assert [(each.flags, each.rest) for each in copies] == [
        ({"from": "build"}, "/opt/frisksvar /opt/frisksvar")
    ]
    assert not any("pip" in each.rest for each in final.all("RUN"))


def test_it_runs_as_nobody_in_particular(image: Dockerfile) -> None:
    user = image.final.all("USER")[-1].rest
    assert re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", user)
    made = " ".join(each.rest for each in image.final.all("RUN"))
    number = user.partition(":")[0]
    assert f"--uid {number}" in made and f"--gid {number}" in made
    names = [each.name for each in image.final.instructions]
    assert "RUN" not in names[names.index("USER") :]  # nothing as root after it


def test_commands_are_lists_so_that_signals_arrive(image: Dockerfile) -> None:
    for name in ("ENTRYPOINT", "CMD"):
        (each,) = image.final.all(name)
        assert isinstance(json.loads(each.rest), list)
    (check,) = image.final.all("HEALTHCHECK")
    words = json.loads(check.rest.removeprefix("CMD "))
    assert words[0] == "frisksvar" and words[1] in main.commands
    assert image.final.all("STOPSIGNAL")[0].rest == "SIGTERM"


def test_nothing_is_fetched_by_the_builder_and_nothing_secret_is_in_it(image: Dockerfile) -> None:
    for stage in image.stages:
        assert not stage.all("ADD")
        for each in (*stage.all("ENV"), *stage.all("ARG"), *stage.all("LABEL")):
            for assignment in each.rest.split():
                assert not SECRET.search(assignment.partition("=")[0]), assignment
        for each in stage.all("RUN"):
            assert not re.search(r"curl|wget|apt-get|--trusted-host|\bsudo\b", each.rest)


def test_what_is_copied_is_there_and_reaches_the_builder(image: Dockerfile) -> None:
    patterns = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied: list[str] = []
    for each in image.stages[0].all("COPY"):
        *sources, _target = each.rest.split()
        copied += sources
    for source in copied:
        assert (ROOT / source).exists(), source
        assert reaches(source, patterns), source
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = set(wheel["only-include"])
    needed |= {project["project"]["readme"], *project["project"]["license-files"]}
    assert needed <= set(copied)


def reaches(path: str, patterns: list[str]) -> bool:
    """By the rules of .dockerignore: the last pattern that fits a path, or a folder over it."""
    sent = True
    above = [path, *(str(folder) for folder in Path(path).parents if folder != Path())]
    for line in patterns:
        pattern = line.removeprefix("!").removeprefix("**/")
        if (
            line
            and not line.startswith("#")
            and any(fnmatch(each, pattern) or fnmatch(Path(each).name, pattern) for each in above)
        ):
            sent = line.startswith("!")
    return sent


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("bot/cli/main.py", True),
        ("indexer/model/model.safetensors", True),
        ("var/frisksvar.db", False),
        (".git/config", False),
        (".venv/bin/python", False),
        ("tests/conftest.py", False),
        ("deploy/container/secrets/SLACK_BOT_TOKEN", False),
        ("bot/__pycache__/x.pyc", False),
    ],
)
def test_state_and_secrets_never_reach_the_builder(path: str, sent: bool) -> None:
    patterns = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert reaches(path, patterns) is sent


def test_the_image_sets_settings(image: Dockerfile) -> None:
    known = {each.variable for each in described()}
    words = " ".join(each.rest for each in image.final.all("ENV")).split()
    given = dict(word.partition("=")[::2] for word in words)
    ours = {name: value for name, value in given.items() if name.startswith("FRISKSVAR_")}
    assert set(ours) <= known
    assert given["HOME"] == VOLUME  # slack-sdk wants one when it is imported, whoever it runs as
    assert ours["FRISKSVAR_HOME"] == VOLUME == json.loads(image.final.all("VOLUME")[0].rest)[0]
    Settings.model_validate({"metrics_listen": ours["FRISKSVAR_METRICS_LISTEN"]})


# The versions


def test_every_dependency_has_one_version_that_fits() -> None:
    lines = (DEPLOY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for line in project["dependencies"]:
        need = Requirement(line)
        pinned = pins.get(canonicalize_name(need.name))
        assert pinned, f"{need.name}: run deploy/make_constraints.py"
        assert need.specifier.contains(pinned), line


# Compose


OURS = ("bot", "review", "daily")


@pytest.mark.parametrize("name", [*OURS, "proxy", "offsite"])
def test_a_service_can_do_little(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
    assert not service.get("privileged") and service.get("network_mode") != "host"
    assert service["mem_limit"] and service["restart"] == "unless-stopped"
    assert not any("docker.sock" in volume for volume in service["volumes"])


@pytest.mark.parametrize("name", OURS)
def test_ours_run_as_the_user_of_the_image(
    compose: dict[str, Any], image: Dockerfile, name: str
) -> None:
    service = compose["services"][name]
    assert service["user"] == image.final.all("USER")[-1].rest
    assert f"home:{VOLUME}" in service["volumes"]
    assert any(line.startswith("/tmp:") for line in service["tmpfs"])


@pytest.mark.parametrize("name", OURS)
def test_the_commands_are_those_of_the_program(compose: dict[str, Any], name: str) -> None:
    first, *arguments = compose["services"][name]["command"]
    main.commands[first].make_context(first, list(arguments), parent=click.Context(main))


def test_no_secret_is_in_the_environment(compose: dict[str, Any]) -> None:
    known = {each.variable: each for each in described()}
    others = {"FORWARDED_ALLOW_IPS", "FRISKSVAR_HOST", "FRISKSVAR_PAGES"}  # uvicorn's, Caddy's
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            if name in OURS and variable not in others:
                assert not known[variable].secret, variable
            if SECRET.search(variable):
                assert str(value).startswith("/run/secrets/"), variable
    for name, secret in compose["secrets"].items():
        assert secret == {"file": f"secrets/{name}"}


def test_only_the_bot_has_the_tokens(compose: dict[str, Any]) -> None:
    given = {name: service.get("secrets", []) for name, service in compose["services"].items()}
    assert {name for name, secrets in given.items() if "SLACK_BOT_TOKEN" in secrets} == {"bot"}
    known = {each.variable for each in described() if each.secret}
    assert set(given["bot"]) <= known
    assert set().union(*given.values()) == set(compose["secrets"])


def test_only_the_proxy_has_ports(compose: dict[str, Any]) -> None:
    open_to_all = {name for name, service in compose["services"].items() if service.get("ports")}
    assert open_to_all == {"proxy"}
    assert compose["networks"]["watch"]["internal"] is True
    assert compose["services"]["daily"]["network_mode"] == "none"


def test_the_pages_believe_the_proxy_and_nobody_else(compose: dict[str, Any]) -> None:
    (net,) = compose["networks"]["front"]["ipam"]["config"]
    review = compose["services"]["review"]
    assert review["environment"]["FORWARDED_ALLOW_IPS"] == net["subnet"]
    on_it = {n for n, s in compose["services"].items() if "front" in s.get("networks", [])}
    assert on_it == {"review", "proxy"}
    host, port = compose["services"]["proxy"]["environment"]["FRISKSVAR_PAGES"].split(":")
    assert host == "review" and port in review["command"]


@pytest.mark.parametrize("name", ["proxy", "offsite"])
def test_foreign_images_have_one_version(compose: dict[str, Any], name: str) -> None:
    assert re.search(r":\d+\.\d+\.\d+", compose["services"][name]["image"])


def test_files_that_are_mounted_are_there(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service["volumes"]:
            source, _, _ = volume.partition(":")
            if source.startswith("."):
                assert (FOLDER / source).resolve().is_file(), source
            else:
                assert source in compose["volumes"]
    build = compose["services"]["bot"]["build"]
    assert (FOLDER / build["context"]).resolve() == ROOT.resolve()
    assert (ROOT / build["dockerfile"]).is_file()
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert compose["services"]["bot"]["image"] == f"frisksvar:{version['version']}"


def test_there_is_time_to_stop(compose: dict[str, Any]) -> None:
    from bot.slack.socket import GRACE_SECONDS

    for name in OURS:
        seconds = int(compose["services"][name]["stop_grace_period"].removesuffix("s"))
        assert seconds > 2 * GRACE_SECONDS
        assert compose["services"][name]["init"] is True


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="needs docker-compose")
def test_compose_itself_takes_it() -> None:
    version = subprocess.run(
        ["docker-compose", "version", "--short"], capture_output=True, text=True, check=True
    ).stdout
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    if version.startswith("1."):  # which knows all of it but the name of the project
        text = re.sub(r"^name: .*\n", "", text, flags=re.MULTILINE)
    done = subprocess.run(
        ["docker-compose", "-f", "-", "config"],
        input=text, cwd=FOLDER,
        env={**os.environ, "FRISKSVAR_HOST": "friskliv.example.no", "TORCH_INDEX": "x"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    read = yaml.safe_load(done.stdout)["services"]
    assert read["review"]["environment"]["FRISKSVAR_REVIEW_URL"] == "https://friskliv.example.no"
