// The tiers of a draft: only the bound that the chosen cut uses, and the picture follows what is typed.
(() => {
  "use strict";
  const form = document.querySelector("[data-cuts]");
  if (!form) return;
  const picture = form.querySelector(".studio-picture");
  let timer = 0;

  const dress = () => {
    const cut = form.querySelector("[name=cut]").value;
    for (const cell of form.querySelectorAll("[data-bound]")) cell.hidden = cell.dataset.bound !== cut;
    const living = [...form.querySelectorAll("[data-rows=tiers] [data-row]")].filter((row) => !row.hidden);
    living.forEach((row, place) => {
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
