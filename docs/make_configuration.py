"""Writes docs/configuration.md from the descriptions of the settings.

Run it with `make docs`; tests/test_configuration.py compares the file with what this would write.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from bot.configuration import Described, described
from knowledge.configuration import Places, variable

TARGET = Path(__file__).with_name("configuration.md")

INTRODUCTION = """\
# Configuration

<!-- Written by docs/make_configuration.py: change the descriptions in knowledge/settings.py,
bot/slack/settings.py or bot/review/settings.py, then run `make docs`. -->

Nothing has to be set. `frisksvar init` writes a file with every setting explained, `frisksvar
config` shows what counts now and where it comes from, and `frisksvar doctor` says what is wrong.

## Where a setting may stand

The first of these that has it counts; an empty value is as none.

1. **Environment**: `FRISKSVAR_REVIEW_URL=https://friskliv.example.no`.
2. **Secret files**: a file named as the variable, in small or capital letters, with the value in
   it: `slack_bot_token`. Looked for in `FRISKSVAR_SECRETS_DIR` (or else the folder `secrets` beside
   the configuration file), then in `CREDENTIALS_DIRECTORY` (systemd's `LoadCredential=`), then in
   `/run/secrets` (containers). Any setting may stand there; secrets should.
3. **Configuration file** (TOML): the one of `--config` or `FRISKSVAR_CONFIG`, or else
   `frisksvar.toml` in `FRISKSVAR_HOME` (without it: in the user's data folder), or else
   `/etc/frisksvar/frisksvar.toml`. One file is read, never two. A name that no setting has is
   refused, with the one that was probably meant. Relative paths are relative to the file.
4. **Default**, below.

The name in the file is made from the variable: without `FRISKSVAR_`, in small letters, and a first
word that names a table becomes one:

```toml
home = "/var/lib/frisksvar"      # FRISKSVAR_HOME

[review]
url = "https://friskliv.example.no"      # FRISKSVAR_REVIEW_URL

[slack]
home_team = "T0123ABCD"      # FRISKSVAR_SLACK_HOME_TEAM
```

A command that starts with a setting that cannot be used says which, where it stands and what is
wrong, in one sentence, and ends with status 1. The value is never repeated: it may be a secret.

## Secrets

Never printed: not by `config`, `doctor`, an error or a log. Keep them in files that only the user
who runs Frisksvar reads (`frisksvar init` makes them so); a secret in the environment can be read
by whoever may look at the process. `doctor` warns of files that others may read.
"""


def table(settings: list[Described]) -> list[str]:
    rows = ["| in the file | variable | default | what |", "|---|---|---|---|"]
    for each in settings:
        text = each.description.replace("|", "\\|").replace("<", "&lt;")
        if each.secret:
            text += " *A secret.*"
        default = f"`{each.default}`" if each.default is not None else "–"
        rows.append(f"| `{each.key}` | `{each.variable}` | {default} | {text} |")
    return rows


def render() -> str:
    """The whole of docs/configuration.md."""
    parts = [INTRODUCTION]
    for section, settings in groupby(described(), key=lambda each: each.section):
        heading = f"## `[{section}]`" if section else "## Outside the tables"
        parts += [heading, "", *table(list(settings)), ""]
    parts += ["## In the environment alone", "", "| variable | what |", "|---|---|"]
    for name, field in Places.model_fields.items():
        if field.description:
            parts.append(f"| `{variable(Places, name)}` | {field.description} |")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
