"""Callback data of the plan's buttons."""

from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from handlers.buttons import Number

Source = Annotated[str, Field(max_length=16)]


class Measures(CallbackData, prefix="nl"):
    """A page of the measures; or of the priority ones alone."""

    offset: Number
    priority: bool = False


class ShowMeasure(CallbackData, prefix="nm"):
    measure: Number


class Indicators(CallbackData, prefix="ni"):
    """A page of the indicators."""

    offset: Number


class ShowIndicator(CallbackData, prefix="nd"):
    indicator: Number


class ShowTheme(CallbackData, prefix="nt"):
    """What the plan says about a theme of reports."""

    category: Number


class ShowProof(CallbackData, prefix="np"):
    """The document of a figure, for those who may see it."""

    indicator: Number
    year: Number


class WriteFigure(CallbackData, prefix="nf"):
    """Begin to write a figure; year 0: ask which."""

    indicator: Number
    year: Number


class WriteSpent(CallbackData, prefix="ns"):
    """Begin to write what was spent; year 0: ask which sum."""

    measure: Number
    year: Number
    source: Source = ""


class ShowReceipt(CallbackData, prefix="nw"):
    """The document of what was spent, for those who may see it."""

    measure: Number
    year: Number
    source: Source


class ProjectPlan(CallbackData, prefix="nj"):
    """The measures a project is part of."""

    project: Number


class ChooseProject(CallbackData, prefix="nc"):
    """Projects that could become part of a measure."""

    measure: Number
    offset: Number


class ChooseMeasure(CallbackData, prefix="ng"):
    """Measures that a project could become part of."""

    project: Number
    offset: Number


class ChooseTheme(CallbackData, prefix="ne"):
    """Themes whose reports could stand beside an indicator."""

    indicator: Number
    offset: Number


class ChooseIndicator(CallbackData, prefix="nb"):
    """Indicators that a theme's reports could stand beside."""

    category: Number
    offset: Number


class LinkTheme(CallbackData, prefix="nh"):
    """Set a theme's reports beside an indicator, or take them away; asked once before that."""

    category: Number
    indicator: Number
    together: bool
    sure: bool = True


class Link(CallbackData, prefix="nk"):
    """Make the project part of the measure, or take it out again; asked once before that."""

    project: Number
    measure: Number
    together: bool
    sure: bool = True
