"""The city's action plan: measures with money, indicators with figures, and links."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.database import Base, UtcDateTime


class Measure(Base):
    """A row of the plan. `code` is its number in the plan; `result` what is expected of it.

    `origin` is pack or file; what came in a file, the pack leaves alone.
    """

    __tablename__ = "measure"
    __table_args__ = (UniqueConstraint("city_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    position: Mapped[int]
    code: Mapped[str]
    section: Mapped[str]
    title: Mapped[str]
    result: Mapped[str]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    priority: Mapped[bool] = mapped_column(default=False)
    example: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    origin: Mapped[str] = mapped_column(default="pack", server_default="pack")


class MeasureYear(Base):
    """Money of a measure in a year by source, in kopecks; `document` proves what was spent."""

    __tablename__ = "measure_year"
    __table_args__ = (UniqueConstraint("measure_id", "year", "source"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"))
    year: Mapped[int]
    source: Mapped[str]
    planned: Mapped[int] = mapped_column(BigInteger)
    spent: Mapped[int] = mapped_column(BigInteger, default=0)
    document: Mapped[bytes | None] = mapped_column(LargeBinary)
    document_name: Mapped[str | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Indicator(Base):
    """`direction` is up, down or keep: what is better; figures are in thousandths of `unit`.

    `base` is the figure of `base_year`; `tolerance` the thousandths by which `keep` may differ.
    `origin` is pack or file, as of a measure; also file once its themes were changed in the chat.
    """

    __tablename__ = "indicator"
    __table_args__ = (UniqueConstraint("city_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("city.id"))
    position: Mapped[int]
    code: Mapped[str]
    title: Mapped[str]
    unit: Mapped[str]
    direction: Mapped[str]
    base: Mapped[int | None] = mapped_column(BigInteger)
    base_year: Mapped[int | None]
    tolerance: Mapped[int] = mapped_column(BigInteger, default=0)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    example: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    origin: Mapped[str] = mapped_column(default="pack", server_default="pack")


class IndicatorYear(Base):
    """The plan and the fact of a year; `document` is the proof, `reason` why it fell behind."""

    __tablename__ = "indicator_year"
    __table_args__ = (UniqueConstraint("indicator_id", "year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    year: Mapped[int]
    plan: Mapped[int | None] = mapped_column(BigInteger)
    fact: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None]
    document: Mapped[bytes | None] = mapped_column(LargeBinary)
    document_name: Mapped[str | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MeasureIndicator(Base):
    """A measure works on an indicator, with a weight in percent."""

    __tablename__ = "measure_indicator"

    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), primary_key=True)
    indicator_id: Mapped[int] = mapped_column(
        ForeignKey("indicator.id"), primary_key=True, index=True
    )
    weight: Mapped[int]


class ProjectMeasure(Base):
    """A project that is part of a measure."""

    __tablename__ = "project_measure"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), primary_key=True, index=True)


class CategoryIndicator(Base):
    """Reports of a theme are the citizens' signal beside an official figure."""

    __tablename__ = "category_indicator"

    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"), primary_key=True)
    indicator_id: Mapped[int] = mapped_column(
        ForeignKey("indicator.id"), primary_key=True, index=True
    )
