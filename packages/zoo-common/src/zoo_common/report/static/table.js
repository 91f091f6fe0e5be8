(() => {
  "use strict";
  const table = document.getElementById("runs");
  const bodies = [...table.tBodies];
  const rows = [...table.querySelectorAll("tr.run")];

  // Sorting stays within a data set; what is absent comes last either way.
  const valueOf = (row, index) => row.cells[index].dataset.value;
  const order = (a, b) => {
    const numbers = [Number(a), Number(b)];
    return numbers.some(Number.isNaN) ? a.localeCompare(b, undefined, { numeric: true }) : numbers[0] - numbers[1];
  };
  const sort = (heading) => {
    const index = heading.cellIndex;
    const first = heading.classList.contains("number") ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const direction = heading.getAttribute("aria-sort") === first ? other : first;
    const sign = direction === "ascending" ? 1 : -1;
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", direction);
    for (const body of bodies) {
      const sorted = [...body.querySelectorAll("tr.run")].sort((one, two) => {
        const [a, b] = [valueOf(one, index), valueOf(two, index)];
        if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
        return sign * order(a, b);
      });
      body.append(...sorted);
    }
  };
  for (const heading of table.tHead.querySelectorAll("th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(heading));
    heading.append(button);
  }

  const form = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const selects = [...form.querySelectorAll("select")];
  for (const select of selects) {
    const values = new Set(rows.map((row) => row.dataset[select.name]));
    for (const value of values) select.add(new Option(value, value));
    select.closest("label").hidden = values.size < 2;
  }
  const filter = () => {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = `${row.textContent} ${row.dataset.data}`.toLowerCase();
      const chosen = selects.every((select) => !select.value || row.dataset[select.name] === select.value);
      row.hidden = !(chosen && words.every((word) => text.includes(word)));
      count += !row.hidden;
    }
    for (const body of bodies) body.hidden = !body.querySelector("tr.run:not([hidden])");
    shown.textContent = count === rows.length ? `${count} runs` : `${count} of ${rows.length} runs`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();
})();
