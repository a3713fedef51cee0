"""Row hashes: equal rows agree, others differ, order and null columns do not matter."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from layers.store.row_hash import row_hashes

ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.booleans(),
        st.none() | st.text(st.characters(codec="utf-8"), max_size=6),
        st.none() | st.binary(max_size=6),
    ),
    min_size=1,
    max_size=20,
)
TYPES = (pa.int64(), pa.float64(), pa.bool_(), pa.string(), pa.binary())


def arrays(rows: list[tuple[object, ...]]) -> dict[str, pa.Array]:
    columns = zip(*rows, strict=True)
    return {f"c{i}": pa.array(c, t) for i, (c, t) in enumerate(zip(columns, TYPES, strict=True))}


@given(ROWS)
def test_rows_have_one_hash_exactly_if_they_are_equal(rows: list[tuple[object, ...]]) -> None:
    hashes = row_hashes(arrays(rows)).tolist()
    for i, one in enumerate(rows):
        for k, other in enumerate(rows):
            same = all(
                a is b or (a is not None and b is not None and a == b)
                for a, b in zip(one, other, strict=True)
            )
            assert (hashes[i] == hashes[k]) == same


@given(ROWS)
def test_slices_order_of_columns_and_null_columns_do_not_matter(
    rows: list[tuple[object, ...]],
) -> None:
    columns = arrays(rows)
    hashes = row_hashes(columns)
    turned = dict(reversed(columns.items()))
    turned["new"] = pa.nulls(len(rows), pa.string())
    np.testing.assert_array_equal(row_hashes(turned), hashes)
    sliced = {name: array.slice(1) for name, array in columns.items()}
    np.testing.assert_array_equal(row_hashes(sliced), hashes[1:])


def test_a_value_counts_for_its_field() -> None:
    one = row_hashes({"a": pa.array([1, 1]), "b": pa.array([2, 1])})
    two = row_hashes({"a": pa.array([2, 1]), "b": pa.array([1, 1])})
    assert one[0] != two[0]
    assert one[1] == two[1]
