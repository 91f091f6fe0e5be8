"""Every text that a file gives, hostile in every way, on the page, in Markdown and in CSV."""

import csv
import json
import re
import shlex
import socket

import pytest
import yaml
from report_runs import CARDS, FULL, INT8, W8A8, write_run
from test_report_page import column

from zoo_common.files import read_json, write_json
from zoo_common.report import write_report
from zoo_common.synthetic import generate

MARKUP = (
    "\"'><img src=x onerror=document.title=1><svg onload=document.title=2><b>b</b>"
    "<a href='javascript:document.title=3'>a</a></script><script>document.title=4</script></style></title>"
    '<!-- ]]> {{7*7}} {% raw %} %{x} ${document.title=5}" onmouseover=document.title=6 style=position:fixed x="'
    "&lt;i&gt;\u2028\u2029\u202e[m](javascript:1)![i](http://x.y/z) `c` |"
)
PATH = "<img src=x onerror=document.title=8>\"' onclick=document.title=9 "
PLACES = "model precision framework cpu command category file layer metric source title condition path".split()


class Texts:
    """What a place is called in one of the two reports."""

    def __init__(self, hostile):
        self.hostile = hostile

    def __call__(self, place, start=""):
        if not self.hostile:
            return "plain" + place
        return start + place + (PATH if place in ("path", "file") else MARKUP)


def write(root, text):
    """Draw data and write runs and a card in which ``text`` names everything; return the report's folder."""
    data = root / "data"
    generate(data, train=0, val=8, seed=5, progress=False)
    for kind in ("person_keypoints", "instances"):
        file = data / "annotations" / (kind + "_val2017.json")
        document = json.loads(file.read_text())
        for number, category in enumerate(document["categories"]):
            category["name"] = text("category") + str(number)
        for image in document["images"]:
            image["file_name"] = text("file") + image["file_name"]
        file.write_text(json.dumps(document))
    for path in data.rglob("*.jpg"):
        path.rename(path.with_name(text("file") + path.name))
    for number, (kind, model) in enumerate((("person_keypoints", "model"), ("instances", "boxes"))):
        for precision, network, shake in (("fp32", FULL, 1.5), ("int8", INT8, 5.0), ("w8a8", W8A8, 4.0)):
            run = root / "runs" / "{}{}-{}".format(text("path"), number, precision)
            ran = dict(network, framework=text("framework", "@"))
            write_run(run, data, text(model, "="), text("precision", "-") + precision, ran, shake, kind=kind)
            measured = read_json(run / "measurements.json")
            measured.update(command=["zoo", text("command"), "--x"], tox_env=text("tox", "+"))
            measured["machine"]["cpu"] = text("cpu")
            write_json(run / "measurements.json", measured)
            row = {"layer": text("layer"), "kind": "weights", "bits": 8, "sqnr_db": 12.0}
            write_json(run / "sensitivity.json", {"schema_version": 1, "mode": "one", "rows": [row]})
            check = {
                "metric": text("metric"),
                "expected": 0.7,
                "tolerance": 0.1,
                "source": text("source"),
                "measured": 0.1,
            }
            write_json(run / "verdict.json", {"schema_version": 1, "status": "FAILED", "checks": [check]})
    write_run(root / "runs" / (text("path") + "stopped"), data, text("model"), "fp32", FULL, 1.0, complete=False)
    cards = root / "cards" / "cards"
    cards.mkdir(parents=True)
    conditions = {"dataset": text("condition"), "precision": "fp32", "boxes": text("condition")}
    reference = {
        "metric": text("metric"),
        "value": 0.7,
        "tolerance": 0.1,
        "conditions": conditions,
        "source": text("source"),
    }
    card = yaml.safe_load((CARDS / "cards" / "hrnet_posenet.yaml").read_text())
    card.update(title=text("title"), reference=[reference])
    (cards / "hrnet_posenet.yaml").write_text(json.dumps(card))
    write_report(
        [root / "runs"], root / "out", data=[data], cards=[root / "cards"], gallery=3, replicates=20, progress=False
    )
    return root / "out"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {hostile: write(tmp_path_factory.mktemp("hostile"), Texts(hostile)) for hostile in (False, True)}


@pytest.fixture(scope="module")
def pages(folders, browser, opened):
    opened = {hostile: type(opened)(browser, folder / "index.html") for hostile, folder in folders.items()}
    return {hostile: (each(), each.faults) for hostile, each in opened.items()}


ELEMENTS = """() => {
  const found = {tags: {}, handlers: [], addresses: []};
  for (const element of document.querySelectorAll("*")) {
    if (element.closest(".canvas") && element.tagName !== "a" && element.tagName !== "image") continue;
    found.tags[element.tagName] = (found.tags[element.tagName] || 0) + 1;
    for (const {name, value} of element.attributes) {
      if (name.startsWith("on")) found.handlers.push(name);
      if (/^(href|src|xlink:href|action|srcdoc)$/.test(name) && !/^(#|data:image\\/jpeg)/.test(value)) {
        found.addresses.push(value);
      }
    }
  }
  found.plots = [...document.querySelectorAll(".canvas *")].map((e) => e.tagName.toLowerCase());
  return found;
}"""


def test_hostile_texts_make_no_element_no_attribute_and_run_nothing(pages):
    (plain, _), (hostile, faults) = pages[False], pages[True]
    for page in (plain, hostile):
        for canvas in page.locator("#models .canvas").all()[:3]:
            canvas.hover()
    shown = {name: page.evaluate(ELEMENTS) for name, page in (("plain", plain), ("hostile", hostile))}
    assert shown["hostile"]["tags"] == shown["plain"]["tags"]
    assert shown["hostile"]["handlers"] == [] and shown["hostile"]["addresses"] == shown["plain"]["addresses"]
    assert {"a", "img", "script", "b", "i"}.isdisjoint(shown["hostile"]["plots"])
    assert hostile.title() == plain.title() and faults == []


def test_hostile_texts_are_shown_as_they_are(pages):
    page, _ = pages[True]
    text = page.evaluate("""[document.documentElement.textContent, ...[...document.querySelectorAll("body *")].flatMap(
        (element) => [...element.attributes].map((one) => one.value))].join("\\n")""")
    for place in PLACES:
        start = place + (PATH if place in ("path", "file") else MARKUP)[:40]
        assert (shlex.quote(start)[:20] if place == "command" else start) in text, place
    assert len(column(page, 0)) == 6
    page.fill("#filters [name=text]", MARKUP[:30])
    assert len(column(page, 0)) == 6
    page.select_option("#filters [name=model]", "=boxes" + MARKUP)
    assert len(column(page, 0)) == 3
    page.click("#filters button[type=reset]")


@pytest.fixture
def listener():
    """A server on this machine that only counts its connections."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(5)
        server.setblocking(False)
        yield server


def test_the_policy_would_stop_what_got_through(folders, browser, tmp_path, listener):
    file, address = tmp_path / "injected.html", "http://127.0.0.1:{}/x".format(listener.getsockname()[1])
    page = (folders[False] / "index.html").read_text(encoding="utf-8")
    evil = "<script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\">"
    evil += "<img src='{0}'><link rel=stylesheet href='{0}'><base href='{0}'>".format(address)
    evil += "<a id=evil href=\"javascript:document.title='ran'\">x</a>"
    evil += "<iframe srcdoc=\"<script>parent.document.title='ran'</script>\"></iframe>"
    assert page.count("<main") == 1
    file.write_text(page.replace("<main", evil + "<main", 1), encoding="utf-8")
    opened = browser.new_page()
    opened.goto(file.as_uri())
    opened.locator("#evil").evaluate("element => element.click()")
    opened.wait_for_selector(".canvas:not(:has(.main-svg))", state="detached")
    assert opened.title() != "ran" and opened.evaluate("document.baseURI") == file.as_uri()
    with pytest.raises(BlockingIOError):
        listener.accept()
    opened.close()


def test_markdown_shows_texts_as_they_are(folders):
    text = (folders[True] / "report.md").read_text(encoding="utf-8")
    prose, _, commands = text.partition("## Commands")
    assert "<" not in prose and not re.search(r"(?<!\\)[\[`]", prose)
    lengths = {len(re.findall(r"(?<!\\)\|", line)) for line in prose.splitlines() if line.startswith("| ")}
    assert len(lengths) == 1
    assert all(line.startswith("    ") for line in commands.splitlines() if line)


def test_csv_holds_no_formula(folders):
    with open(str(folders[True] / "report.csv"), encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 7
    for row in rows:
        for name, value in row.items():
            assert value == "" or value[0] not in "=+-@\t\r" or float(value) is not None, name
    assert rows[0]["model"].startswith("'=") and rows[0]["precision"].startswith("'-")
    assert any(float(row["delta_ap"]) < 0 for row in rows if row["delta_ap"])
