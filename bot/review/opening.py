"""The site over a home: what `frisksvar review` serves and what the tests look at."""

from __future__ import annotations

from bot.answering.answer import Answerer
from bot.answering.decide import thresholds_of
from bot.answering.past import PastInquiries
from bot.review.settings import ReviewSettings
from bot.review.site import Site
from indexer.index import Index
from indexer.library.catalogue import Catalogue
from indexer.library.shelf import Shelf
from knowledge.register import FeedbackBook, Handovers, Inquiries, Links, People
from knowledge.register.annual import AnnualForms
from knowledge.register.approvals import Approvals
from knowledge.register.ideas import Ideas
from knowledge.register.queue import Queue
from knowledge.register.review import Review
from knowledge.register.users import Users
from knowledge.register.visits import Visits
from knowledge.settings import Settings
from knowledge.store import Store


def open_site(settings: Settings, own: ReviewSettings, store: Store, index: Index) -> Site:
    """Everything the pages work with, over one register. Nothing is built or loaded here."""
    inquiries, links = Inquiries(store), Links(store)
    return Site(
        settings=settings,
        own=own,
        store=store,
        index=index,
        catalogue=Catalogue(store, Shelf(settings.library)),
        answerer=Answerer(
            index,
            inquiries,
            past=PastInquiries(links, Approvals(store)),
            thresholds=thresholds_of(settings),
        ),
        inquiries=inquiries,
        handovers=Handovers(store),
        feedback=FeedbackBook(store),
        people=People(store),
        links=links,
        users=Users(store),
        queue=Queue(store),
        review=Review(store),
        visits=Visits(store),
        ideas=Ideas(store),
        annual=AnnualForms(store),
    )
