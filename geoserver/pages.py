"""Files of the pages: only what pages load, with right types and caching."""

from pathlib import Path, PurePosixPath

from starlette.responses import FileResponse, Response

from grids.errors import NotFoundError

__all__ = ["PageFiles"]

_TYPES = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".json": "application/json",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}
_HIDDEN = frozenset({"node_modules", "tests"})
_TEXT = frozenset({"text/javascript", "application/json", "text/css", "text/html", "image/svg+xml"})


class PageFiles:
    """Files below the folder ``web`` that a page may load.

    Own files are sent with ``no-cache`` and an ETag, so that an upgrade shows at once; vendored
    files have their version in the query (``?v=``) and are then immutable, else kept for a day.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def has_page(self, name: str) -> bool:
        """True if the page is there."""
        return (self._folder / name / "index.html").is_file()

    def page(self, name: str, *, seen: str | None = None) -> Response:
        """The HTML of a page such as ``wall``.

        Raises
        ------
        NotFoundError
            If the page is not part of this installation.
        """
        return self.file(f"{name}/index.html", seen=seen)

    def file(self, path: str, *, seen: str | None = None, version: str | None = None) -> Response:
        """One file, by its path with forward slashes.

        Parameters
        ----------
        path
            Below the folder ``web``, such as ``wall/wall.mjs``.
        seen
            Value of If-None-Match: answered 304 if it is still the same file.
        version
            Version that the page asks for; makes a vendored file immutable for the browser.

        Raises
        ------
        NotFoundError
            If there is no such file, or pages have no business with it.
        """
        found = self._find(path)
        cache = "no-cache"
        if path.startswith("vendor/"):
            cache = "public, max-age=31536000, immutable" if version else "public, max-age=86400"
        stat = found.stat()
        tag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
        headers = {"Cache-Control": cache, "ETag": tag}
        if seen and tag in seen:
            return Response(status_code=304, headers=headers)
        kind = _TYPES[found.suffix.lower()]
        media = f"{kind}; charset=utf-8" if kind in _TEXT else kind
        return FileResponse(found, media_type=media, headers=headers, stat_result=stat)

    def text(self, path: str) -> str | None:
        """Text of a file of the pages; None if it is not there."""
        found = self._folder / path
        return found.read_text(encoding="utf-8") if found.is_file() else None

    def _find(self, path: str) -> Path:
        """The file at `path`, if it is one that pages load."""
        parts = PurePosixPath(path).parts
        is_plain = "\0" not in path and "\\" not in path and len(parts) > 1
        is_hidden = any(part.startswith(".") or part in _HIDDEN for part in parts)
        if is_plain and not is_hidden and PurePosixPath(path).suffix.lower() in _TYPES:
            found = (self._folder / path).resolve()
            if found.is_relative_to(self._folder) and found.is_file():
                return found
        raise NotFoundError(f"no file {path!r} among the pages")
