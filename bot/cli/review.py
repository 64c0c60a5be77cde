"""`frisksvar review`: the pages where centres see, correct and answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bot.cli.app import App, command
from bot.cli.building import ensure_index
from knowledge.keys import KeyDamaged, kept_key
from knowledge.messages import Failure

if TYPE_CHECKING:
    from bot.review.settings import ReviewSettings
    from knowledge.register.users import User, Users

DEFAULT_PORT = 8080
LINK_MINUTES = 15
KEY = "session.key"
ROLES = ("admin", "reviewer", "reader")


@click.group(
    invoke_without_command=True,
    help="""Nettsidene der utviklingssentralene ser, retter, svarer og registrerer.

Adressen blir skrevet ut. Så lenge ingen administrator finnes, følger en engangslenke med på en
terminal: den som åpner den, blir administrator. I en logg står den aldri; da gir «frisksvar review
link» den. Skal andre enn denne maskinen nå sidene, trengs en tjener foran som
gjør https, og FRISKSVAR_REVIEW_URL.

\b
Miljøvariabler:
  FRISKSVAR_REVIEW_URL    adressen folk bruker, f.eks. https://friskliv.example.no
  FRISKSVAR_REVIEW_OIDC_ISSUER, FRISKSVAR_REVIEW_OIDC_CLIENT_ID,
  FRISKSVAR_REVIEW_OIDC_CLIENT_SECRET, FRISKSVAR_REVIEW_OIDC_NAME
                          innlogging med Entra ID, Ansattporten eller andre
  SLACK_CLIENT_ID, SLACK_CLIENT_SECRET
                          innlogging med Slack

\b
Eksempler:
  frisksvar review
  frisksvar review --port 9000
  frisksvar review link
  frisksvar review link --role reviewer --name "Ingrid Berg"
""",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse å lytte på.")
@click.option(
    "--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535),
    help="Port å lytte på; 0 tar en ledig.",
)  # fmt: skip
@click.pass_context
def review(context: click.Context, host: str, port: int) -> None:
    if context.invoked_subcommand is None:
        serve_pages(host, port)


@command
def serve_pages(host: str, port: int) -> None:
    # Imported here: no other command needs the web libraries.
    from bot import logs
    from bot.review.app import build
    from bot.review.approving import tidy
    from bot.review.measured import watched
    from bot.review.opening import open_site
    from bot.review.serving import serve
    from knowledge.register.users import FIRST_ADMIN, LOCAL

    app = click.get_current_context().ensure_object(App)
    own = _settings()
    proxied = own.url is not None
    if not proxied:
        own = own.model_copy(update={"url": _address(host, port)})

    def ready(taken: int) -> None:
        url = own.url if proxied else _address(host, taken)
        app.note("review_listening", url=url)
        if site.users.has_admin():
            return
        if app.json_lines or not (sys.stdout.isatty() and sys.stderr.isatty()):
            # A journal or a file that others read: the link would make them administrator.
            app.note("review_first_link_wanted")
        else:
            # An administrator only when the link is used: until then each start gives a new link.
            waiting = site.users.sign_in(LOCAL, FIRST_ADMIN, "Administrator")
            app.note("review_first_link", minutes=LINK_MINUTES)
            click.echo(_link(str(url), site.users, waiting))

    app.service = True
    with logs.written(own.log, app.settings.log_format):
        ensure_index(app)
        app.index.open()
        site = open_site(app.settings, own, app.store, app.index)
        tidy(site)
        pages = build(site, _session_key(app))
        with watched(site) as address:
            if address is not None:
                app.note("operation_watch_listening", url=address)
            serve(pages, host, port, proxied=proxied, ready=ready)
    app.note("review_stopped")


@review.command(
    help="""Lag en engangslenke for å logge inn, uten Slack eller annen innlogging.

Lenken virker én gang, i 15 minutter. Uten --name er den til administratoren av denne maskinen, også
når andre har stengt den ute. Samme navn gir samme bruker igjen.

\b
Eksempler:
  frisksvar review link
  frisksvar review link --role reviewer --name "Ingrid Berg"
"""
)
@click.option("--role", type=click.Choice(ROLES), help="Rollen til en ny bruker.")
@click.option("--name", help="Hvem lenken er til, slik kolleger ser navnet.")
@click.option("--url", help="Adressen til sidene, når den ikke er http://127.0.0.1:8080.")
@click.pass_obj
@command
def link(app: App, role: str | None, name: str | None, url: str | None) -> None:
    from knowledge.register.users import Users

    users = Users(app.store)
    user = _whom(users, role, (name or "").strip())
    app.note(
        "review_link_made", name=user.name, role=app.say(_ROLE_NAMES[user.role]),
        minutes=LINK_MINUTES,
    )  # fmt: skip
    address = url or _settings().url or _address("127.0.0.1", DEFAULT_PORT)
    click.echo(_link(address, users, user))


_ROLE_NAMES = {
    "none": "review_role_none",
    "reader": "review_role_reader",
    "reviewer": "review_role_reviewer",
    "admin": "review_role_admin",
}


def _whom(users: Users, role: str | None, name: str) -> User:
    """The account that a link signs in to, made where there is none.

    Raises:
        Failure: it does not say for whom, or a new account has no role.
    """
    from knowledge.register.users import LOCAL

    if not name:
        if role not in (None, "admin"):
            raise Failure("review_link_needs_name")
        return users.first_admin()
    known = [user for user in users.all() if (user.issuer, user.name) == (LOCAL, name)]
    if not known and role is None:
        raise Failure("review_link_needs_role", name=name)
    user = known[0] if known else users.sign_in(LOCAL, f"name:{name}", name)
    if role is not None and (role != user.role or user.disabled):
        user = users.change(user.id, role=role, centre=user.centre, disabled=False, who="cli")  # type: ignore[arg-type]
    return user


def _link(url: str, users: Users, user: User) -> str:
    return f"{url.rstrip('/')}/link/{users.make_link(user.id, LINK_MINUTES)}"


def _address(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


def _session_key(app: App) -> str:
    try:
        return kept_key(app.settings.home / KEY).decode("ascii", errors="replace")
    except KeyDamaged as error:
        raise Failure("review_key_damaged", path=error.path) from error


def _settings() -> ReviewSettings:
    from bot.review.settings import ReviewSettings

    return ReviewSettings.read()


def register(group: click.Group) -> None:
    group.add_command(review)
