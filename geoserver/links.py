"""Links of answers: whole addresses, from the setting or the request."""

from fastapi import Request

from geoserver.settings import Settings

__all__ = ["Links"]


class Links:
    """Makes links for the answer to one request."""

    def __init__(self, request: Request, settings: Settings) -> None:
        self.base = (settings.public_url or str(request.base_url)).rstrip("/")

    def to(
        self, rel: str, path: str, media: str = "application/json", query: str = ""
    ) -> dict[str, str]:
        """A link to a path of this server."""
        href = f"{self.base}{path}?{query}" if query else f"{self.base}{path}"
        return {"rel": rel, "type": media, "href": href}
