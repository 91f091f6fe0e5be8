"""Which machines a download may be taken from: the card's own, and those that stand in for it by name."""

import ipaddress
import socket
from typing import Dict, List, Tuple, Union
from urllib.parse import urlsplit

from zoo_common.artifacts.artifact import Artifact
from zoo_common.errors import ZooError

_STAND_IN: Dict[str, Tuple[str, ...]] = {
    "github.com": (
        "objects.githubusercontent.com",
        "release-assets.githubusercontent.com",
        "raw.githubusercontent.com",
        "codeload.github.com",
    )
}
"""Hosts that deliver what another publishes."""
_PORTS = {"http": 80, "https": 443}
_Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


def require_host(artifact: Artifact) -> None:
    """Refuse an artifact whose own address is link-local, where clouds keep their machines' credentials.

    Raises:
        ZooError: it is.
    """
    host = _host(artifact.url)
    if any(address.is_link_local for address in _literal(host)):
        raise ZooError("{}: refused: {} is a link-local address".format(artifact.url, host))


def require_redirect(artifact: Artifact, here: str, there: str) -> None:
    """Check a redirect: http or https, never down from https, to the same host or one that stands in for the card's.

    A name of another host must not lead into the local network, unless the card's own does.

    Args:
        artifact: what is asked for; names further hosts.
        here: the address that redirects.
        there: where to, absolute.

    Raises:
        ZooError: it may not be followed; names the artifact and the target.
    """
    scheme, host, own = urlsplit(there).scheme, _host(there), _host(artifact.url)
    if scheme not in _PORTS:
        raise ZooError("{}: refused a redirect to {}: neither http nor https".format(artifact.url, there))
    if scheme == "http" and urlsplit(here).scheme == "https":
        raise ZooError("{}: refused a redirect from https down to {}".format(artifact.url, there))
    if host == own:
        if _port(there) not in (_port(artifact.url), _PORTS[scheme]):
            raise ZooError("{}: refused a redirect to another port: {}".format(artifact.url, there))
        return
    if host not in _STAND_IN.get(own, ()) + artifact.hosts:
        text = "{}: refused a redirect to another host: {}; a card may allow it by hosts: [{}]"
        raise ZooError(text.format(artifact.url, there, host))
    inside = [address for address in _addresses(host) if not address.is_global]
    if inside and all(address.is_global for address in _addresses(own)):
        text = "{}: refused a redirect to {}: {} is {}, an address of the local network"
        raise ZooError(text.format(artifact.url, there, host, inside[0]))


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").rstrip(".").lower()


def _port(url: str) -> int:
    parts = urlsplit(url)
    try:
        return parts.port or _PORTS[parts.scheme]
    except ValueError:
        return -1


def _literal(host: str) -> List[_Address]:
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        return []


def _addresses(host: str) -> List[_Address]:
    """Return a host's addresses; none where its name is not known here, as behind a proxy."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
