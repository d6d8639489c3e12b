"""A fault proxy: stands between a client and the live server, reads HTTP/1.1 and breaks exchanges
by a seeded script; a model of the link carries the bytes slowly and with outages.

    with proxied(origin, Script(seed=7, rate=0.3)) as proxy:
        ... talk to proxy.origin ...
        proxy.log, proxy.bytes_up, proxy.bytes_down

The n-th exchange meets the same fault for the same script, so a client that sends one request
after another gets the same log again. Of the product it knows only the header `X-Sync`.
"""

from tests.reliability.proxy.script import Fault, Kind, Link, Planned, Script
from tests.reliability.proxy.server import Proxy, proxied

__all__ = ["Fault", "Kind", "Link", "Planned", "Proxy", "Script", "proxied"]
