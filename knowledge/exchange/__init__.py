"""The register in and out: tables of inquiries and visits, one inquiry as a file, everything."""

from knowledge.exchange.applying import Imported, apply
from knowledge.exchange.cells import safe
from knowledge.exchange.columns import KINDS, TableKind
from knowledge.exchange.inquiry_file import inquiry_as_html, inquiry_as_json
from knowledge.exchange.line import Refusal
from knowledge.exchange.preview import Planned, Preview, preview
from knowledge.exchange.sheets import as_csv, as_xlsx, shown, template
from knowledge.exchange.whole import export_all, import_all

__all__ = [
    "KINDS",
    "Imported",
    "Planned",
    "Preview",
    "Refusal",
    "TableKind",
    "apply",
    "as_csv",
    "as_xlsx",
    "export_all",
    "import_all",
    "inquiry_as_html",
    "inquiry_as_json",
    "preview",
    "safe",
    "shown",
    "template",
]
