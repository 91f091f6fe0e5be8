"""One report over a few real runs, and a browser to look at it."""

import os
import shutil

import pytest

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
HINT = "no Chromium: apt-get install chromium-headless-shell, or playwright install chromium, or set ZOO_BROWSER"


@pytest.fixture(scope="session")
def report_data(tmp_path_factory):
    from report_runs import drawn_data

    return drawn_data(tmp_path_factory.mktemp("report") / "data")


@pytest.fixture(scope="session")
def report_runs(report_data):
    from report_runs import write_all

    return write_all(report_data.parent / "runs", report_data)


@pytest.fixture(scope="session")
def report(report_runs, report_data):
    """The folder of a report."""
    from report_runs import CARDS

    from zoo_common.report import write_report

    out = report_data.parent / "out"
    write_report([report_runs], out, data=[report_data], cards=[CARDS], gallery=3, replicates=60, progress=False)
    return out


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium: ``ZOO_BROWSER``, one of the system, or Playwright's own."""
    from playwright.sync_api import Error, sync_playwright

    path = os.environ.get("ZOO_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        try:
            found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"] if root else [])
        except Error as error:
            if path is not None:
                raise
            pytest.skip("{} ({})".format(HINT, str(error).splitlines()[0]))
        yield found
        found.close()


class Opened:
    """Opens the report with every plot drawn, and notes what was logged, thrown or asked of the network."""

    def __init__(self, browser, file):
        self._browser, self._file = browser, file
        self.faults = []

    def __call__(self, **options):
        page = self._browser.new_context(viewport={"width": 1300, "height": 900}, **options).new_page()
        page.on("console", lambda message: self.faults.append(message.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("dialog", lambda dialog: (self.faults.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: None if self._is_local(request.url) else self.faults.append(request.url))
        page.goto(self._file.as_uri())
        page.wait_for_selector(".canvas:not(:has(.main-svg))", state="detached")
        return page

    def _is_local(self, address):
        return address.startswith("data:") or address == self._file.as_uri()


@pytest.fixture(scope="session")
def opened(browser, report):
    return Opened(browser, report / "index.html")


@pytest.fixture
def open_page(opened):
    """Open the report anew; afterwards nothing was logged and nothing was asked of the network."""
    yield opened
    assert opened.faults == []


@pytest.fixture(scope="session")
def _page(opened):
    return opened()


@pytest.fixture
def page(_page, open_page):
    """The report, opened once for all tests that leave it as they found it."""
    return _page
