"""The city at a glance: what a page needs before it draws anything."""

from dataclasses import dataclass
from typing import Any

from geoserver.city import City
from geoserver.services.counting import CountingService, count_kind
from geoserver.services.grid_names import level_title
from layers.policy import Scope
from layers.snapshot import Snapshot

__all__ = ["GlanceService"]


@dataclass(frozen=True, slots=True)
class GlanceService:
    """Name, extent, levels and layers."""

    city: City
    counting: CountingService

    def city_document(self, scope: Scope) -> dict[str, Any]:
        """What ``/city.json`` says to one reader."""
        snapshot, profile = self.city.snapshot, self.city.profile
        box = self.city.bounds
        centre = profile.centre or (box.centre if box else None)
        return {
            "name": profile.name,
            "name_en": profile.name_en,
            "code": profile.code,
            "demo": profile.is_demo,
            "center": [round(value, 7) for value in centre] if centre else None,
            "bounds": [round(value, 7) for value in box] if box else None,
            "timezone": profile.timezone,
            "levels": self._levels(snapshot),
            "layers": [self._layer(snapshot, name, scope) for name in snapshot.layers(scope)],
            "grid_version": snapshot.grid_version.number if snapshot.grid_version else None,
            "seq": snapshot.seq,
            "kind": count_kind(scope),
            "attribution": profile.attribution or None,
            "map_approval": profile.map_approval or None,
        }

    def _levels(self, snapshot: Snapshot) -> list[dict[str, Any]]:
        """Levels that have units, from the top."""
        tree = snapshot.hierarchy
        if tree is None:
            return []
        counts = {level: len(tree.units_at(level)) for level in tree.levels}
        return [
            {"level": level, "title": level_title(level)[0], "count": count}
            for level, count in counts.items()
            if count
        ]

    def _layer(self, snapshot: Snapshot, name: str, scope: Scope) -> dict[str, Any]:
        """One layer with the Chinese words of its values."""
        view = snapshot.layer(name, scope)
        spec = view.spec
        return {
            "name": name,
            "title_zh": spec.title_zh,
            "title_en": spec.title_en,
            "geometry": spec.geometry.value,
            "count": self.counting.total(snapshot, name, scope),
            "words": {
                field.name: {value: titles[0] for value, titles in field.domain.items()}
                for field in spec.fields
                if field.domain
            },
        }
