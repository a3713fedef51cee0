"""Items of layers that no store keeps, from the columns of the snapshot."""

from collections.abc import Sequence

from layers.columns import TextColumn
from layers.snapshot import Snapshot
from layers.store.protocol import Item
from layers.views import LayerView

__all__ = ["held_items"]


def held_items(snapshot: Snapshot, view: LayerView, ids: Sequence[int]) -> list[Item]:
    """Items by id that the view has, in the order asked; geometry as drawn (9 mm)."""
    found: dict[int, Item] = {}
    for table, rows in view.find(ids):
        geometries = snapshot.geometries(view.spec.name, table.ids[rows])
        for at, row in enumerate(rows.tolist()):
            values: dict[str, object] = {}
            for field in view.spec.held_fields:
                column = table.columns[field.name]
                if isinstance(column, TextColumn):
                    code = int(column.codes[row])
                    values[field.name] = None if code < 0 else str(column.values[code])
                elif column.valid is None or column.valid[row]:
                    values[field.name] = column.values[row].item()
                else:
                    values[field.name] = None
            item_id = int(table.ids[row])
            version = int(table.versions[row])
            found[item_id] = Item(item_id, str(item_id), version, 0, values, geometries[at])
    return [found[item_id] for item_id in dict.fromkeys(ids) if item_id in found]
