import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids.errors import FieldError
from layers.catalog import default_catalog
from layers.masking import masked_text, masked_values
from layers.model import Access, FieldSpec, FieldType, GeometryKind, LayerSpec, Mask
from layers.policy import MaskProfile, Role, Scope

STRICT, OPERATIONAL = MaskProfile.STRICT, MaskProfile.OPERATIONAL
SHOWING = [mask for mask in Mask if mask is not Mask.HIDE]
PERSON = default_catalog()["person"]
ROW = {
    "kind": "registered",
    "birth_year": 1980,
    "name": "张小明",
    "id_number": "110101198001011234",
    "phone": "13812345678",
    "note": "低保",
    "focus": "care",
}


@pytest.mark.parametrize(
    ("text", "mask", "profile", "shown"),
    [
        ("张三", Mask.NAME, STRICT, "张**"),
        ("张小明", Mask.NAME, STRICT, "张**"),
        ("张三", Mask.NAME, OPERATIONAL, "张*"),
        ("张小明", Mask.NAME, OPERATIONAL, "张*明"),
        ("欧阳小明", Mask.NAME, OPERATIONAL, "欧**明"),
        ("110101198001011234", Mask.IDENTITY, STRICT, "1****************4"),
        ("110101198001011234", Mask.IDENTITY, OPERATIONAL, "110101********1234"),
        ("13812345678", Mask.PHONE, STRICT, "138********"),
        ("13812345678", Mask.PHONE, OPERATIONAL, "138****5678"),
        ("110", Mask.PHONE, OPERATIONAL, "***"),
        ("12", Mask.IDENTITY, STRICT, "**"),
        ("", Mask.NAME, STRICT, ""),
        ("云澜市河西街道锦绣社区兰花路12号3幢502室", Mask.ADDRESS, STRICT, "云澜市河西街道***"),
        ("兰花路12号3幢502室", Mask.ADDRESS, OPERATIONAL, "兰花路12号3幢***"),
        ("兰花路", Mask.ADDRESS, OPERATIONAL, "***"),
    ],
)
def test_masks_show_what_their_profile_says(
    text: str, mask: Mask, profile: MaskProfile, shown: str
) -> None:
    assert masked_text(text, mask, profile) == shown


@given(st.text(max_size=30), st.sampled_from(SHOWING), st.sampled_from(list(MaskProfile)))
def test_a_mask_never_shows_a_whole_text(text: str, mask: Mask, profile: MaskProfile) -> None:
    shown = masked_text(text, mask, profile)
    if len(text) > 1:
        assert "*" in shown
        assert (
            shown.replace("*", "") != text.replace("*", "")
            or set(text) <= {"*"}
            or (mask is Mask.ADDRESS)
        )


def test_staff_see_masks_and_those_who_may_unmask_see_all() -> None:
    duty = masked_values(PERSON, ROW, Scope(Role.DUTY, mask_profile=OPERATIONAL))
    assert duty == {
        "kind": "registered",
        "birth_year": 1980,
        "name": "张*明",
        "id_number": "1****************4",  # a birth year beside it
        "phone": "138****5678",
    }
    assert masked_values(PERSON, ROW, Scope(Role.DUTY, unmask=True)) == ROW
    assert masked_values(PERSON, ROW, Scope(Role.DUTY))["name"] == "张**"


@pytest.mark.parametrize("role", [Role.PUBLIC, Role.PARTNER])
def test_outsiders_see_nothing_restricted_whatever_their_flags(role: Role) -> None:
    scope = Scope(role, unmask=True, mask_profile=OPERATIONAL)
    assert masked_values(PERSON, ROW, scope) == {}


def test_null_stays_null_and_a_foreign_field_is_refused() -> None:
    assert masked_values(PERSON, {"name": None}, Scope(Role.DUTY)) == {"name": None}
    with pytest.raises(FieldError):
        masked_values(PERSON, {"shoe_size": 1}, Scope.system("test"))


def test_the_operational_identity_mask_is_used_where_no_birth_is_shown() -> None:
    fields = (FieldSpec("no", FieldType.TEXT, "", "", Access.RESTRICTED, Mask.IDENTITY),)
    spec = LayerSpec("card", "", "", GeometryKind.NONE, fields)
    scope = Scope(Role.DUTY, mask_profile=OPERATIONAL)
    assert masked_values(spec, {"no": "110101198001011234"}, scope) == {"no": "110101********1234"}


def test_profiles_have_keys_of_their_own() -> None:
    assert Scope(Role.DUTY, mask_profile=OPERATIONAL).key != Scope(Role.DUTY).key
