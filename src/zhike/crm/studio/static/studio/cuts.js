// The tiers of a draft: their colors, only the bound that the chosen cut uses, and the picture follows.
(() => {
  "use strict";
  const form = document.querySelector("[data-cuts]");
  if (!form) return;
  const picture = form.querySelector(".studio-picture");
  let timer = 0;

  const show = (row) => {
    // The shades stand in the order of their numbers.
    const sample = row.querySelector("[data-sample]");
    sample.className = `badge zk-tier zk-tier-${row.querySelector("[name$=-color]").selectedIndex + 1}`;
    const names = [...row.querySelectorAll("[name$=-zh], [name$=-en]")].map((input) => input.value);
    sample.textContent = (document.documentElement.lang.startsWith("zh") ? names[0] || names[1] : names[1] || names[0]) || sample.dataset.sample;
  };
  const dress = () => {
    const cut = form.querySelector("[name=cut]").value;
    for (const cell of form.querySelectorAll("[data-bound]")) cell.hidden = cell.dataset.bound !== cut;
    const living = [...form.querySelectorAll("[data-rows=tiers] [data-row]")].filter((row) => !row.hidden);
    living.forEach((row, place) => {
      show(row);
      // The lowest tier has no bound.
      for (const input of row.querySelectorAll("[data-bound] input")) input.hidden = place === living.length - 1;
    });
  };
  const follow = () => {
    dress();
    clearTimeout(timer);
    timer = setTimeout(() => window.htmx.trigger(picture, "refresh"), 500);
  };
  form.addEventListener("input", follow);
  document.addEventListener("rows-changed", follow);
  dress();
})();
