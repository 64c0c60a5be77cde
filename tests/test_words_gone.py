"""Words that had to go are nowhere: not in the library, the index, the history, or the files."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from review_site import ReviewSite, opened_site, send, text_of
from starlette.applications import Starlette
from tests_support import Home

from bot.answering.answer import Answerer
from bot.answering.past import PastInquiries
from bot.answering.question import Question
from bot.cli.main import main
from bot.review.approving import tidy
from indexer import reuse
from indexer.generations.generation import current_folder, open_current
from indexer.generations.manifest import IndexUnusable
from indexer.index import Index, prune, rebuild, wanted_documents
from indexer.library.shelf import Shelf
from knowledge.messages import Failure
from knowledge.privacy.removal import REMOVED, Unwanted
from knowledge.register import Inquiries, Links, NewInquiry
from knowledge.register.annual import AnnualForms
from knowledge.register.approvals import Approval, Approvals, today
from knowledge.register.changes import Changes
from knowledge.register.editing import Stale
from knowledge.register.forgetting_rows import (
    KEPT,
    erase_due,
    erase_row,
    found_in_row,
    redact_row,
)
from knowledge.register.ideas import Ideas, NewIdea
from knowledge.register.redaction import earlier_wording, redact
from knowledge.register.review import Review
from knowledge.register.visits import NewVisit, Visits
from knowledge.store import Store

ANNE = "user:1"
WATCHES = "Kan vi låne ut pulsklokker til deltakerne?"
ANSWER = (
    "Ja. Vi låner ut pulsklokker i tolv uker mot en enkel låneavtale. Spør Zebrafinke Hansen om "
    "avtalen, og la deltakeren eie sine egne målinger."
)
OTHERS = {
    "Hvem betaler leien av svømmehallen til vanngruppa?": (
        "Hos oss betaler kultur og idrett leien av svømmehallen, og frisklivssentralen betaler "
        "instruktøren."
    ),
    "Kan en elbil brukes til hjemmebesøk?": (
        "Ja, vi deler to elbiler med hjemmetjenesten, og de bestilles i kalenderen dagen før."
    ),
}
ODD = b"zebrafink"


# How words are found


@pytest.mark.parametrize(
    ("word", "text", "left"),
    [
        ("Olsen", "Olsens OLSEN olsen's Olsen’s OLSENS", "* * * * *"),
        ("olsen", "Olsen og OLSENS", "* og *"),
        ("Olsen", "Olsenfamilien, Olsen-saken og Olsensbarna", "*, *-saken og *"),
        ("Olsen", "polsen Storolsen Olsenius", "polsen Storolsen Olsenius"),
        ("Olsen", "_Olsen_ *Olsen* (Olsen)", "_*_ *** (*)"),
        ("Li", "Li og LIS har en sunn livsstil i Lier", "* og * har en sunn livsstil i Lier"),
        ("Per", "Per, Pers personale, PER", "*, * personale, *"),
        ("Berg", "Berg og Bergs i Bergen, berget", "* og * i Bergen, berget"),
        ("pasient", "Pasienten, pasientenes, pasientane, pasientsky", "*, *, *, pasientsky"),
        ("Bjørn Åge", "BJØRN  ÅGES og bjørn\någe, Bjørn Ågesen", "* og *, Bjørn Ågesen"),
        ("Ann-Kari", "Ann‑Karis og ANN–KARI", "* og *"),
        ("olsen*", "Olsenberget, Polsen", "*, Polsen"),
        ("a*", "alt står her, A", "alt står her, *"),
        ("Hansen", "Han\u00adsen og Han\u200bsen", "* og *"),
        ("Al", "Ål og Al", "Ål og *"),
        ("fjernet", "[fjernet] og fjernet", "[fjernet] og *"),
        ("telefon", "[telefon] og telefon", "[telefon] og *"),
        ("<b>", "a<b>c", "a*c"),
        (" * ", "ingenting", "ingenting"),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_word_is_found_in_every_way_it_is_written_and_no_other(
    word: str, text: str, left: str, form: str
) -> None:
    unwanted = Unwanted.of([word])
    given = unicodedata.normalize(form, text)  # type: ignore[arg-type]
    result = given if unwanted is None else unwanted.removed(given)[0]
    stars = given.count("*")
    wanted = unicodedata.normalize(form, left)  # type: ignore[arg-type]
    if stars:
        assert result == "_[fjernet]_ *[fjernet]* ([fjernet])"
    else:
        assert result == wanted.replace("*", REMOVED)


def test_a_full_name_goes_before_its_parts_and_each_is_counted() -> None:
    unwanted = Unwanted.of(["Kari", "Kari Hansen"])
    assert unwanted is not None
    assert unwanted.removed("Kari  Hansens lege og Kari") == (f"{REMOVED} lege og {REMOVED}", 2)
    assert Unwanted.of(["", " ", "*"]) is None


names = st.text("abcdefghijklmnopqrstuvwxyzæøåéü", min_size=1, max_size=12)


@given(word=names, around=st.lists(names, max_size=5), large=st.booleans(), apart=st.booleans())
def test_where_it_stands_alone_it_always_goes_and_only_once(
    word: str, around: Sequence[str], large: bool, apart: bool
) -> None:
    text = " ".join([*around, word, *around])
    text = text.upper() if large else text
    text = unicodedata.normalize("NFD", text) if apart else text
    unwanted = Unwanted.of([word])
    assert unwanted is not None
    result, count = unwanted.removed(text)
    assert count >= 1 and not unwanted.within(result)
    left = unicodedata.normalize("NFC", result.replace(REMOVED, "")).casefold()
    assert word.casefold() not in left.split()


# An approved answer


class Centre:
    """A home with the digests, an answerer that runs all the while, and one that records."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.store = self.home.store
        self.approvals = Approvals(self.store)
        past = PastInquiries(Links(self.store), self.approvals)
        self.answerer = Answerer(Index(self.home.settings), Inquiries(self.store), past=past)

    def approve(
        self, text: str = ANSWER, question: str = WATCHES, came_from: str = "test:1"
    ) -> Approval:
        number, _ = Inquiries(self.store).receive(
            NewInquiry(
                came_from=came_from,
                received_at=datetime.now(UTC),
                channel="email",
                question=f"{question} Zebrafinke vil vite det.",
            )
        )
        until = today() + timedelta(days=100)
        approval = self.approvals.approve(number, question, text, "stavanger", "cli", until)
        reuse.file_approved(self.home.catalogue, self.approvals, approval)
        return approval

    def build(self) -> str:
        """As `frisksvar index` and the pages do."""
        reuse.clear(self.home.catalogue, self.approvals)
        documents = wanted_documents(self.home.catalogue, bundled=True)
        built = rebuild(self.home.settings, documents, bundled=True)
        prune(self.home.settings, self.home.catalogue)
        return built.generation

    def lingers(self) -> bool:
        index = self.home.settings.index
        return reuse.lingers(index, self.home.catalogue, self.approvals, bundled=True)

    def holding(self, word: bytes = ODD) -> list[str]:
        """Every file under the home that holds a word, whatever its letters."""
        self.store.settle()
        files = (path for path in self.home.settings.home.rglob("*") if path.is_file())
        return [str(path) for path in files if word in path.read_bytes().lower()]


@pytest.fixture
def centre(bundled_home: Home, tmp_path: Path) -> Iterator[Centre]:
    folder = tmp_path / "home"
    shutil.copytree(bundled_home.settings.home, folder, ignore=shutil.ignore_patterns("*.db*"))
    made = Centre(folder)
    yield made
    made.store.close()


WAYS: Mapping[str, Callable[[Store, int], object]] = {
    "redacted": lambda store, number: Review(store).redact(number, ["zebrafinke"], who=ANNE),
    "deleted": lambda store, number: Review(store).delete(number, ANNE),
    "taken back by the asker": lambda store, number: Inquiries(store).withdraw(number),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_word_of_an_approved_answer_is_nowhere_after_the_build(centre: Centre, way: str) -> None:
    approval = centre.approve()
    others = [
        centre.approve(text, question, f"test:other {number}")
        for number, (question, text) in enumerate(OTHERS.items())
    ]
    centre.build()  # all three in one segment, of which less than half goes
    for other in others:
        redact(centre.store, other.inquiry, ["Zebrafinke"])
    reply = centre.answerer.answer(Question(WATCHES))
    assert reply.quotes[0].approved and "Zebrafinke" in reply.quotes[0].text
    held = centre.holding()
    for part in ("frisksvar.db", "library/", "generations/"):
        assert any(part in path for path in held), part
    WAYS[way](centre.store, approval.inquiry)
    assert centre.lingers()
    centre.build()
    if way == "taken back by the asker":  # the bot has the words merged out of the search, too
        from knowledge.register.redaction import clear_search

        clear_search(centre.store)
    assert centre.holding() == []
    assert not centre.lingers()
    assert centre.holding(b"frisklivssentral")  # the rest is there, and is read in clear
    shown = Inquiries(centre.store).get(reply.inquiry or 0)
    assert shown is not None
    kept = shown.quotes[0]
    assert (kept.document, kept.start) == (reply.quotes[0].document, reply.quotes[0].start)
    assert REMOVED in kept.text and kept.highlight in kept.text
    assert kept.text.startswith("Ja. Vi låner") == (way == "redacted")
    again = centre.answerer.answer(Question(WATCHES))
    found = {quote.document for quote in again.candidates if quote.approved}
    assert found <= {other.document for other in centre.approvals.standing()}
    assert len(centre.approvals.standing()) == len(others)
    for question, text in OTHERS.items():
        assert centre.answerer.answer(Question(question)).quotes[0].text.strip() == text


def test_a_withdrawn_answer_leaves_the_index_but_stays_where_it_was_shown(centre: Centre) -> None:
    approval = centre.approve()
    centre.build()
    reply = centre.answerer.answer(Question(WATCHES))
    centre.approvals.withdraw(approval.id, "cli")
    centre.build()
    assert {Path(path).name for path in centre.holding()} == {"frisksvar.db"}
    shown = Inquiries(centre.store).get(reply.inquiry or 0)
    assert shown is not None and "Zebrafinke" in shown.quotes[0].text
    # Also long after it was taken out of the library the words can be made to go.
    redact(centre.store, approval.inquiry, ["Zebrafinke"])
    assert centre.holding() == []


def test_who_has_the_index_open_goes_on_when_its_folder_is_removed(centre: Centre) -> None:
    approval = centre.approve()
    before = centre.build()
    held = open_current(centre.home.settings.index)
    Review(centre.store).redact(approval.inquiry, ["Zebrafinke"], who=ANNE)
    after = centre.build()
    assert before != after and not held.folder.exists()
    assert len([segment.passage(0) for segment in held.segments]) == len(held.segments)
    assert held.bm25.passages and len(held.background)
    assert current_folder(centre.home.settings.index).name == after


def test_opening_goes_on_to_the_next_index_when_one_is_removed_in_that_moment(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Index(centre.home.settings)
    built: list[str] = []

    def removed_meanwhile(*arguments: object) -> object:
        if not built:
            centre.approve()
            built.append(centre.build())
            raise IndexUnusable("index_damaged", file=Path("x"), what="missing")
        return open_current(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("indexer.index.open_current", removed_meanwhile)
    assert opened.open().generation == built[0]


def test_what_an_interruption_left_is_found_and_goes_with_the_next_build(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval = centre.approve()
    centre.build()
    Review(centre.store).redact(approval.inquiry, ["Zebrafinke"], who=ANNE)
    with monkeypatch.context() as patch:
        patch.setattr("indexer.generations.forgetting.clean", _killed)
        with pytest.raises(KeyboardInterrupt):
            centre.build()
    assert centre.holding() != [] and centre.lingers()
    centre.build()  # nothing new to index
    assert centre.holding() == [] and not centre.lingers()


def _killed(*arguments: object) -> None:
    raise KeyboardInterrupt


def test_a_stored_source_goes_in_every_version_and_half_written(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for folder in ("v0/ab/abc", "v1/ab/abc", "v1/ab/.abc.12345678", "v1/ab/abd"):
        (tmp_path / folder / "original").mkdir(parents=True)
    shelf.remove("abc")
    shelf.remove("abc")
    assert [path.name for path in tmp_path.glob("v*/??/*")] == ["abd"]


def test_another_correction_does_not_withdraw_what_was_approved_without_the_words(
    centre: Centre,
) -> None:
    approval = centre.approve(f"{ANSWER} {REMOVED}")
    Review(centre.store).redact(approval.inquiry, ["vite"], who=ANNE)
    assert [one.id for one in centre.approvals.standing()] == [approval.id]


# The history of a question


def test_a_correction_by_hand_leaves_the_old_wording_until_words_are_removed(
    centre: Centre,
) -> None:
    number = centre.approve().inquiry
    review = Review(centre.store)
    assert not earlier_wording(centre.store, number)
    review.correct(number, {"note": "Ringt"}, revision=0, who=ANNE)
    assert not earlier_wording(centre.store, number)
    revision = review.history(number)[0].id
    review.correct(number, {"question": WATCHES}, revision=revision, who=ANNE)
    assert earlier_wording(centre.store, number)
    review.redact(number, ["Zebrafinke"], who=ANNE)
    assert not earlier_wording(centre.store, number)


# Visits, ideas, annual forms


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "frisksvar.db") as opened:
        yield opened


def new_idea(store: Store) -> int:
    new = NewIdea(
        came_from="test:idea",
        title="Zebrafinkes turgruppe",
        text="ZEBRAFINKE går tur.",
        target_group="Venner av Zebrafinke",
        links=("https://example.no/zebrafinke", "https://example.no/tur"),
    )
    number, _ = Ideas(store).add(new, ANNE)
    return number


def new_visit(store: Store) -> int:
    new = NewVisit(
        came_from="test:visit",
        on_date=date(2025, 3, 3),
        centre="stavanger",
        people=3,
        theme="Zebrafinke",
        note="Zebrafinke kom, med Zebrafinkes sjef.",
        municipalities=("1103",),
    )
    number, _ = Visits(store).add(new, ANNE)
    return number


def in_file(store: Store) -> bool:
    store.settle()
    return ODD in store.path.read_bytes().lower()


def test_words_go_from_an_idea_and_its_history(store: Store) -> None:
    number, ideas = new_idea(store), Ideas(store)
    first = ideas.get(number)
    assert first is not None
    ideas.change(number, {"text": "Zebrafinke var her"}, revision=first.revision, who=ANNE)
    assert found_in_row(store, "idea", number, ["zebrafinke"]) == 5
    assert redact_row(store, "idea", number, ["zebrafinke"], ANNE) == 5
    idea = ideas.get(number)
    assert idea is not None
    assert (idea.title, idea.text) == (f"{REMOVED} turgruppe", f"{REMOVED} var her")
    assert idea.target_group == f"Venner av {REMOVED}"
    assert idea.links == ("https://example.no/tur",)
    assert [(c.field, c.scrubbed) for c in ideas.history(number)][:2] == [
        ("redacted", True),
        ("text", True),
    ]
    assert not in_file(store)
    assert redact_row(store, "idea", number, ["zebrafinke"], ANNE) == 0
    assert len(ideas.history(number)) == 3  # nothing was done, and nothing is told


def test_words_go_from_a_visit_and_not_the_rest_of_its_history(store: Store) -> None:
    number, visits = new_visit(store), Visits(store)
    revision = visits.change(number, {"people": 4}, revision=1, who=ANNE)
    visits.change(number, {"note": "Spør Zebrafinke"}, revision=revision, who=ANNE)
    assert redact_row(store, "visit", number, ["Zebrafinke"], ANNE) == 3
    visit = visits.get(number)
    assert visit is not None and (visit.theme, visit.note) == (REMOVED, f"Spør {REMOVED}")
    people = next(change for change in visits.history(number) if change.field == "people")
    assert (people.before, people.after) == (3, 4)
    assert not in_file(store)


def test_words_go_from_the_texts_of_an_annual_form_and_the_reason(store: Store) -> None:
    forms = AnnualForms(store)
    field = next(each for each in _annual_texts())
    answers = {field: "Zebrafinke holdt kurs"}
    forms.save("stavanger", 2025, answers, revision=0, who=ANNE)
    number = forms.get("stavanger", 2025).id or 0
    Changes(store).record(ANNE, "annual_form", number, {"reason": (None, "Zebrafinke ba")})
    assert redact_row(store, "annual_form", number, ["Zebrafinke"], ANNE) == 3
    assert forms.get("stavanger", 2025).answers[field] == f"{REMOVED} holdt kurs"
    assert not in_file(store)


def _annual_texts() -> list[str]:
    from knowledge.reference.annual_form import annual_fields

    return [each.id for each in annual_fields() if each.kind == "text"]


def test_a_form_that_was_open_meanwhile_does_not_bring_the_words_back(store: Store) -> None:
    number, ideas = new_idea(store), Ideas(store)
    opened = ideas.get(number)
    assert opened is not None
    redact_row(store, "idea", number, ["Zebrafinke"], ANNE)
    with pytest.raises(Stale) as stale:
        ideas.change(
            number,
            {"text": opened.text, "consent": True},
            revision=opened.revision,
            who="user:2",
        )
    assert [change.field for change in stale.value.changes] == ["redacted"]
    ideas.change(number, {"consent": True}, revision=opened.revision, who="user:2")
    assert not in_file(store)

    visits, visit = Visits(store), new_visit(store)
    before = visits.get(visit)
    assert before is not None
    redact_row(store, "visit", visit, ["Zebrafinke"], ANNE)
    with pytest.raises(Stale):
        visits.change(visit, {"note": before.note}, revision=before.revision, who="user:2")

    forms, field = AnnualForms(store), _annual_texts()[0]
    revision = forms.save("stavanger", 2025, {field: "Zebrafinke"}, revision=0, who=ANNE)
    form = forms.get("stavanger", 2025)
    redact_row(store, "annual_form", form.id or 0, ["Zebrafinke"], ANNE)
    with pytest.raises(Stale):
        forms.save("stavanger", 2025, {field: "Zebrafinke"}, revision=revision, who="user:2")


def test_what_is_deleted_is_kept_for_a_while_and_then_empty(store: Store) -> None:
    idea, visit = new_idea(store), new_visit(store)
    ideas, visits = Ideas(store), Visits(store)
    with pytest.raises(Failure):
        erase_row(store, "idea", idea, ANNE)  # it is not deleted
    ideas.delete(idea, ANNE)
    visits.delete(visit, ANNE)
    now = datetime.now(UTC)
    assert erase_due(store, now + KEPT - timedelta(hours=1)) == 0
    ideas.undo(idea, ANNE)
    found = ideas.get(idea)
    assert found is not None and found.deleted_at is None and "Zebrafinke" in found.title
    assert erase_due(store, now + KEPT + timedelta(hours=1)) == 1
    assert erase_due(store, now + KEPT + timedelta(hours=1)) == 0
    gone = visits.get(visit)
    assert gone is not None and (gone.theme, gone.note, gone.people) == ("", "", 3)
    with pytest.raises(Failure):
        visits.undo(visit, ANNE)
    ideas.delete(idea, ANNE)
    erase_row(store, "idea", idea, ANNE)
    assert not in_file(store)
    assert [change.who for change in ideas.history(idea)][:2] == [ANNE, ANNE]


# The pages


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[ReviewSite]:
    with opened_site(tmp_path) as opened:
        yield opened
        opened.site.building.wait()


def row_of(pages: ReviewSite, kind: str) -> str:
    store = pages.site.store
    if kind == "annual":
        AnnualForms(store).save(
            "stavanger", 2025, {_annual_texts()[0]: "Zebrafinke"}, revision=0, who=ANNE
        )
        return "/annual/2025/stavanger"
    number = new_idea(store) if kind == "ideas" else new_visit(store)
    return f"/{kind}/{number}"


@pytest.mark.parametrize("kind", ["ideas", "visits", "annual"])
def test_words_are_shown_before_they_are_removed(pages: ReviewSite, kind: str) -> None:
    address, client = row_of(pages, kind), pages.signed_in(centre="stavanger")
    opened = client.get(address)
    assert f'action="{address}/redact"' in opened.text and "Zebrafinke" in opened.text
    send(client, f"{address}/redact", {"redact_words": "Gråspurv"})
    assert "Fant ikke ordene" in client.get(address).text
    send(client, f"{address}/redact", {"redact_words": " "})
    assert "Skriv minst ett ord" in client.get(address).text
    look = send(client, f"{address}/redact", {"redact_words": "zebrafinke"})
    assert look.status_code == 200 and "Det kan ikke angres" in text_of(look)
    assert "Zebrafinke" in client.get(address).text
    sent = send(client, f"{address}/redact", {"word": ["zebrafinke"], "sure": "yes"})
    assert (sent.status_code, sent.headers["location"]) == (303, address)
    shown = client.get(address)
    assert "ebrafinke" not in shown.text.casefold() and REMOVED in shown.text
    assert "Ord fjernet" in text_of(shown)
    assert ODD not in pages.site.store.path.read_bytes().lower()  # the log was emptied too


@pytest.mark.parametrize("kind", ["ideas", "visits"])
def test_of_a_deleted_row_only_the_tombstone_is_shown(pages: ReviewSite, kind: str) -> None:
    address, client = row_of(pages, kind), pages.signed_in(centre="stavanger")
    if kind == "ideas":
        Ideas(pages.site.store).change(1, {"text": "Zebrafinke 2"}, revision=1, who=ANNE)
    else:
        Visits(pages.site.store).change(1, {"note": "Zebrafinke 2"}, revision=1, who=ANNE)
    send(client, f"{address}/delete")
    for role in ("reader", "reviewer"):
        stone = pages.signed_in(role, "stavanger").get(address)
        assert stone.status_code == 200 and "ebrafinke" not in stone.text
        said = text_of(stone)
        assert "Slettet" in said and " av Person " in said and "30 dager" in said
        assert ("Slett for godt nå" in said) == (role == "reviewer")
        assert ("Tekst" if kind == "ideas" else "Notat") in said  # that it was changed is told
    send(client, f"{address}/undo")
    assert "Zebrafinke 2" in client.get(address).text
    assert send(client, f"{address}/erase").status_code == 303
    assert "ikke slettet lenger" in client.get(address).text
    send(client, f"{address}/delete")
    send(client, f"{address}/erase")
    stone = client.get(address)
    assert "slettet for godt" in text_of(stone) and "/undo" not in stone.text
    assert ODD not in pages.site.store.path.read_bytes().lower()


@pytest.mark.parametrize("kind", ["ideas", "visits"])
def test_a_form_opened_before_words_were_removed_shows_the_text_as_it_is_now(
    pages: ReviewSite, kind: str
) -> None:
    address, client = row_of(pages, kind), pages.signed_in(centre="stavanger")
    form = {
        "ideas": {"title": "Tur", "text": "Zebrafinke går", "centre": "stavanger"},
        "visits": {
            "on_date": "2025-03-03",
            "centre": "stavanger",
            "people": "3",
            "form": "physical",
            "municipalities": "1103",
            "note": "Zebrafinke kom",
        },
    }[kind]
    send(pages.signed_in(), f"{address}/redact", {"word": ["Zebrafinke"], "sure": "yes"})
    response = send(client, address, {**form, "revision": "1"})
    assert response.status_code == 409
    assert "ebrafinke" not in response.text and REMOVED in response.text
    assert "Noen fjernet ord her" in text_of(response)


@pytest.mark.parametrize("kind", ["ideas", "visits", "annual"])
@pytest.mark.parametrize("doing", ["redact", "erase"])
def test_only_who_may_change_a_row_may_take_words_out_of_it(
    pages: ReviewSite, kind: str, doing: str
) -> None:
    if (kind, doing) == ("annual", "erase"):
        return
    address = row_of(pages, kind)
    with pages.site.store.write() as db:
        db.conn.execute("UPDATE ideas SET centre = 'stavanger'")
    form = {"word": ["Zebrafinke"], "sure": "yes"}
    for client in (pages.signed_in("reader"), pages.signed_in(centre="modum")):
        assert send(client, f"{address}/{doing}", form).status_code == 403
    assert in_file(pages.site.store)
    missing = {"annual": "/annual/2025/modum"}.get(kind, f"/{kind}/99")
    assert send(pages.signed_in(), f"{missing}/{doing}", form).status_code == 404


def test_the_pages_let_go_what_has_to_when_they_start(
    bundled_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened_site(tmp_path, bundled_home) as pages:
        here = pages.site
        tidy(here)
        assert here.building.wait().ended_at is None  # nothing to do: nothing is built
        number, _ = here.inquiries.receive(
            NewInquiry(
                came_from="test:1", received_at=datetime.now(UTC), channel="email", question=WATCHES
            )
        )
        approvals, until = Approvals(here.store), today() + timedelta(days=9)
        approval = approvals.approve(number, WATCHES, ANSWER, "stavanger", "cli", until)
        reuse.file_approved(here.catalogue, approvals, approval)
        here.building.start(here.settings, here.store)
        assert here.building.wait().trouble is None
        redact(here.store, number, ["Zebrafinke"])  # and the pages go down before they could build
        home = here.settings.home
    built: list[object] = []

    def serve(app: Starlette, *arguments: object, **named: object) -> None:
        built.append(app.state.site.building.wait().built)

    monkeypatch.setattr("bot.review.serving.serve", serve)
    ran = CliRunner().invoke(main, ["review"], env={"FRISKSVAR_HOME": str(home)})
    assert ran.exit_code == 0 and built != [None]
    files = [path for path in home.rglob("*") if path.is_file()]
    assert not [path for path in files if ODD in path.read_bytes().lower()]
