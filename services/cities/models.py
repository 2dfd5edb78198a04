"""A city, its businesses and its sights, as loaded from a city pack."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base, UtcDateTime, partial_index

Localized = dict[str, str]
"""A text in the languages of the city: `{"ru": …, "en": …, "zh": …}`."""


class City(Base):
    """`rules`, `consents`, `theme`, `levels`, `contact`, `places`, `calendar`: shaped as in the
    pack's files."""

    __tablename__ = "city"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[Localized] = mapped_column(JSON)
    title: Mapped[Localized] = mapped_column(JSON)
    tagline: Mapped[Localized] = mapped_column(JSON)
    timezone: Mapped[str]
    lat: Mapped[float]
    lon: Mapped[float]
    languages: Mapped[list[str]] = mapped_column(JSON)
    default_language: Mapped[str]
    theme: Mapped[dict[str, str]] = mapped_column(JSON)
    contact: Mapped[dict[str, str]] = mapped_column(JSON)
    levels: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    consents: Mapped[dict[str, Any]] = mapped_column(JSON)
    places: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    calendar: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    digest: Mapped[str]
    loaded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ConsentText(Base):
    """Every wording people were ever asked to agree to; append-only, never another text under
    the same version."""

    __tablename__ = "consent_text"
    __table_args__ = (UniqueConstraint("city_id", "kind", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    kind: Mapped[str]
    version: Mapped[str]
    text: Mapped[Localized] = mapped_column(JSON)
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class Unit(Base):
    """A department or a service of the city that answers for some themes."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("city_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    slug: Mapped[str]
    name: Mapped[Localized] = mapped_column(JSON)
    active: Mapped[bool] = mapped_column(default=True)


class Partner(Base):
    __tablename__ = "partner"
    __table_args__ = (UniqueConstraint("city_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    slug: Mapped[str]
    name: Mapped[Localized] = mapped_column(JSON)
    inn: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)


class Venue(Base):
    """`state` is active, suspended or closed; only an active venue earns and redeems.

    `opening`: weekday (`mon` … `sun`) → spans of local time, `[["09:00", "22:00"]]`; a span may
    end after midnight. None: not known.
    """

    __tablename__ = "venue"
    __table_args__ = (UniqueConstraint("city_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    slug: Mapped[str]
    kind: Mapped[str]
    name: Mapped[Localized] = mapped_column(JSON)
    address: Mapped[Localized] = mapped_column(JSON)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    hours: Mapped[Localized] = mapped_column(JSON)
    opening: Mapped[dict[str, list[list[str]]] | None] = mapped_column(JSON(none_as_null=True))
    joined_on: Mapped[date]
    state: Mapped[str] = mapped_column(default="active")


class Till(Base):
    """A cash register, known by its registration number (РН ККТ, 16 digits).

    `origin`: pack, or where else it was learned from: receipt, owner. Only the pack's own are
    withdrawn when a pack no longer names them.
    """

    __tablename__ = "till"

    id: Mapped[int] = mapped_column(primary_key=True)
    venue_id: Mapped[int] = mapped_column(ForeignKey("venue.id"), index=True)
    registration: Mapped[str] = mapped_column(unique=True)
    serial: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    origin: Mapped[str] = mapped_column(default="pack", server_default="pack")


class FiscalDrive(Base):
    """A fiscal drive (ФН, 16 digits) in a till; `state` is confirmed, closed or frozen.

    A frozen one was contradicted by a receipt: its receipts wait until the city looks into it.
    `origin` is as a till's.
    """

    __tablename__ = "fiscal_drive"

    fn: Mapped[str] = mapped_column(primary_key=True)
    till_id: Mapped[int] = mapped_column(ForeignKey("till.id"), index=True)
    state: Mapped[str] = mapped_column(default="confirmed")
    origin: Mapped[str] = mapped_column(default="pack", server_default="pack")


class TillCandidate(Base):
    """A till of a partner that was met on a verified receipt and that nobody registered.

    `venue_id` is where it probably stands, None when several venues fit. `state` is open,
    confirmed or refused; `drives` are the fiscal drives it was seen with.
    """

    __tablename__ = "till_candidate"

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    venue_id: Mapped[int | None] = mapped_column(ForeignKey("venue.id"))
    registration: Mapped[str] = mapped_column(unique=True)
    serial: Mapped[str | None]
    drives: Mapped[list[str]] = mapped_column(JSON)
    place: Mapped[str | None]
    address: Mapped[str | None]
    internet: Mapped[bool]
    state: Mapped[str] = mapped_column(default="open")
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TillAlert(Base):
    """A contradiction between what is registered and what a verified receipt says.

    `kind` says which; `drive` is frozen while the alert is open, unless it is only somebody's
    claim. `seen` holds both sides: see `services.cities.alerts.Alert`.
    """

    __tablename__ = "till_alert"
    __table_args__ = (partial_index("uq_till_alert_open", "drive", "kind", where="state = 'open'"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"), index=True)
    kind: Mapped[str]
    drive: Mapped[str]
    seen: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(default="open")
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Sight(Base):
    """A place to see. `fact_confidence` and `coord_confidence` are high, medium or low.

    `region`: outside the city. `notes` are short remarks to show with it; `attribution` is what
    the licence of the point demands wherever it is shown.
    """

    __tablename__ = "sight"
    __table_args__ = (UniqueConstraint("city_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    slug: Mapped[str]
    position: Mapped[int]
    category: Mapped[str]
    region: Mapped[bool]
    name: Mapped[Localized] = mapped_column(JSON)
    address: Mapped[Localized | None] = mapped_column(JSON(none_as_null=True))
    text: Mapped[Localized] = mapped_column(JSON)
    fact_confidence: Mapped[str]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    coord_confidence: Mapped[str | None]
    attribution: Mapped[str | None]
    notes: Mapped[list[Localized]] = mapped_column(JSON)
    active: Mapped[bool] = mapped_column(default=True)
