"""Tileset: the answer to a tile request, from its ETag to its bytes."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace

from grids.errors import ZoomRangeError
from layers.model import LayerSpec
from tiles.cache import BuildAbandonedError, TileCache
from tiles.companions import LABEL, Companions, CompanionSource
from tiles.compose import Fragment, deflated, gzip_member
from tiles.frame import MvtOptions, window
from tiles.generalise import ranked
from tiles.mvt import encode_layer
from tiles.mvt_attributes import TextBlobs
from tiles.request import TileRequest
from tiles.source import TileSource
from tiles.versions import tile_etag

__all__ = ["TileAnswer", "TilePlan", "Tileset"]


@dataclass(frozen=True, slots=True)
class TileAnswer:
    """A tile.

    Parameters
    ----------
    etag
        Opaque tag without quotes.
    body
        One gzip member; None if the tile is empty.
    is_cached
        True if nothing was built for it.
    """

    etag: str
    body: bytes | None
    is_cached: bool

    def identity(self) -> bytes:
        """The tile uncompressed, ``b""`` if it is empty."""
        return b"" if self.body is None else gzip.decompress(self.body)


@dataclass(frozen=True, slots=True)
class TilePlan:
    """What a request comes to before any feature is read.

    Parameters
    ----------
    request
        The request, with only the layers that cover its zoom level.
    specs, versions
        Visible declaration and version key of each of these layers.
    etag
        Tag of the tile.
    """

    request: TileRequest
    specs: tuple[LayerSpec, ...]
    versions: tuple[int, ...]
    etag: str


class Tileset:
    """Tiles of any source, cached.

    Parameters
    ----------
    max_bytes
        Budget of the cache.
    options
        How layers are drawn at their last zoom level; see `MvtOptions.at_zoom` for the others.
    """

    def __init__(self, max_bytes: int = 256 << 20, options: MvtOptions | None = None) -> None:
        self.options = MvtOptions() if options is None else options
        self._bodies: TileCache[bytes] = TileCache(max_bytes // 2, len)
        self._fragments: TileCache[Fragment] = TileCache(
            max_bytes - max_bytes // 2, lambda fragment: len(fragment.data)
        )
        self._blobs = TextBlobs()
        self._companions = Companions()

    @property
    def used_bytes(self) -> int:
        """Bytes held by the cache."""
        return self._bodies.used_bytes + self._fragments.used_bytes

    def plan(self, request: TileRequest, source: TileSource) -> TilePlan:
        """Layers that cover the zoom level, and the ETag; touches no feature.

        Raises
        ------
        UnknownLayerError
            If a layer does not exist, is not drawn, or the reader may not see it.
        ZoomRangeError
            If no layer covers the zoom level.
        """
        source = CompanionSource(source, self._companions)
        specs = [source.spec(layer) for layer in request.layers]
        z = request.tile.z
        here = tuple(spec for spec in specs if spec.min_zoom <= z <= spec.max_zoom)
        if not here:
            ranges = ", ".join(f"{s.name} {s.min_zoom} to {s.max_zoom}" for s in specs)
            raise ZoomRangeError(f"zoom {z} is outside the range of every layer: {ranges}")
        bounds = window(request.tile, self.options)
        versions = tuple(source.version_key(spec.name, bounds) for spec in here)
        covering = TileRequest(tuple(spec.name for spec in here), request.tile, request.query)
        etag = tile_etag(covering, here, versions, scope_key=source.scope_key, options=self.options)
        return TilePlan(covering, here, versions, etag)

    def cached(self, plan: TilePlan) -> TileAnswer | None:
        """The tile if it is held, None otherwise; takes a microsecond."""
        body = self._bodies.get(plan.etag)
        return None if body is None else TileAnswer(plan.etag, body or None, is_cached=True)

    def build(
        self,
        plan: TilePlan,
        source: TileSource,
        *,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> TileAnswer:
        """The tile, built now unless it is held; equal requests at the same time build once.

        Parameters
        ----------
        plan, source
            A plan and the source it was made on.
        is_wanted
            Asked before every layer.

        Raises
        ------
        BuildAbandonedError
            If `is_wanted` says no.
        """

        def built() -> bytes:
            fragments = []
            for spec, version in zip(plan.specs, plan.versions, strict=True):
                if not is_wanted():
                    raise BuildAbandonedError
                fragments.append(self._fragment(plan.request, spec, version, source))
            shown = [fragment for fragment in fragments if fragment.size]
            return gzip_member(shown) if shown else b""

        body = self._bodies.get_or_build(plan.etag, built)
        return TileAnswer(plan.etag, body or None, is_cached=False)

    def tile(self, request: TileRequest, source: TileSource) -> TileAnswer:
        """Answer to a request; see `plan` for its errors."""
        plan = self.plan(request, source)
        return self.cached(plan) or self.build(plan, source)

    def _fragment(
        self, request: TileRequest, spec: LayerSpec, version: int, source: TileSource
    ) -> Fragment:
        """One layer, encoded and compressed, shared by all tiles that hold it."""
        key = (spec.name, request.tile, request.query, source.scope_key, version)

        def built() -> Fragment:
            content = self.layer_bytes(request, spec, source)
            return deflated(content) if content else Fragment(b"", 0, 0)

        return self._fragments.get_or_build(key, built)

    def layer_bytes(self, request: TileRequest, spec: LayerSpec, source: TileSource) -> bytes:
        """One layer encoded now, uncompressed; ``b""`` if nothing shows."""
        source = CompanionSource(source, self._companions)
        options = self.options.at_zoom(request.tile.z, spec.max_zoom)
        if spec.name.endswith(LABEL):
            options = replace(options, buffer=0)  # so that a label is in exactly one tile
        parts = source.parts(spec.name, window(request.tile, self.options))
        parts = ranked(spec.name, parts, request.tile.z)
        return encode_layer(
            spec.name,
            parts,
            request.tile,
            fields=spec.tile_fields,
            options=options,
            blobs=self._blobs,
        )
