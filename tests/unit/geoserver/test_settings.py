"""Settings: from the environment, checked, documented."""

import pytest

from geoserver.security import anonymous_scope, check_exposure, is_allowed_origin
from geoserver.settings import Settings, load_settings, settings_document
from grids.errors import ParameterError, SignInRequiredError
from layers.policy import Role


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANGGE_CITY", raising=False)


def test_every_setting_says_what_it_means() -> None:
    page = settings_document()
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert f"`WANGGE_{name.upper()}`" in page


def test_the_environment_is_read_and_given_values_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_PORT", "9000")
    monkeypatch.setenv("WANGGE_HOST", "::1")
    settings = load_settings(port=9001, anonymous=None)
    assert (settings.port, settings.host, settings.anonymous) == (9001, "::1", "none")


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("WANGGE_PROT", "9000", "WANGGE_PROT"),
        ("WANGGE_PORT", "70000", "WANGGE_PORT"),
        ("WANGGE_ANONYMOUS", "everyone", "WANGGE_ANONYMOUS"),
    ],
)
def test_a_wrong_environment_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, named: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ParameterError, match=named):
        load_settings()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_demo_staff_is_served_on_loopback(host: str) -> None:
    check_exposure(Settings(anonymous="demo", host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "map.example"])  # noqa: S104
def test_demo_staff_is_not_served_to_the_network(host: str) -> None:
    with pytest.raises(ParameterError, match="loopback"):
        check_exposure(Settings(anonymous="demo", host=host))
    check_exposure(Settings(anonymous="public", host=host))


def test_a_stranger_is_who_the_setting_says() -> None:
    assert anonymous_scope(Settings(anonymous="demo")).is_staff
    assert anonymous_scope(Settings(anonymous="public")).role is Role.PUBLIC
    with pytest.raises(SignInRequiredError):
        anonymous_scope(Settings())


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("http://127.0.0.1:8000", True),
        ("https://127.0.0.1:8000", True),
        ("http://127.0.0.1:9000", False),
        ("https://elsewhere.example", False),
        ("https://partner.example", True),
        ("null", False),
        ("file://127.0.0.1:8000", False),
    ],
)
def test_the_live_line_opens_from_own_pages(origin: str | None, *, allowed: bool) -> None:
    extra = ("https://partner.example",)
    assert is_allowed_origin(origin, host="127.0.0.1:8000", extra=extra) is allowed
