"""Imports aiogram without building every model of the Bot API at once.

On import aiogram completes some four hundred pydantic models, each with a schema of its own: five
seconds and 100 MB, for a bot that uses a few dozen of them. Here `model_rebuild` only remembers
the namespace it is given while aiogram is imported; a model that is used without having been built
is then built by pydantic itself, which asks `model_rebuild` again, and gets that namespace.

This must come before the first import of aiogram; `bot` and `handlers` see to that. If aiogram was
imported before, nothing is changed and nothing is lost but the time.
"""

import sys
from typing import Any, cast

from pydantic import BaseModel


def _import_aiogram() -> None:
    original = vars(BaseModel)["model_rebuild"]
    namespace: dict[str, Any] = {}

    def remember(
        _model: type[BaseModel], /, *_: Any, _types_namespace: Any = None, **__: Any
    ) -> None:
        namespace.update(_types_namespace or {})

    def build(model: type[BaseModel], /, **options: Any) -> Any:
        options.pop("_parent_namespace_depth", None)
        options["_types_namespace"] = namespace
        return original.__func__(model, **options)

    base = cast(Any, BaseModel)
    base.model_rebuild = classmethod(remember)
    try:
        from aiogram.methods import Response, TelegramMethod  # noqa: PLC0415 - the point of all
        from aiogram.types import TelegramObject  # noqa: PLC0415
    finally:
        base.model_rebuild = original
    for family in (TelegramObject, TelegramMethod, Response):
        cast(Any, family).model_rebuild = classmethod(build)


if "aiogram" not in sys.modules:
    _import_aiogram()
