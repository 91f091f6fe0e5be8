(() => {
  "use strict";
  const gallery = document.getElementById("gallery");
  const bar = document.getElementById("layers");
  if (!bar) return;
  const buttons = [...bar.querySelectorAll("button[data-layer]")];

  const show = (button, on) => {
    button.setAttribute("aria-pressed", String(on));
    gallery.classList.toggle(`show-${button.dataset.layer}`, on);
  };
  const isOn = (button) => button.getAttribute("aria-pressed") === "true";
  const of = (layer) => buttons.find((button) => button.dataset.layer === layer);
  const blink = () => {
    const lower = isOn(of("reference"));
    show(of("reference"), !lower);
    show(of("candidate"), lower);
  };

  for (const button of buttons) button.addEventListener("click", () => show(button, !isOn(button)));
  document.getElementById("blink").addEventListener("click", blink);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !gallery.matches(":hover, :focus-within")) return;
    const button = buttons[Number(event.key) - 1];
    if (button) show(button, !isOn(button));
    else if (event.key.toLowerCase() === "b") blink();
  });
  bar.hidden = false;
})();
