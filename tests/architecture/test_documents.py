"""Generated pages say what the code says."""

from pathlib import Path

import pytest

from geoserver.reference import documents

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return documents(REPOSITORY)


@pytest.mark.parametrize(
    "name",
    [
        "docs/settings.md",
        "docs/reference/commands.md",
        "docs/reference/http.md",
        "docs/reference/notices.md",
    ],
)
def test_a_generated_page_is_fresh(name: str, generated: dict[str, str]) -> None:
    assert (REPOSITORY / name).read_text() == generated[name], "run: make docs"


def test_every_command_of_the_guides_exists(generated: dict[str, str]) -> None:
    known = {
        line.removeprefix("## ")
        for line in generated["docs/reference/commands.md"].splitlines()
        if line.startswith("## wangge")
    }
    pages = [REPOSITORY / "README.md", *(REPOSITORY / "docs" / "guide").glob("*.md")]
    for page in pages:
        for line in page.read_text().splitlines():
            words = line.strip().split()
            if words[:1] == ["wangge"] and len(words) > 1:
                named = {" ".join(words[:n]) for n in (2, 3) if len(words) >= n}
                assert named & known, f"{page.name}: {line}"
