(() => {
  "use strict";
  const root = document.documentElement;
  const KEY = "zoo-report-theme";

  // Browsers differ in whether a page opened from disk may remember anything.
  const remembered = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const remember = (name) => { try { localStorage.setItem(KEY, name); } catch { /* until the page is left */ } };

  const apply = (name) => {
    if (name === "light" || name === "dark") root.dataset.theme = name;
    else delete root.dataset.theme;
  };

  apply(remembered());
  addEventListener("DOMContentLoaded", () => {
    const choice = document.getElementById("theme");
    choice.hidden = false;
    for (const input of choice.querySelectorAll("input")) {
      input.checked = input.value === (root.dataset.theme || "auto");
      input.addEventListener("change", () => {
        apply(input.value);
        remember(input.value);
        document.dispatchEvent(new Event("themechange"));
      });
    }
  });
})();
