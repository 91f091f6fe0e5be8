"""A run's page on a terminal."""

from typing import Any

from zoo_common.runs.facts import RunFacts
from zoo_common.tables.run_page import page
from zoo_common.tables.sections import CAUTION
from zoo_common.tables.terminal import STYLES, precision_style


def print_run(facts: RunFacts, console: Any) -> None:
    """Print everything a run says of itself on rich's ``console``.

    Raises:
        ZooError: as `page`.
    """
    from rich.table import Table
    from rich.text import Text

    sections = page(facts)
    width = 2 + max(len(line.label) for section in sections for line in section.lines)
    heading = Text.assemble((facts.model, "bold"), "  ", (facts.precision, "bold " + precision_style(facts.precision)))
    heading.append("  " + facts.data, STYLES[CAUTION] if facts.manifest.dataset.synthetic else "")
    console.print(heading)
    for section in sections:
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", width=min(width, console.width // 3), overflow="fold")
        table.add_column(overflow="fold")
        for line in section.lines:
            table.add_row(Text("  " + line.label), Text(line.text, STYLES.get(line.style, "")))
        console.print()
        console.print(Text(section.title, "bold"))
        console.print(table)
