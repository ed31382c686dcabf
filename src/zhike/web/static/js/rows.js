// Lists of rows in a form: adding one from its template and taking one out. Rows keep their numbers.
(() => {
  "use strict";

  const add = (form, name) => {
    const count = form.querySelector(`input[name="${name}-TOTAL_FORMS"]`);
    const most = form.querySelector(`input[name="${name}-MAX_NUM_FORMS"]`);
    if (most && Number(count.value) >= Number(most.value)) return;
    const row = document.getElementById(`empty-${name}`).content.firstElementChild.cloneNode(true);
    for (const element of row.querySelectorAll("[name], [id], [for]")) {
      for (const attribute of ["name", "id", "for"]) {
        const value = element.getAttribute(attribute);
        if (value) element.setAttribute(attribute, value.replace("__prefix__", count.value));
      }
    }
    count.value = String(Number(count.value) + 1);
    const body = form.querySelector(`[data-rows="${name}"]`);
    // Some lists begin with what was added last: a tier above all others.
    if (body.hasAttribute("data-newest-first")) body.prepend(row);
    else body.append(row);
    row.querySelector("select, input:not([type=hidden]):not([type=checkbox])")?.focus();
    form.dispatchEvent(new CustomEvent("rows-changed", { bubbles: true }));
  };

  const remove = (row) => {
    const form = row.closest("form");
    const gone = row.querySelector("input[name$=-DELETE]");
    if (gone) gone.checked = true;
    row.hidden = true;
    form.dispatchEvent(new CustomEvent("rows-changed", { bubbles: true }));
  };

  document.addEventListener("click", (event) => {
    const adds = event.target.closest("[data-add-row]");
    const removes = event.target.closest("[data-remove-row]");
    if (adds && adds.closest("[data-row-lists]")) add(adds.closest("form"), adds.dataset.addRow);
    if (removes && removes.closest("[data-row-lists]")) remove(removes.closest("[data-row]"));
  });
})();
