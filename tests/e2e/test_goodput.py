"""A small part of the goodput measurement: the phone's queue continues where the link failed.

Bytes are counted, nothing is timed; the figures themselves are `make goodput`.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.e2e.live import Live
from tests.reliability import goodput
from tests.reliability.proxy import Fault, Kind, Link, Planned, Script, proxied

PHOTO = 300_000
# Bytes lost by one outage: pieces on their way on three connections.
LOST_PER_OUTAGE = 24_000
NO_PROGRESS_MS = 15_000
# Request headers, the push, the receipts, the pull.
OVERHEAD = 24_000
# Chromium itself repeats a whole request whose connection was used before and broke without an
# answer: of the three here the one on the connection of the push.
REPEATED_BY_BROWSER = 1


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The phone's queue as one script."""
    return goodput.bundle(tmp_path_factory.mktemp("bundle"))


def record(seed: int) -> list[list[bytes]]:
    """One record of three photos."""
    return [[goodput.photo(PHOTO, seed + number) for number in range(3)]]


def test_after_an_outage_only_missing_bytes_are_sent(
    browser: Browser, product: Live, script: str
) -> None:
    link = Link(up=2_000_000, rtt_seconds=0.02, dies_after_bytes=500_000, dead_seconds=0.5)
    with proxied(product.origin) as proxy:
        figures, _ = goodput.by_phone(
            browser, script, proxy, product.passwords[goodput.LOGIN], record(1), link
        )
    assert (figures.stored, figures.outages) == (3, 1)
    assert figures.sent < 3 * PHOTO + LOST_PER_OUTAGE + OVERHEAD


def test_a_photo_whose_answer_was_lost_is_not_sent_again(
    browser: Browser, product: Live, script: str
) -> None:
    lost = Planned(Fault(Kind.DROP_REPLY), "POST", "/uploads", times=3)
    with proxied(product.origin, Script(plan=[lost])) as proxy:
        figures, cycles = goodput.by_phone(
            browser, script, proxy, product.passwords[goodput.LOGIN], record(4), Link()
        )
    assert (figures.stored, cycles) == (3, 1)
    assert figures.sent < (3 + REPEATED_BY_BROWSER) * PHOTO + OVERHEAD


def test_a_head_request_answered_503_sends_no_photo_again(
    browser: Browser, product: Live, script: str
) -> None:
    plan = [
        Planned(Fault(Kind.CUT_REQUEST, 50_000), "POST", "/uploads", times=3),
        Planned(Fault(Kind.UNAVAILABLE), "HEAD", "/uploads", times=3),
    ]
    with proxied(product.origin, Script(plan=plan)) as proxy:
        figures, cycles = goodput.by_phone(
            browser, script, proxy, product.passwords[goodput.LOGIN], record(7), Link()
        )
        methods = [one.method for one in proxy.log if "/uploads" in one.path]
    assert (figures.stored, cycles) == (3, 1)
    assert methods.count("POST") <= 3 + REPEATED_BY_BROWSER


def test_a_request_without_an_answer_ends_and_the_photo_is_sent_again(
    browser: Browser, product: Live, script: str
) -> None:
    stall = Planned(Fault(Kind.STALL), "POST", "/uploads", times=3)
    with (
        proxied(product.origin, Script(plan=[stall])) as proxy,
        goodput.phone_page(browser, proxy.origin, script) as page,
    ):
        page.clock.install()
        page.evaluate(
            "([login, password]) => goodput.signIn(login, password)",
            [goodput.LOGIN, product.passwords[goodput.LOGIN]],
        )
        page.evaluate("photos => goodput.save(photos)", goodput.base64_photos(record(10)[0]))
        page.evaluate(
            "() => { goodput.send(600_000).then(result => { globalThis.result = result }) }"
        )
        while sum(one.fault is not None for one in proxy.log) < 3:
            page.wait_for_timeout(20)
        # The page's clock advances by the 15 s it allows; the clock of the test does not.
        page.clock.fast_forward(NO_PROGRESS_MS)
        page.wait_for_function("() => globalThis.result")
        result = page.evaluate("() => globalThis.result")
    assert result == {"stored": 3, "cycles": 1}
