"""The audit chain: any edit, removal or insertion is found at its place."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.audit import (
    GENESIS,
    AuditFault,
    AuditRecord,
    chained,
    first_fault,
    packed_ids,
    unpacked_ids,
)


def chain(count: int) -> list[AuditRecord]:
    records: list[AuditRecord] = []
    previous = GENESIS
    for seq in range(1, count + 1):
        record = AuditRecord(
            seq, 5, "li", "duty", "案件", "put", seq, {"a": [seq]}, b"\x00", b"\x01", seq
        )
        records.append(chained(record, previous))
        previous = records[-1].hash
    return records


EDITS = {
    "at": 6,
    "subject": "wang",
    "role": "admin",
    "purpose": "",
    "action": "look",
    "count": 0,
    "detail": {"a": []},
    "ids": b"",
    "digest": b"\x02",
    "change_seq": 0,
    "hash": bytes(32),
}


def test_an_untouched_chain_holds() -> None:
    assert first_fault(chain(5)) is None
    assert first_fault([]) is None
    records = chain(5)
    assert first_fault(records[2:], previous=records[1].hash, first_seq=3) is None


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_any_field_is_found(name: str) -> None:
    records = chain(5)
    records[2] = replace(records[2], **{name: EDITS[name]})
    fault = first_fault(records)
    assert fault is not None
    assert fault.seq in {3, 4}


def test_an_edit_with_a_new_hash_is_found_at_the_next_record() -> None:
    records = chain(5)
    records[2] = chained(replace(records[2], count=0), records[1].hash)
    assert first_fault(records) == AuditFault(4, "it does not follow the record before it")


def test_a_removed_record_is_missed() -> None:
    records = chain(5)
    assert first_fault(records[:2] + records[3:]) == AuditFault(3, "the record is missing")
    assert first_fault(records[1:]) == AuditFault(1, "the record is missing")


@given(
    st.dictionaries(
        st.sampled_from(["road", "人"]), st.lists(st.integers(-(2**62), 2**62), max_size=30)
    )
)
def test_packed_ids_are_read_back_as_the_same_set(ids: dict[str, list[int]]) -> None:
    packed = packed_ids({layer: np.array(values, np.int64) for layer, values in ids.items()})
    runs = unpacked_ids(packed)
    assert set(runs) == set(ids)
    for layer, values in ids.items():
        assert sum(high - low + 1 for low, high in runs[layer]) == len(set(values))
        assert all(any(low <= v <= high for low, high in runs[layer]) for v in values)
