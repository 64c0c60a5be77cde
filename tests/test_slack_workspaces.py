"""Several workspaces with one bot: each installs the app itself, over OAuth."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path

import httpx
from bot_process import BotProcess
from slack_sdk.oauth.installation_store.sqlite3 import SQLite3InstallationStore
from slack_server import Slack, Workspace
from slack_town import REFERRING, environment, town
from tests_support import Home


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_until_listening(url: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            httpx.get(url)
            return
        except httpx.ConnectError:
            assert time.monotonic() < until, url
            time.sleep(0.1)


def install(slack: Slack, address: str, team: Workspace) -> httpx.Response:
    """What a browser does when somebody installs the app in a workspace."""
    page = httpx.get(f"{address}/slack/install")
    state = re.search(r"state=([\w-]+)", page.text)
    assert state is not None, page.text
    cookie = page.headers["set-cookie"].split(";")[0]
    return httpx.get(
        f"{address}/slack/oauth_redirect",
        params={"code": slack.install_code(team), "state": state.group(1)},
        headers={"Cookie": cookie},
    )


def test_two_workspaces_install_the_app_and_each_is_answered_with_its_own_token(
    bundled_home: Home, tmp_path: Path
) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with town(bundled_home, tmp_path) as here:
        tokens = environment(here.slack)
        tokens.pop("SLACK_BOT_TOKEN")
        tokens.pop("SLACK_APP_TOKEN")
        here.bot = BotProcess(
            here.home.settings.home,
            {
                **tokens,
                "SLACK_CLIENT_ID": here.slack.app.client_id,
                "SLACK_CLIENT_SECRET": here.slack.app.client_secret,
                "FRISKSVAR_SLACK_HOME_TEAM": here.slack.team.id,
            },
            tmp_path / "oauth.log",
            "--http",
            "--port",
            str(port),
        )
        here.bot.start()
        wait_until_listening(f"{address}/slack/events")
        other = here.slack.workspace("nabo")
        for team in (here.slack.team, other):
            assert install(here.slack, address, team).status_code == 200
        # The same redirect again, or one that nobody began, installs nothing.
        forged = httpx.get(f"{address}/slack/oauth_redirect", params={"code": "x", "state": "y"})
        assert forged.status_code == 400

        assert here.slack.use_http(f"{address}/slack/events")
        nils = here.slack.user("nils", team=other)
        theirs = here.slack.channel("sporsmal", [nils], team=other)
        asked = here.slack.say(nils, theirs, f"{other.bot_user.mention} {REFERRING}")
        assert "[1]" in here.slack.shown(here.answer_to(asked))
        assert "[1]" in here.slack.shown(here.ask(here.kari, here.asking, REFERRING))
        teams = {call.team for call in here.slack.calls_of("chat.postMessage")}
        assert len(teams) == 2
        # The same person id in two workspaces would be two askers.
        assert here.row(asked).asker == here.pseudonyms.of(other.id, nils.id)

        installed = SQLite3InstallationStore(
            database=str(here.home.settings.database), client_id=here.slack.app.client_id
        )
        assert installed.find_bot(enterprise_id=None, team_id=other.id) is not None
        here.slack.uninstall(other)
        here.wait(lambda: installed.find_bot(enterprise_id=None, team_id=other.id) is None)
        assert "[1]" in here.slack.shown(here.ask(here.kari, here.asking, REFERRING))
        assert here.bot.stop() == 0
        assert here.slack.app.client_secret not in here.bot.said
