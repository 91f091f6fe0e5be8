"""Making the report: facts, comparisons, plots, gallery, three files."""

from pathlib import Path
from typing import Callable, Iterator, List, Sequence, Tuple

from tqdm import tqdm

from zoo_common.comparison import Comparison
from zoo_common.errors import ZooError
from zoo_common.files import atomic_open
from zoo_common.report.behaviour import behaviour_of
from zoo_common.report.content import Content, ModelPlots, Section
from zoo_common.report.entries import compared, steps
from zoo_common.report.gallery import Gallery, category_names
from zoo_common.report.groups import Group, groups_of, is_scored, state
from zoo_common.report.headline import headline
from zoo_common.report.model_figures import Behaved, model_figures
from zoo_common.report.page import render, require_libraries
from zoo_common.report.precision import legend
from zoo_common.report.published import published
from zoo_common.report.sensitivity import rankings
from zoo_common.report.sources import Sources
from zoo_common.report.text_files import markdown, table
from zoo_common.report.trade_off import trade_off_figures
from zoo_common.runs.facts import RunFacts, find_facts

CONFIDENCE = 0.95


def write_report(
    folders: Sequence[Path],
    out: Path,
    data: Sequence[Path] = (),
    cards: Sequence[Path] = (),
    gallery: int = 6,
    replicates: int = 1000,
    progress: bool = True,
) -> Path:
    """Write ``index.html``, ``report.md`` and ``report.csv`` over all runs at or below some folders.

    Args:
        folders: where to look for run directories.
        out: folder to write to.
        data: COCO trees that the gallery's photographs and annotations are taken from. The embedded synthetic data
            is found without being named.
        cards: folders of model cards, or names of packages, for the published numbers of others.
        gallery: cards a pair of runs, at most.
        replicates: resamples behind every interval and p-value.
        progress: show a bar on stderr.

    Returns:
        The page.

    Raises:
        ZooError: no run is found, a run's files are damaged, a library is missing, or a file cannot be written.
    """
    require_libraries()
    runs = find_facts(folders)
    if not runs:
        raise ZooError("no runs below {}".format(", ".join(map(str, folders))))
    others = published(cards, runs)
    groups = groups_of(runs)
    total = sum(steps(group) + len(group.models) + len(group.runs) for group in groups)
    with tqdm(total=total, unit="step", disable=None if progress else True, leave=False) as bar:

        def step(what: str) -> None:
            bar.set_description(what[:32])
            bar.update()

        sources = Sources(data)
        sections = [_section(group, sources, gallery, replicates, step) for group in groups]
        content = Content(
            sections=sections,
            unscored=[(run, state(run)) for run in runs if not is_scored(run)],
            statements=headline([e for s in sections for e in s.entries], [p for s in sections for p in s.predictions]),
            rankings=rankings(runs),
            published=others,
            confidence=CONFIDENCE,
        )
        page = render(content)
    for name, text in (("report.csv", table(content)), ("report.md", markdown(content)), ("index.html", page)):
        with atomic_open(Path(out) / name) as stream:
            stream.write(text)
    return Path(out) / "index.html"


def _section(group: Group, sources: Sources, gallery: int, replicates: int, step: Callable[[str], None]) -> Section:
    from zoo_common.comparison import compare_runs

    def compare(reference: RunFacts, candidate: RunFacts) -> Comparison:
        return compare_runs(
            reference.path, candidate.path, replicates=replicates, confidence=CONFIDENCE, worst=max(gallery, 1)
        )

    section = Section(group, *compared(group, compare, step))
    dataset, missing = sources.of(group) if gallery else (None, "")
    if missing:
        text = "Drawn without photographs and annotations: {}. Name the data with --data DIR."
        section.notes.append(text.format(missing))
    section.trade_off = trade_off_figures(section.entries)
    names = category_names(dataset)
    for model, behaved in _behaved(section):
        step("plots of {}".format(model))
        figures = model_figures(behaved, group.measure, names)
        section.models.append(ModelPlots(model, legend(run.entry.run for run in behaved), figures))
    drawing = Gallery(dataset, gallery)
    for entry in section.entries:
        step("gallery of {} {}".format(entry.run.model, entry.run.precision))
        try:
            strip = drawing.strip(entry)
        except ZooError as error:
            section.notes.append("{} {} left out: {}".format(entry.run.model, entry.run.precision, error))
            continue
        section.strips += [strip] if strip is not None else []
    bare = sum(card.photograph is None for strip in section.strips for card in strip.cards)
    if bare and dataset is not None:
        section.notes.append("{} cards without photograph: not in {}.".format(bare, dataset.image_folder))
    return section


def _behaved(section: Section) -> Iterator[Tuple[str, List[Behaved]]]:
    for model in section.group.models:
        pairs = [(entry, behaviour_of(entry.run)) for entry in section.entries if entry.run.model == model]
        found = [Behaved(entry, behaviour) for entry, behaviour in pairs if behaviour is not None]
        if found:
            yield model, found
