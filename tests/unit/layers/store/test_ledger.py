"""The ledger: pieces of bounded size that hold every id once."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from layers.changes import IDS_PER_CHANGE, Operation
from layers.store.ledger import Ledger

CONTENT = pa.record_batch({"uid": ["x"]})


def bounds(ids: np.ndarray, east: float) -> np.ndarray:
    return np.column_stack([ids + east, ids, ids + east, ids]).astype(np.float64)


def test_large_writes_are_cut_into_pieces_in_order_of_id() -> None:
    ledger = Ledger()
    ids = np.random.default_rng(1).permutation(2 * IDS_PER_CHANGE + 1) + 1
    ledger.inserted("a", ids, bounds(ids, 0.5), CONTENT)
    pieces = list(ledger.pieces())
    assert [p.ids.size for p in pieces] == [IDS_PER_CHANGE, IDS_PER_CHANGE, 1]
    np.testing.assert_array_equal(np.concatenate([p.ids for p in pieces]), np.sort(ids))
    assert pieces[0].box_new == (1.5, 1.0, IDS_PER_CHANGE + 0.5, float(IDS_PER_CHANGE))
    assert pieces[0].box_old is None


@given(st.lists(st.tuples(st.sampled_from(["put", "delete"]), st.integers(1, 6)), max_size=20))
def test_pieces_hold_each_id_once_and_every_box(steps: list[tuple[str, int]]) -> None:
    ledger = Ledger()
    alive: set[int] = set()
    gone: set[int] = set()
    for k, (op, number) in enumerate(steps):
        if number in gone:
            continue  # ids are never given again
        ids = np.array([number], np.int64)
        if op == "put":
            ledger.updated("a", ids, (bounds(ids, k), bounds(ids, k + 1)), CONTENT)
            alive.add(number)
        else:
            ledger.deleted("a", ids, bounds(ids, k))
            gone.add(number)
    pieces = list(ledger.pieces())
    by_op = {op: [i for p in pieces if p.op == op for i in p.ids.tolist()] for op in Operation}
    assert sorted(by_op[Operation.PUT]) == sorted(alive - gone)
    assert sorted(by_op[Operation.DELETE]) == sorted(gone)


def test_the_digest_follows_content_and_order() -> None:
    def digest(*layers: str) -> bytes:
        ledger = Ledger()
        for layer in layers:
            ledger.inserted(layer, np.array([1]), bounds(np.array([1]), 0), CONTENT)
        return ledger.digest

    assert digest("a", "b") == digest("a", "b")
    assert len({digest("a"), digest("b"), digest("a", "b"), digest("b", "a"), digest()}) == 5
