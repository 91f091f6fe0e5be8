"""How large should a shard be? Scheduling, stragglers and dying nodes, simulated over shard sizes.

    python benchmarks/scheduling.py [--images 10000000] [--runs 100] [--nodes 64] [--cores 16] [--repeats 5]

A core takes the next shard when it is free. A shard costs its start and its images; what a node is worth is drawn once
a node, what a moment is worth once a shard (both log-normal), and few shards in a thousand are disturbed and take five
times as long. A node dies by chance, takes its shards with it, and comes back; a shard lost that way begins again with
its start, and with its images only behind its last finished unit. The scheduler dispatches so many shards a second.

Printed for every size: how long all of it takes against the bound of perfect packing, how much of the cores' time is
spent on starts, on what died, and waiting for the last shard. No dependencies.
"""

import argparse
import heapq
import random
from statistics import mean
from typing import Dict, Iterator, List, NamedTuple, Tuple

SIZES = [2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000]


class Site(NamedTuple):
    """What the simulation assumes of machines; times in seconds."""

    nodes: int
    cores: int
    start_s: float  # import, annotations, build, calibrate
    image_s: float
    unit: int  # images that are lost at most
    dispatch_s: float
    between_failures_s: float  # of one node
    repair_s: float
    node_spread: float
    shard_spread: float
    disturbed: float
    slowdown: float


class Outcome(NamedTuple):
    """What a simulation found; core time in seconds."""

    makespan_s: float
    starts_s: float
    lost_s: float
    deaths: int


def simulate(site: Site, shards: int, images: int, draw: random.Random) -> Outcome:
    """Run ``shards`` shards of ``images`` images each to the end."""
    worth = [draw.lognormvariate(0, site.node_spread) for _ in range(site.nodes)]
    down = [_failures(site, draw) for _ in range(site.nodes)]
    next_down = [next(times) for times in down]
    free: List[Tuple[float, int, int]] = [(0.0, node, core) for node in range(site.nodes) for core in range(site.cores)]
    heapq.heapify(free)
    waiting: List[Tuple[float, float]] = [(0.0, float(images))] * shards  # since when, images to go
    heapq.heapify(waiting)
    dispatcher = makespan = starts = lost = 0.0
    deaths = 0
    while waiting:
        since, todo = heapq.heappop(waiting)
        at, node, core = heapq.heappop(free)
        begin = dispatcher = max(at, since, dispatcher + site.dispatch_s)
        while next_down[node] + site.repair_s <= begin:
            next_down[node] = next(down[node])
        if next_down[node] <= begin:  # it is down now
            heapq.heappush(waiting, (since, todo))
            heapq.heappush(free, (next_down[node] + site.repair_s, node, core))
            continue
        pace = worth[node] * draw.lognormvariate(0, site.shard_spread)
        if draw.random() < site.disturbed:
            pace *= site.slowdown
        start_s, work_s = site.start_s * pace, todo * site.image_s * pace
        end = begin + start_s + work_s
        if next_down[node] < end:
            deaths += 1
            ran = next_down[node] - begin
            done = max(0.0, ran - start_s) / (site.image_s * pace)
            kept = done - done % site.unit
            lost += ran - kept * site.image_s * pace
            heapq.heappush(waiting, (next_down[node], todo - kept))
            heapq.heappush(free, (next_down[node] + site.repair_s, node, core))
            continue
        starts += start_s
        makespan = max(makespan, end)
        heapq.heappush(free, (end, node, core))
    return Outcome(makespan, starts, lost, deaths)


def _failures(site: Site, draw: random.Random) -> Iterator[float]:
    """Yield the times at which a node dies."""
    at = 0.0
    while True:
        at += draw.expovariate(1 / site.between_failures_s)
        yield at
        at += site.repair_s


def row(site: Site, images: int, runs: int, size: int, seeds: List[int]) -> Dict[str, str]:
    """Return the row of a shard size."""
    count = -(-images // size)
    found = [simulate(site, runs * count, min(size, images), random.Random(seed)) for seed in seeds]
    cores = site.nodes * site.cores
    bound = runs * images * site.image_s / cores
    makespan = mean(one.makespan_s for one in found)
    paid = makespan * cores
    return {
        "images a shard": "{:,}".format(size),
        "shards": "{:,}".format(runs * count),
        "one takes": _span(site.start_s + size * site.image_s),
        "all of it": _span(makespan),
        "against perfect": "{:.2f}".format(makespan / bound),
        "starting": "{:.1%}".format(mean(one.starts_s for one in found) / paid),
        "lost to deaths": "{:.2%}".format(mean(one.lost_s for one in found) / paid),
        "shards lost": "{:.0f}".format(mean(one.deaths for one in found)),
    }


def _span(seconds: float) -> str:
    if seconds < 90:
        return "{:.0f} s".format(seconds)
    return "{:.1f} min".format(seconds / 60) if seconds < 5400 else "{:.2f} h".format(seconds / 3600)


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=100, help="models times precisions")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--nodes", type=int, default=64)
    parser.add_argument("--cores", type=int, default=16)
    parser.add_argument("--start-s", type=float, default=10.0, help="seconds before the first image")
    parser.add_argument("--image-s", type=float, default=0.01, help="seconds an image on one core")
    parser.add_argument("--dispatch-s", type=float, default=0.1, help="seconds between two dispatched shards")
    parser.add_argument("--days-between-failures", type=float, default=30.0, help="of one node")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    site = Site(
        nodes=args.nodes,
        cores=args.cores,
        start_s=args.start_s,
        image_s=args.image_s,
        unit=32,
        dispatch_s=args.dispatch_s,
        between_failures_s=args.days_between_failures * 86400,
        repair_s=3600,
        node_spread=0.1,
        shard_spread=0.1,
        disturbed=0.005,
        slowdown=5.0,
    )
    seeds = [args.seed + number for number in range(args.repeats)]
    rows = [row(site, args.images, args.runs, size, seeds) for size in args.sizes]
    print("| " + " | ".join(rows[0]) + " |")
    print("|" + "---|" * len(rows[0]))
    for one in rows:
        print("| " + " | ".join(one.values()) + " |")


if __name__ == "__main__":
    main()
