"""What one application holds: settings, city, services, figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from geoserver.city import City
from geoserver.metrics import Metrics
from geoserver.pages import PageFiles
from geoserver.settings import Settings

if TYPE_CHECKING:
    from geoserver.dependencies import DeclaredParameters

__all__ = ["State"]


@dataclass(slots=True)
class State:
    """Everything a route may need, made once by `create_app`."""

    settings: Settings
    city: City
    metrics: Metrics
    pages: PageFiles
    parameters: Mapping[object, "DeclaredParameters"] = field(default_factory=dict)
