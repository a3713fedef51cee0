"""The demo city built: model, tables, polygons and truth together."""

from geoserver.demo.city import DemoCity, model_city
from geoserver.demo.duty_tables import duty_tables
from geoserver.demo.ground_tables import address_table, ground_tables
from geoserver.demo.home_tables import home_tables
from geoserver.demo.truth import ground_truth

__all__ = ["build_demo"]


def build_demo(preset: str, *, seed: int, now_ms: int) -> DemoCity:
    """The demo city of a preset.

    Equal arguments give an equal city, bit by bit; nothing is read but the name lists.

    Parameters
    ----------
    preset
        ``small``, ``demo`` or ``city``.
    seed
        Seed of all chance.
    now_ms
        The moment that cases, shifts and ages refer to, milliseconds UTC.

    Raises
    ------
    ParameterError
        If there is no such preset.
    """
    model = model_city(preset, seed=seed, now_ms=now_ms)
    polygons, numbers = model.leaf_polygons()
    tables = ground_tables(model)
    tables["address"] = address_table(model)
    tables |= home_tables(model)
    tables |= duty_tables(model)
    return DemoCity(
        model.preset,
        seed,
        now_ms,
        tables,
        model.units,
        polygons,
        numbers,
        ground_truth(model, polygons, numbers),
    )
