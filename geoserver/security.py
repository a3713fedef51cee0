"""Who asks and what a page may load: anonymous scope, origins, security headers."""

import ipaddress
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from geoserver.settings import Settings
from grids.errors import ParameterError, SignInRequiredError
from layers.policy import Scope

__all__ = [
    "anonymous_scope",
    "check_exposure",
    "is_allowed_origin",
    "is_loopback",
    "security_headers",
]


def check_exposure(settings: Settings) -> None:
    """Refusal to serve strangers as demo staff.

    Raises
    ------
    ParameterError
        If anonymous requests are demo staff and the address is not loopback.
    """
    if settings.anonymous == "demo" and not is_loopback(settings.host):
        raise ParameterError(
            "anonymous=demo gives every caller the rights of staff and is only served on a "
            f"loopback address, got host {settings.host!r}; set WANGGE_ANONYMOUS=public or none"
        )


def is_loopback(host: str) -> bool:
    """True if only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def anonymous_scope(settings: Settings) -> Scope:
    """Scope of a request that carries no sign-in.

    Raises
    ------
    SignInRequiredError
        If anonymous readers see nothing.
    """
    if settings.anonymous == "demo":
        return Scope.demo_staff()
    if settings.anonymous == "public":
        return Scope.public()
    raise SignInRequiredError("sign in: this server answers no anonymous request")


def is_allowed_origin(origin: str | None, *, host: str | None, extra: Sequence[str]) -> bool:
    """True if a websocket may be opened from `origin`; programs send none and may.

    Parameters
    ----------
    origin
        Value of the Origin header, or None.
    host
        Value of the Host header.
    extra
        Origins allowed besides the server's own, such as ``https://map.example``.
    """
    if origin is None or origin in extra:
        return True
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and bool(host) and parts.netloc == host


def security_headers(settings: Settings) -> Mapping[str, str]:
    """Headers of every answer: no outside request, no inline script, no framing."""
    outside = "".join(f" https://{host}" for host in settings.outside_hosts)
    policy = "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "worker-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: blob:{outside}",
            "font-src 'self'",
            f"connect-src 'self'{outside}",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
    }
