"""What an operator may set about downloading."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from pydantic import BaseModel, ConfigDict, Field, field_validator

AGENT = "frisksvar"
"""The product token: first word of User-Agent, and the name robots.txt files may address."""

MAX_BYTES = 100_000_000
"""100 MB after decompression. The largest official PDF in the field is some tens of MB."""


class FetchSettings(BaseModel):
    """How politely, how long, and to where. The defaults are for public web servers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contact: str | None = None
    """E-mail or address of the operator, sent in User-Agent so that a site owner can complain."""

    allow_http: bool = False
    """Also http:// on port 80."""

    allow_private: bool = False
    """Also loopback and private addresses, for an intranet. Link-local stays refused, because the
    metadata service of cloud machines lives there."""

    extra_ports: frozenset[int] = frozenset()
    """Ports besides 443 (and 80 with `allow_http`)."""

    request_interval_s: float = Field(default=1.0, ge=0)
    """Least time between the starts of two requests to one host."""

    crawl_delay_cap_s: float = Field(default=30.0, ge=0)
    """A Crawl-delay in robots.txt is followed up to this."""

    connect_timeout_s: float = Field(default=10.0, gt=0)
    read_timeout_s: float = Field(default=30.0, gt=0)
    """Longest silence from the server."""

    total_timeout_s: float = Field(default=300.0, gt=0)
    """Longest time for one body: a server that sends a byte now and then is given up."""

    attempts: int = Field(default=3, ge=1)
    backoff_s: float = Field(default=1.0, ge=0)
    """Wait before the second attempt; doubled for each one after it."""

    backoff_cap_s: float = Field(default=30.0, ge=0)
    retry_after_cap_s: float = Field(default=120.0, ge=0)
    """A longer Retry-After is not waited for: the download fails at once and says so."""

    max_bytes: int = Field(default=MAX_BYTES, gt=0)
    max_redirects: int = Field(default=10, ge=0)

    @field_validator("contact")
    @classmethod
    def _fits_a_header(cls, contact: str | None) -> str | None:
        if contact is not None and not (contact.isascii() and contact.isprintable()):
            raise ValueError("must be printable ASCII on one line, it is sent in a header")
        return contact or None

    @property
    def ports(self) -> frozenset[int]:
        standard = {443, 80} if self.allow_http else {443}
        return self.extra_ports | standard

    @property
    def user_agent(self) -> str:
        """RFC 9110 section 10.1.5: product/version, then a comment with the contact."""
        try:
            product = f"{AGENT}/{version(AGENT)}"
        except PackageNotFoundError:  # run from a checkout that is not installed
            product = AGENT
        return f"{product} (+{self.contact})" if self.contact else product
