"""Made-up inquiries, as rows of the register."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from knowledge.demonstration.world import Days, Home, Places
from knowledge.messages import Language
from knowledge.reference import actors, topics
from knowledge.register.feedback import REASONS

CAME_FROM = "demo:"
"""What every made-up row is known by."""

CHANNELS = {"slack": 70, "phone": 12, "email": 10, "meeting": 4, "facebook": 2, "form": 1, "web": 1}
LANGUAGES = {"nb": 80, "nn": 12, "en": 3, None: 5}
TOPICS_EACH = {0: 8, 1: 60, 2: 24, 3: 8}
BOT_OUTCOMES = {"answered": 76, "not_covered": 18, "unclear": 5, "failed": 1}
"""Shares in percent. Made up: no report tells them."""

NOT_INQUIRIES, DUPLICATES, DELETED, WITHDRAWN = 0.03, 0.02, 0.005, 0.005
HANDED_OVER, REPLIED, RESOLVED, VOTED, HELPFUL = 0.6, 0.85, 0.4, 0.2, 0.8
NO_MUNICIPALITY, NO_ACTOR = 0.04, 0.1

OPENINGS = {
    "nb": (
        "Hvordan går andre kommuner fram når det gjelder {topic}?",
        "Vi trenger råd om {topic}. Hvor begynner vi?",
        "Finnes det en anbefaling om {topic}?",
        "Kan dere dele erfaringer med {topic}?",
    ),
    "nn": (
        "Korleis går andre kommunar fram når det gjeld {topic}?",
        "Vi treng råd om {topic}. Kvar byrjar vi?",
        "Kan de dele røynsler med {topic}?",
    ),
    "en": ("What do you advise on {topic}?", "How do others handle {topic}?"),
}
ANSWER = "Ta gjerne en prat med oss om {topic}. Veilederen sier det meste, og vi deler våre maler."


@dataclass(slots=True)
class Made:
    """One inquiry with what hangs on it; each a row for its table, without the inquiry's id."""

    columns: dict[str, Any]
    topics: list[str] = field(default_factory=list)
    handover: dict[str, Any] | None = None
    answer: dict[str, Any] | None = None
    vote: tuple[str, str | None, str] | None = None
    duplicate: bool = False


def inquiries(year: int, count: int, seed: int) -> Iterator[Made]:
    """`count` inquiries of a year. The same arguments give the same ones."""
    chance = random.Random(f"{seed}/{year}/inquiries")
    places, days = Places(year, seed), Days(year)
    topic_ids, actor_ids = [topic.id for topic in topics()], [actor.id for actor in actors()]
    labels = {topic.id: topic.label for topic in topics()}
    # Some topics are asked about more than others, and not the same ones every year.
    shares = [random.Random(f"{seed}/{year}/{topic}").random() ** 2 + 0.02 for topic in topic_ids]
    for number in range(count):
        # Each municipality asks once before chance decides, so that all of them are there.
        home = places.of_rank(number) if number < places.count else places.any(chance)
        at = days.moment(chance)
        language = _drawn(LANGUAGES, chance)
        chosen = sorted(set(chance.choices(topic_ids, shares, k=_drawn(TOPICS_EACH, chance))))
        spoken: Language = language or "nb"
        about = labels[chosen[0]].text(spoken).lower() if chosen else "frisklivssentralen"
        made = Made(
            columns={
                "came_from": f"{CAME_FROM}{seed}:{year}:{number}",
                "received_at": _text(at),
                "channel": _drawn(CHANNELS, chance),
                "question": chance.choice(OPENINGS[spoken]).format(topic=about),
                "language": language,
                "actor": None if chance.random() < NO_ACTOR else chance.choice(actor_ids),
                "status": "new",
            },
            topics=chosen,
        )
        _place(made, home, chance)
        _become(made, at, about, chance)
        yield made


def _place(made: Made, home: Home, chance: random.Random) -> None:
    known = chance.random() >= NO_MUNICIPALITY
    made.columns["municipality"] = home.number if known else None
    made.columns["municipality_today"] = home.today if known else None
    made.columns["centre"] = home.centre if known else None


def _become(made: Made, at: datetime, about: str, chance: random.Random) -> None:
    """What became of it: set aside, a duplicate, answered by the bot or by a centre, or waiting."""
    columns = made.columns
    if chance.random() < NOT_INQUIRIES:
        columns["status"] = "not_an_inquiry"
        return
    made.duplicate = chance.random() < DUPLICATES
    if columns["channel"] in ("slack", "web"):
        _asked_the_bot(made, at, about, chance)
    else:
        _asked_the_centre(made, at, about, chance)
    if chance.random() < DELETED:
        columns["deleted_at"] = _text(at + timedelta(days=30))
        columns["question"] = ""
    elif chance.random() < WITHDRAWN:
        columns["withdrawn_at"] = _text(at + timedelta(hours=1))


def _asked_the_bot(made: Made, at: datetime, about: str, chance: random.Random) -> None:
    columns = made.columns
    columns["outcome"] = outcome = _drawn(BOT_OUTCOMES, chance)
    columns["answered_by"], columns["generation"] = "bot", "demo"
    columns["first_reply_at"] = _text(at + timedelta(seconds=chance.randint(1, 5)))
    columns["status"] = "answered" if outcome == "answered" else "new"
    if chance.random() < VOTED:
        vote = "up" if chance.random() < HELPFUL else "down"
        reason = chance.choice((*REASONS, None)) if vote == "down" else None
        made.vote = (vote, reason, _text(at + timedelta(minutes=10)))
    if outcome != "answered" and columns["centre"] and chance.random() < HANDED_OVER:
        asked = at + timedelta(minutes=chance.randint(1, 60))
        made.handover = {
            "centre": columns["centre"],
            "reason": "county",
            "topic": made.topics[0] if made.topics else None,
            "note": "",
            "at": _text(asked),
        }
        columns["status"] = "waiting"
        if chance.random() < REPLIED:
            replied = _later(asked, chance)
            made.handover |= {"first_reply_at": _text(replied), "closed_at": _text(replied)}
            _answered(made, columns["centre"], replied, about)
    _perhaps_resolved(made, at, chance)


def _asked_the_centre(made: Made, at: datetime, about: str, chance: random.Random) -> None:
    centre = made.columns["centre"]
    if centre and chance.random() < REPLIED:
        replied = _later(at, chance)
        made.columns["first_reply_at"] = _text(replied)
        _answered(made, centre, replied, about)
    _perhaps_resolved(made, at, chance)


def _answered(made: Made, centre: str, at: datetime, about: str) -> None:
    made.columns["status"], made.columns["answered_by"] = "answered", centre
    made.answer = {
        "came_from": f"{made.columns['came_from']}:answer",
        "centre": centre,
        "text": ANSWER.format(topic=about),
        "at": _text(at),
    }


def _perhaps_resolved(made: Made, at: datetime, chance: random.Random) -> None:
    if made.columns["status"] == "answered" and chance.random() < RESOLVED:
        made.columns["status"] = "resolved"
        done = max(at, datetime.fromisoformat(made.columns["first_reply_at"]))
        made.columns["resolved_at"] = _text(done + timedelta(hours=chance.expovariate(1 / 30)))


def _later(at: datetime, chance: random.Random) -> datetime:
    """When a person replied: half of them within six hours, a few after weeks."""
    return at + timedelta(hours=6 * chance.lognormvariate(0, 1.3))


def _drawn(shares: dict[Any, int], chance: random.Random) -> Any:
    return chance.choices(list(shares), list(shares.values()))[0]


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
