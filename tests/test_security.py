"""What somebody who means harm would try with a copy of the database, a terminal, or an archive."""

from __future__ import annotations

import ast
import io
import json
import re
import sqlite3
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.sqlite3 import SQLite3InstallationStore

from bot.cli import main
from bot.cli.app import App
from bot.cli.terminal import CONTROL, console, json_text
from bot.doctor.examining import Examined
from bot.doctor.finding import Finding
from bot.slack.installations import SEALED, SealedInstallations
from knowledge.exchange.whole import export_all, import_all
from knowledge.messages import Failure
from knowledge.store import Store

ROOT = Path(__file__).parent.parent
THREATS = ROOT / "docs" / "security.md"
TOKEN, REFRESH, HOOK = "xoxb-1-very-secret", "xoxe-1-refresh", "https://hooks.example/secret"


def installation() -> Installation:
    return Installation(
        app_id="A1",
        team_id="T1",
        user_id="U1",
        bot_token=TOKEN,
        bot_id="B1",
        bot_user_id="U2",
        bot_scopes=["chat:write"],
        bot_refresh_token=REFRESH,
        user_token="xoxp-1-very-secret",
        incoming_webhook_url=HOOK,
    )


def whole_file(path: Path) -> bytes:
    return b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))


def test_tokens_of_workspaces_are_not_readable_in_the_database(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    kept = SealedInstallations(path, "C1", b"s" * 32)
    kept.save(installation())
    held = whole_file(path)
    for secret in (TOKEN, REFRESH, HOOK, "xoxp-1-very-secret"):
        assert secret.encode() not in held
    for store in (kept, SealedInstallations(path, "C1", b"s" * 32)):
        bot = store.find_bot(enterprise_id=None, team_id="T1")
        found = store.find_installation(enterprise_id=None, team_id="T1")
        assert bot is not None and found is not None
        assert (bot.bot_token, bot.bot_refresh_token) == (TOKEN, REFRESH)
        assert (found.user_token, found.incoming_webhook_url) == ("xoxp-1-very-secret", HOOK)
    other = SealedInstallations(path, "C1", b"t" * 32)
    assert other.find_bot(enterprise_id=None, team_id="T1") is None


def test_tokens_that_were_kept_in_clear_are_sealed_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    SQLite3InstallationStore(database=str(path), client_id="C1").save(installation())
    assert TOKEN.encode() in whole_file(path)
    kept = SealedInstallations(path, "C1", b"s" * 32)
    with sqlite3.connect(path) as connection:
        tokens = connection.execute("SELECT bot_token FROM slack_bots").fetchall()
    connection.close()
    assert all(token.startswith(SEALED) for (token,) in tokens)
    assert TOKEN.encode() not in whole_file(path)
    bot = kept.find_bot(enterprise_id=None, team_id="T1")
    assert bot is not None and bot.bot_token == TOKEN


HARM = ["\x1b[2J", "\x1b]0;eid\x07", "\x9b31m", "\x07", "\x08", "\r", "\u202e", "\x7f"]
UNICODE = ["\u200e", "\u200f", "\u061c", "\u2028", "\u2029"]


@pytest.mark.parametrize("harm", [*HARM, *UNICODE])
def test_text_of_others_does_not_command_the_terminal(harm: str) -> None:
    target = io.StringIO()
    out = console()
    out.file = target
    out.print(f"Tittel{harm}slutt", markup=False, soft_wrap=True)
    table = Table("Tittel")
    table.add_row(Text(f"Rad{harm}slutt"))
    out.print(table)
    assert not CONTROL.search(target.getvalue())
    assert target.getvalue().count("slutt") == 2
    told = {"text": f"Tittel{harm}slutt", "emoji": "æ🌱"}
    assert harm not in target.getvalue() and not CONTROL.search(json_text(told))
    assert json.loads(json_text(told)) == told and "æ🌱" in json_text(told)


@given(text=st.text(max_size=60))
def test_nothing_but_our_own_signs_reaches_a_terminal(text: str) -> None:
    target = io.StringIO()
    out = console()
    out.file = target
    out.print(text.encode("utf-8", "replace").decode(), markup=False, soft_wrap=True)
    assert not CONTROL.search(target.getvalue())


def test_the_command_line_writes_through_that_console(capsys: pytest.CaptureFixture[str]) -> None:
    app = App()
    app.out.print("\x1b[2Jut", markup=False)
    app.err.print("\x1b[2Jfeil", markup=False)
    written = capsys.readouterr()
    assert "ut" in written.out and "feil" in written.err
    assert "\x1b[2J" not in written.out + written.err


def test_json_of_doctor_does_not_command_it_either(monkeypatch: pytest.MonkeyPatch) -> None:
    harm = "\x9b31m\x7f\u202e\u200e\u2028"
    found = [Examined("folder", "doctor_folder", Finding("ok", f"Mappen{harm}"))]
    monkeypatch.setattr("bot.doctor.examining.examine", lambda _: found)
    said = CliRunner().invoke(main, ["doctor", "--json"]).stdout
    assert not CONTROL.search(said)
    assert json.loads(said)["findings"][0]["text"] == f"Mappen{harm}"


def test_an_archive_of_the_register_that_unpacks_to_far_more_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        export_all(store, tmp_path / "a.zip")
    bomb = tmp_path / "b.zip"
    packed = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(tmp_path / "a.zip") as good, zipfile.ZipFile(bomb, "w", packed) as bad:
        for name in good.namelist():
            content = good.read(name)
            bad.writestr(name, b" " * 80_000_000 if name == "inquiries.jsonl" else content)
    tracemalloc.start()
    with Store(tmp_path / "empty" / "b.db") as empty, pytest.raises(Failure) as refused:
        import_all(bomb, empty)
    assert refused.value.key == "review_all_damaged"
    assert tracemalloc.get_traced_memory()[1] < 20_000_000  # nothing was unpacked
    tracemalloc.stop()


def sources() -> list[Path]:
    return [
        path for part in ("bot", "indexer", "knowledge") for path in (ROOT / part).rglob("*.py")
    ]


def calls(path: Path) -> list[tuple[str, ast.Call]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [(ast.unparse(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]


FORBIDDEN = {
    *("eval", "exec", "compile", "__import__", "os.system", "os.popen", "pickle.load"),
    "torch.load",
    *("pickle.loads", "marshal.loads", "shelve.open", "joblib.load", "yaml.unsafe_load", "mktemp"),
    *("yaml.full_load", "tempfile.mktemp", "subprocess.getoutput", "zipfile.ZipFile.extractall"),
}  # fmt: skip


def test_nothing_that_is_read_is_run() -> None:
    """No unpickling, no evaluation; arrays and YAML only without objects."""
    assert len(sources()) > 200
    for path in sources():
        for name, call in calls(path):
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            assert name not in FORBIDDEN, (path, name)
            assert given.get("shell", "False") == "False", (path, name)
            assert "http" not in name or given.get("verify", "True") != "False", (path, name)
            if name in ("np.load", "numpy.load"):  # numpy's own default is False, too
                assert given.get("allow_pickle", "False") == "False", path
            if name == "yaml.load":
                assert ast.unparse(call.args[1]) == "_Plain", path


def test_the_model_that_comes_along_is_no_pickle() -> None:
    files = {path.suffix for path in (ROOT / "indexer" / "model").iterdir()}
    assert not files & {".bin", ".pt", ".pth", ".pkl", ".ckpt"}


def test_bandit_finds_nothing_that_is_not_explained() -> None:
    """Each exception stands at its line (`# nosec`, or `# noqa: S…` for ruff's same rule)."""
    pytest.importorskip("bandit")
    command = [sys.executable, "-m", "tests.audit"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=150
    )
    assert done.returncode == 0, done.stdout + done.stderr


# The threat model


def rows() -> list[list[str]]:
    text = THREATS.read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1:]]


def test_every_line_of_the_threat_model_names_a_test_that_exists() -> None:
    assert len(rows()) >= 20
    for row in rows():
        named = re.findall(r"`(test_\w+)\.py::(test_\w+)`", row[-1])
        assert named, row
        for module, function in named:
            code = (ROOT / "tests" / f"{module}.py").read_text(encoding="utf-8")
            assert f"def {function}(" in code, f"{module}::{function}"


def test_the_threat_model_is_one_page() -> None:
    assert len(THREATS.read_text(encoding="utf-8").split()) < 1_300
