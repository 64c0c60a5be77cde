"""A local Slack that speaks what slack-sdk and slack-bolt speak. Nothing leaves 127.0.0.1.

Import it as `slack_server` (pytest puts tests/ on the path). In short:

    with Slack(timing=Timing.quick()) as slack:          # also Slack(port=…, routes=[Route(…)])
        kari = slack.user("kari", guest=False, admin=False)
        channel = slack.channel("sporsmal", members=[kari], private=False, bot=True)

        # start the app with these (all are strings):
        slack.api_url, slack.bot_token, slack.app_token, slack.signing_secret
        slack.wait_connected()                           # or slack.use_http("http://…/slack/events")

        asked = slack.say(kari, channel, f"{slack.mention} Hvem kan henvise?")
        reply = slack.wait_for(lambda: slack.answers(channel, thread=asked))[0]
        slack.press(kari, reply, "to_centre")            # opens a modal, say
        view = slack.wait_for(lambda: slack.views(kari))[-1]
        ack = slack.submit(kari, view, {"municipality": "Senja", "question": "…"})
        assert ack.ok and not ack.errors

People (people.py)
    say(user, channel, text, thread=, redeliver=n, raw=False, **more) -> Message   [does not wait]
    edit(user, message, text, redeliver=n), delete(user, message), open_home(user, tab="home")
    command(user, channel, text, command="/frisksvar") -> Ack
    shortcut(user, callback_id, message) -> Ack
    press(user, message_or_view, action_id_or_block_id, value=None) -> Ack
    press_soon(…) -> Future[Ack]
    vote(user, message, up=True) -> Ack
    options(user, message_or_view, action_id, typed) -> list of options
    fill(user, view, {action_id: value}), submit(user, view, {action_id: value}) -> Ack
    close_view(user, all_of_them=False)
    Ack: ok, reason ("timeout", "no_connection", …), body, errors (of a form, by block_id), action.
    CannotDo is raised where Slack's client would not let a person do it.

Observing (driver.py)
    messages(channel, thread=None), answers(…) (the app's), ephemerals(user), views(user),
    home(user), status(channel, thread=None), prompts(channel), shown(message_or_view) (its text),
    calls / calls_of("chat.postMessage") (each: at, method, args, team, status, answer, ok),
    deliveries, undelivered() (events without ack; each: event, event_id, sent, acked, given_up),
    wait_for(condition, timeout_s=10) -> the condition's first true value, or TimeoutError.
    Message: ts, thread_ts, root_ts, text, blocks, metadata, edited, bot_id, user, deleted,
    seen_by, at (time.perf_counter() when stored). Messages are live: an update changes them.

Setting up (driver.py)
    user(name, admin=, guest=, locale=, team=), channel(name, members, private=, bot=, team=),
    dm(user), invite(channel, slack.bot), workspace(name) -> another team (its .bot_token),
    install_code(team) for oauth.v2.access, uninstall(team);
    team.scopes (a set: discard one and the method answers missing_scope, the events stop),
    team.revoked, team.agent_features, team.home_tab.

Trouble (faults.py; `slack.faults`)
    error(method, code, times=1), rate_limit(method, retry_after_s, times), server_error(method),
    hang(method, seconds, done=False), drop_before(method), drop_after(method) (done, no answer),
    for_seconds(fault, s), lose_acks(n), lose_events(n), go_away() / come_back(), clear().
    Methods may have wildcards; times=None is for ever; when=lambda args: … narrows it.
    disconnect(reason), cut_sockets(), shuffled(seed) (a with block), deliver_again(delivery),
    pass_time(seconds).

Limits (limits.py): check_blocks(blocks, "message" | "modal" | "home") -> list of problems,
    check_view(view), check_options(answer).

Timing has Slack's own times (ack 3 s; retries at once, after 1 and 5 minutes); Timing.quick() is
for tests. Events for which no socket is open fail and are retried like those without ack.
"""

from .delivery import Answer, Delivery, Timing
from .driver import Slack
from .faults import Fault, Faults
from .forms import CannotDo
from .interactions import Ack
from .limits import check_blocks, check_options, check_view
from .state import (
    ALL_EVENTS,
    ALL_SCOPES,
    Call,
    Channel,
    Message,
    Prompts,
    SlackApp,
    User,
    View,
    Workspace,
)

__all__ = [
    "ALL_EVENTS",
    "ALL_SCOPES",
    "Ack",
    "Answer",
    "Call",
    "CannotDo",
    "Channel",
    "Delivery",
    "Fault",
    "Faults",
    "Message",
    "Prompts",
    "Slack",
    "SlackApp",
    "Timing",
    "User",
    "View",
    "Workspace",
    "check_blocks",
    "check_options",
    "check_view",
]
