"""Page assets: copies the listed files of the installed packages into ``geoserver/web/vendor``.

``vendor.json`` lists, per npm package, which files the pages load (licence texts included);
``package-lock.json`` fixes their versions and integrity values, which npm has checked on
install. The sums of what is copied are kept in ``vendor.sums``: a copy that differs from the
checked-in sums stops the set-up instead of serving something else.

Run as ``python -m geoserver.vendor [--renew]`` (``make setup`` does).
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

WEB = Path(__file__).parent / "web"


class VendorError(Exception):
    """An asset is missing or differs from its recorded sum."""


def listed_files(web: Path) -> dict[str, Path]:
    """Every file to copy: path below ``vendor`` to its source in ``node_modules``.

    Raises
    ------
    VendorError
        If a package is not installed or a pattern matches nothing.
    """
    wanted = json.loads((web / "vendor.json").read_text())
    found: dict[str, Path] = {}
    for package, entry in wanted.items():
        source = web / "node_modules" / package
        if not source.is_dir():
            raise VendorError(f"npm package {package} is not installed in {source.parent}")
        for pattern in entry["files"]:
            matches = sorted(p for p in source.glob(pattern) if p.is_file())
            if not matches:
                raise VendorError(f"npm package {package} has no file like {pattern!r}")
            found |= {f"{entry['to']}/{p.name}": p for p in matches}
    return found


def sums_text(files: dict[str, Path]) -> str:
    """One line ``sha256  path`` per file, sorted by path, as `sha256sum` prints it."""
    lines = (f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {n}" for n, p in files.items())
    return "".join(f"{line}\n" for line in sorted(lines, key=lambda line: line.split("  ")[1]))


def copy_assets(web: Path, *, renew: bool = False) -> int:
    """Copy the listed files into ``vendor`` and check them against ``vendor.sums``.

    Returns
    -------
    int
        Number of files.

    Raises
    ------
    VendorError
        If something is missing, or differs from the recorded sums and `renew` is False.
    """
    files = listed_files(web)
    text, record = sums_text(files), web / "vendor.sums"
    if renew:
        record.write_text(text)
    elif not record.is_file() or record.read_text() != text:
        raise VendorError(
            "the page assets differ from geoserver/web/vendor.sums; if the versions were changed "
            "on purpose, run: python -m geoserver.vendor --renew"
        )
    shutil.rmtree(web / "vendor", ignore_errors=True)
    for name, source in files.items():
        target = web / "vendor" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return len(files)


def main() -> int:
    """Copy the assets; exit code 1 with one sentence if that is impossible."""
    try:
        copied = copy_assets(WEB, renew="--renew" in sys.argv[1:])
    except (VendorError, OSError) as exc:
        sys.stderr.write(f"page assets: {exc}\n")
        return 1
    sys.stdout.write(f"page assets: {copied} files in {WEB / 'vendor'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
