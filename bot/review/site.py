"""What every page works with."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.answering.answer import Answerer
from bot.review.building import Building
from bot.review.checking import Checking
from bot.review.settings import ReviewSettings
from bot.review.similar import Likeness
from indexer.index import Index
from indexer.library.catalogue import Catalogue
from knowledge.register import FeedbackBook, Handovers, Inquiries, Links, People
from knowledge.register.annual import AnnualForms
from knowledge.register.ideas import Ideas
from knowledge.register.queue import Queue
from knowledge.register.review import Review
from knowledge.register.users import Users
from knowledge.register.visits import Visits
from knowledge.settings import Settings
from knowledge.store import Store


@dataclass(frozen=True)
class Site:
    """The register, the library and the index, for one process of the pages. Thread-safe."""

    settings: Settings
    own: ReviewSettings
    store: Store
    index: Index
    catalogue: Catalogue
    answerer: Answerer
    inquiries: Inquiries
    handovers: Handovers
    feedback: FeedbackBook
    people: People
    links: Links
    users: Users
    queue: Queue
    review: Review
    visits: Visits
    ideas: Ideas
    annual: AnnualForms
    building: Building = field(default_factory=Building)
    checking: Checking = field(default_factory=Checking)
    likeness: Likeness = field(default_factory=Likeness)
