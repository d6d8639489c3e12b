"""The registry of sync: the handler of each kind of op, the loader of each collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inspect_server.core.registration import Area, OpKindHandler, PullCollection
from schemas.vocabulary import Collection


@dataclass(frozen=True, slots=True)
class SyncRegistry:
    """The op kinds and collections that the areas register."""

    op_kinds: Mapping[str, OpKindHandler]
    collections: Mapping[Collection, PullCollection]

    @classmethod
    def of(cls, areas: Iterable[Area]) -> SyncRegistry:
        """Collect what the areas register. Raises ValueError if two areas register the same."""
        areas = tuple(areas)
        op_kinds = [handler for area in areas for handler in area.op_kinds]
        collections = [collection for area in areas for collection in area.collections]
        by_kind = {handler.kind: handler for handler in op_kinds}
        by_name = {collection.collection: collection for collection in collections}
        if len(by_kind) < len(op_kinds) or len(by_name) < len(collections):
            raise ValueError("two areas register the same op kind or collection")
        return cls(by_kind, by_name)
