"""A model that is configured by name: where its files are kept, and why they may not be there.

The files lie in the cache of huggingface_hub (`HF_HOME`, `HF_HUB_CACHE`), which
sentence-transformers fills; `HF_HUB_OFFLINE=1` forbids filling it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from knowledge.messages import Message

OWNER = "sentence-transformers"
"""What the library puts before a name without an owner."""

ANSWER_SECONDS = 10
"""How long the hub may take to say that it knows a model. Loading itself tries again for more than
a minute for each file, which is long to wait for a network that is not there."""


def is_name(model: str) -> bool:
    """Whether this can be a model's name on a hub (`owner/name` or `name`), not only a folder."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(model)
    except HFValidationError:
        return False
    return True


@contextmanager
def offline() -> Iterator[None]:
    """Inside, nothing is asked of a hub.

    Even a load of local files makes huggingface_hub send a request, to name the program in a
    header that it then does not send; its own switch for offline use stops that. The switch is
    read from the environment when the library is imported, which may be long past.
    """
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def cache_folder() -> Path:
    """The cache that sentence-transformers reads and fills."""
    from huggingface_hub import constants

    return Path(os.environ.get("SENTENCE_TRANSFORMERS_HOME") or constants.HF_HUB_CACHE)


def snapshot(model: str) -> Path | None:
    """The folder of the model's files in the cache; None where they were not downloaded.

    Its name is the commit that was downloaded. A cache that something else than
    sentence-transformers has filled may hold the weights without the list of modules; loading that
    would guess at the pooling and give other vectors, so it counts as not downloaded.
    """
    if not is_name(model):
        return None
    from huggingface_hub import try_to_load_from_cache

    for repository in (model,) if "/" in model else (f"{OWNER}/{model}", model):
        modules, config = (
            try_to_load_from_cache(repository, file, cache_dir=cache_folder())
            for file in ("modules.json", "config.json")
        )
        if isinstance(modules, str):
            return Path(modules).parent
        if modules is not None and isinstance(config, str):
            return Path(config).parent  # known to have no such list: a plain transformer
    return None


def why_out_of_reach(model: str) -> Message | None:
    """Why the model cannot be downloaded; None where the hub knows it and lets it be read."""
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import (
        HfHubHTTPError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    host = constants.ENDPOINT
    repository = model if "/" in model else f"{OWNER}/{model}"
    try:
        HfApi().model_info(repository, timeout=ANSWER_SECONDS)
    except OfflineModeIsEnabled:
        return Message("hub_offline")
    except RepositoryNotFoundError:
        return Message("hub_unknown", {"host": host})
    except HfHubHTTPError as error:
        return Message("hub_failed", {"host": host, "status": error.response.status_code})
    except Exception:  # of an HTTP library that huggingface_hub may change
        return Message("hub_unreachable", {"host": host})
    return None
