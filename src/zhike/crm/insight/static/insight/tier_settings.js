// The lists of the tier model: adding and removing rows, and the sum of the weights.
(() => {
  "use strict";
  const form = document.querySelector("[data-tier-settings]");
  if (!form) return;

  const sum = () => {
    let total = 0;
    form.querySelectorAll("[data-rows=dimensions] [data-row]:not([hidden]) input[name$=-weight]").forEach((input) => {
      total += Number(input.value) || 0;
    });
    const output = form.querySelector("[data-weight-sum]");
    output.textContent = String(Math.round(total * 100) / 100);
    output.parentElement.classList.toggle("is-wrong", Math.abs(total - 100) > 0.05);
  };

  const addRow = (name) => {
    const count = form.querySelector(`input[name=${name}-TOTAL_FORMS]`);
    const template = document.getElementById(`empty-${name}`);
    const row = template.content.cloneNode(true);
    row.querySelectorAll("[name], [id], [for]").forEach((element) => {
      for (const attribute of ["name", "id", "for"]) {
        const value = element.getAttribute(attribute);
        if (value) element.setAttribute(attribute, value.replace("__prefix__", count.value));
      }
    });
    count.value = String(Number(count.value) + 1);
    const body = form.querySelector(`[data-rows=${name}]`);
    // A new tier stands above the others, as the server reads it.
    const top = name === "tiers";
    if (top) body.prepend(row);
    else body.append(row);
    (top ? body.firstElementChild : body.lastElementChild).querySelector("select, input:not([type=hidden])").focus();
    sum();
  };

  const removeRow = (button) => {
    const row = button.closest("[data-row]");
    row.querySelector("input[name$=-DELETE]").checked = true;
    row.hidden = true;
    sum();
  };

  form.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-row]");
    const remove = event.target.closest("[data-remove-row]");
    if (add) addRow(add.dataset.addRow);
    if (remove) removeRow(remove);
  });
  form.addEventListener("input", sum);

  // Only the bound that the chosen cut uses can be filled in.
  const cut = form.querySelector("[name=settings-cut]");
  const bounds = () => {
    form.classList.toggle("is-by-value", cut.value === "value");
  };
  cut.addEventListener("change", bounds);
  bounds();
  sum();
})();
