"""What do 40,504 images (val2014's size) cost to score, compare and report, and does an evaluation's memory grow?

    python benchmarks/load.py                      (environment test-report; a quarter of an hour)
    python benchmarks/load.py --parts loop --sizes 1000 40000

Everything is drawn: about three people or seven objects an image, detections that match them with false alarms on
top, one run in fp32 and one in int8. Every line is a process of its own, whose peak the kernel reports (`ru_maxrss`).
The loop evaluates small pictures with a network of NumPy. The annotations of all pictures are in memory whatever is
evaluated; so a second line holds the larger tree's annotations, but evaluates as few pictures as the smaller one.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tabulate import tabulate

ZOO = [sys.executable, "-c", "from zoo_common.cli.main import main; main()"]
KINDS = {"people": "person_keypoints", "objects": "instances"}
FILTER_MS = """() => {
  const box = document.querySelector("#filters [name=text]"), times = [];
  for (const text of ["i", "in", "int", "int8", "zzz", ""]) {
    const start = performance.now();
    box.value = text;
    box.dispatchEvent(new Event("input", {bubbles: true}));
    document.body.offsetHeight;
    times.push(performance.now() - start);
  }
  return Math.max(...times);
}"""


def main():
    """Print one table a part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=(*KINDS, "loop"), default=[*KINDS, "loop"])
    parser.add_argument("--images", type=int, default=40504, help="of people and objects")
    parser.add_argument("--sizes", nargs=2, type=int, default=[1000, 40000], metavar="N", help="images of the loop")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="draw into this folder and use what is there")
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        {"write": write, "loop": loop, "page": page}[args.one[0]](*args.one[1:])
        return
    with tempfile.TemporaryDirectory() as folder:
        root = args.keep or Path(folder)
        for part in args.parts:
            rows = loop_rows(root, args.sizes) if part == "loop" else command_rows(root / part, part, args.images)
            print("\n" + tabulate(rows, headers=["", "s", "CPU s", "peak MiB"], disable_numparse=True), flush=True)


def command_rows(root, part, images):
    """Draw one kind of runs, then score, compare and report them."""
    fp32, int8, data = (str(root / name) for name in ("runs/fp32", "runs/int8", "data"))
    if not root.exists():
        measured([*itself("write"), str(root), KINDS[part], str(images)])
    sizes = [Path(path).stat().st_size / 1e6 for path in sorted(Path(data).glob("annotations/*"))]
    sizes += [(Path(run) / "results.json").stat().st_size / 1e6 for run in (fp32, int8)]
    print("# {}: {} images; annotations and results {} MB".format(part, images, ", ".join(map("{:.0f}".format, sizes))))
    report = ["report", str(root / "runs"), "--data", data, "--out", str(root / "report"), "--no-progress"]
    rows = [
        ["zoo score, fp32 run", *measured([*ZOO, "score", fp32, "--data", data])],
        ["zoo score, int8 run", *measured([*ZOO, "score", int8, "--data", data])],
        ["zoo compare", *measured([*ZOO, "compare", fp32, int8])],
        ["zoo report", *measured([*ZOO, *report])],
    ]
    print(subprocess.check_output([*itself("page"), str(root / "report" / "index.html")]).decode().strip())
    return rows


def loop_rows(root, sizes):
    """Evaluate both sizes, and the larger tree's pictures as few as the smaller's."""
    small, large = sizes
    rows = []
    for images, of in ((small, small), (small, large), (large, large)):
        name = "evaluate {} images, annotations of {}".format(images, of)
        tree = root / "loop-{}".format(of)
        rows.append([name, *measured([*itself("loop"), str(tree), str(images), str(of)])])
    ratio = float(rows[2][-1]) / float(rows[1][-1])
    print("# the loop alone, {} to {} images: {:.3f} times the memory".format(small, large, ratio))
    print("# with its annotations: {:.3f} times".format(float(rows[2][-1]) / float(rows[0][-1])))
    return rows


def itself(name):
    """Return the command that runs one of the functions below in a process of its own."""
    return [sys.executable, __file__, "--one", name]


def measured(command):
    """Run a command; return wall seconds, CPU seconds and peak MiB as text. Leave with its last words if it fails."""
    with tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = status
        if status != 0:
            log.seek(0)
            sys.exit("{}\nfailed:\n{}".format(" ".join(command), log.read().decode()[-2000:]))
    cpu = usage.ru_utime + usage.ru_stime
    return ["{:.1f}".format(wall), "{:.1f}".format(cpu), "{:.0f}".format(usage.ru_maxrss / 1024)]


def write(folder, kind, images):
    """Draw a tree and two runs."""
    from _load import SHAKES, write_run, write_tree

    root = Path(folder)
    write_tree(root / "data", kind, int(images))
    for precision in SHAKES:
        write_run(root / "runs" / precision, root / "data", kind, precision)


def loop(folder, images, of):
    """Evaluate so many images of a tree with a network of NumPy."""
    import shutil

    sys.path.insert(0, str(Path(__file__).parents[1] / "packages" / "zoo-common" / "tests"))
    from _load import write_small_tree

    from zoo_common.coco import open_coco
    from zoo_common.evaluation import predict
    from zoo_common.tasks import TopDownHeatmap
    from zoo_common.tasks.topdown_heatmap import TopDownHeatmapOptions
    from zoo_fakes import ColourNetwork, manifest_for

    tree, out = Path(folder), Path(folder) / "run"
    if not tree.exists():
        write_small_tree(tree, int(of))
    dataset = open_coco(tree)
    if images != of:
        dataset = dataset.limit(int(images))
    task, network = TopDownHeatmap(TopDownHeatmapOptions(input_size=(64, 48))), ColourNetwork()
    shutil.rmtree(str(out), ignore_errors=True)
    predict(task, network, dataset, manifest_for(dataset, task, network, batch_size=32), out, progress=False)


def page(file):
    """Print how long the report takes in Chromium; nothing where there is none."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("# no Playwright: the page is not opened")
        return
    import shutil

    path = os.environ.get("ZOO_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        shown = browser.new_page()
        start = time.perf_counter()
        shown.goto(Path(file).absolute().as_uri())
        loaded = time.perf_counter() - start
        shown.wait_for_selector(".canvas:not(:has(.main-svg))", state="detached")
        drawn = time.perf_counter() - start
        text = (
            "# page: {:.1f} MB; loaded after {:.2f} s, plots drawn after {:.2f} s; slowest filter {:.0f} ms of {} rows"
        )
        rows = shown.locator("#runs tr.run").count()
        print(text.format(Path(file).stat().st_size / 1e6, loaded, drawn, shown.evaluate(FILTER_MS), rows))
        browser.close()


BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

if __name__ == "__main__":
    main()
