"""What a segment and a generation say of themselves, and where they lie.

index/current                     the id of the generation in use (replaced atomically)
index/generations/<id>/           manifest.json, documents.json, one folder per segment
index/segments/<name>/            finished segments of a build that was interrupted
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from indexer.files import sha256_of
from indexer.library.stored import Metadata
from indexer.vectors.faiss_index import Kind
from knowledge.messages import Failure, Message

FORMAT = 2
"""Layout of the files; a generation of another format is refused."""

MANIFEST = "manifest.json"
DOCUMENTS = "documents.json"


class IndexUnusable(Failure):
    """There is no index, or it is damaged, or made by another model or version.

    `what` is the kind of damage: missing, truncated, changed, foreign or unreadable.
    """

    def __init__(self, key: str, **values: object) -> None:
        if "what" in values:
            values["what"] = Message(f"damage_{values['what']}")
        super().__init__(key, **values)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileSum(_Strict):
    bytes: int
    sha256: str


class SegmentPart(_Strict):
    """A run of passages of one document: number `first` to `first + count` of `of` in all."""

    document: str
    first: int
    count: int
    of: int


class VectorIndexEntry(_Strict):
    """How a segment's vectors are searched (`indexer.vectors.compressed`).

    The recall is that measured when the segment was written, of the 10 and the 200 best.
    """

    kind: Kind = "exact"
    widening: float = 1.0
    recall_best: float = 1.0
    recall_deep: float = 1.0


class SegmentManifest(_Strict):
    format: int
    model: str
    dimension: int
    passages: int
    vectors: int
    vector_index: VectorIndexEntry = VectorIndexEntry()
    parts: tuple[SegmentPart, ...]
    files: dict[str, FileSum]


class SegmentEntry(_Strict):
    """A segment within a generation; `removed` names documents whose passages do not count."""

    folder: str
    sha256: str
    removed: tuple[str, ...] = ()


class ModelEntry(_Strict):
    name: str
    fingerprint: str
    dimension: int
    static_verified: bool


class GenerationManifest(_Strict):
    format: int
    id: str
    created_at: str
    bundled: bool
    model: ModelEntry
    documents: int
    passages: int
    documents_sha256: str
    segments: tuple[SegmentEntry, ...]


class DocumentEntry(_Strict):
    """A document of a generation: where its stored text is and how it is cited."""

    id: str
    origin: str
    location: str
    metadata: Metadata

    @property
    def approved(self) -> bool:
        """Whether it is a centre's answer to an earlier inquiry, approved for reuse."""
        return self.origin == "inquiry"


def check_files(folder: Path, files: dict[str, FileSum], *, contents: bool) -> None:
    """Compare a folder with its checksums, or without `contents` with the sizes only.

    Raises:
        IndexUnusable: a file is missing, truncated, changed or foreign.
    """
    foreign = {p.name for p in folder.iterdir()} - files.keys() - {MANIFEST}
    if foreign:
        raise IndexUnusable("index_damaged", file=folder / min(foreign), what="foreign")
    for name, expected in files.items():
        path = folder / name
        if not path.is_file():
            raise IndexUnusable("index_damaged", file=path, what="missing")
        if path.stat().st_size != expected.bytes:
            raise IndexUnusable("index_damaged", file=path, what="truncated")
        if contents and sha256_of(path) != expected.sha256:
            raise IndexUnusable("index_damaged", file=path, what="changed")


def sums(folder: Path) -> dict[str, FileSum]:
    return {
        path.name: FileSum(bytes=path.stat().st_size, sha256=sha256_of(path))
        for path in sorted(folder.iterdir())
        if path.name != MANIFEST
    }
