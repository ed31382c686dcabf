// Forms of records: fields of a kind, long selects that are searched by typing, and focus in dialogs.
(() => {
  // Fields of a kind --------------------------------------------------------------------------------
  // A part with data-kind shows while the form's kind is the same; its values are kept meanwhile.
  function showKind(form) {
    const chosen = form.querySelector("select[name=kind], [name=kind]:checked")?.value;
    for (const part of form.querySelectorAll("[data-kind]")) {
      (part.closest(".zk-form-section") || part).hidden = Boolean(chosen) && part.dataset.kind !== chosen;
    }
  }

  // Long selects ------------------------------------------------------------------------------------
  const options = (select) => [...select.options].filter((option) => option.value);
  const label = (select) => (select.value ? select.selectedOptions[0]?.text.trim() || "" : "");

  function searchable(select) {
    if (select.dataset.searched) return;
    select.dataset.searched = "1";
    const box = document.createElement("div");
    box.className = "zk-search-select";
    const input = document.createElement("input");
    input.className = select.className.replace("form-select", "form-control");
    input.type = "search";
    input.autocomplete = "off";
    input.id = `${select.id}_search`;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", `${select.id}_list`);
    input.placeholder = "—";
    input.value = label(select);
    const list = document.createElement("div");
    list.id = `${select.id}_list`;
    list.className = "list-group zk-search-options";
    list.setAttribute("role", "listbox");
    list.hidden = true;
    box.append(input, list);
    select.after(box);
    select.hidden = true;
    document.querySelector(`label[for="${select.id}"]`)?.setAttribute("for", input.id);

    const choose = (value) => {
      select.value = value;
      input.value = label(select);
      close();
      select.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const close = () => {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
    };
    const open = () => {
      const words = input.value.trim().toLowerCase();
      const fits = options(select).filter((option) => option.text.toLowerCase().includes(words));
      list.replaceChildren(
        ...fits.slice(0, 60).map((option) => {
          const row = document.createElement("button");
          row.type = "button";
          row.tabIndex = -1;
          row.className = "list-group-item list-group-item-action";
          row.setAttribute("role", "option");
          row.textContent = option.text;
          row.addEventListener("mousedown", (event) => event.preventDefault());
          row.addEventListener("click", () => choose(option.value));
          return row;
        }),
      );
      list.hidden = !fits.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
    };
    input.addEventListener("focus", () => {
      input.select();
      const typed = input.value;
      input.value = "";
      open();
      input.value = typed;
      input.select();
    });
    input.addEventListener("input", (event) => {
      event.stopPropagation();
      open();
    });
    input.addEventListener("blur", () => {
      if (!input.value.trim() && select.value) choose("");
      input.value = label(select);
      close();
    });
    input.addEventListener("keydown", (event) => {
      const rows = [...list.children];
      const here = rows.findIndex((row) => row.classList.contains("active"));
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) return open();
        const next = Math.min(Math.max(here + (event.key === "ArrowDown" ? 1 : -1), 0), rows.length - 1);
        rows[here]?.classList.remove("active");
        rows[next]?.classList.add("active");
        rows[next]?.scrollIntoView({ block: "nearest" });
      } else if (event.key === "Enter" && !list.hidden) {
        event.preventDefault();
        (rows[here] || rows[0])?.click();
      } else if (event.key === "Escape") {
        close();
      }
    });
    select.addEventListener("htmx:afterSettle", () => {
      input.value = label(select);
    });
  }

  function prepare(root) {
    for (const select of root.querySelectorAll?.("select[data-search-select]") || []) searchable(select);
    for (const form of root.querySelectorAll?.("form") || []) showKind(form);
    if (root.matches?.("form")) showKind(root);
  }

  document.addEventListener("change", (event) => {
    if (event.target.name === "kind" && event.target.form) showKind(event.target.form);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    prepare(event.target);
    const dialog = event.target.closest?.(".modal");
    if (dialog && event.detail.requestConfig?.verb === "get" && event.target.id === `${dialog.id}-body`) {
      dialog.querySelector("input[type=text], input:not([type=hidden]):not([type=radio])")?.focus();
    }
  });
  // A part of the customer page that could not be fetched says so in its own place, and can be asked for again.
  const failed = (event) => event.detail.elt?.classList.contains("zk-later") && event.detail.elt.classList.add("is-failed");
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:beforeRequest", (event) => event.detail.elt?.classList.remove("is-failed"));
  document.addEventListener("DOMContentLoaded", () => prepare(document));
  if (document.readyState !== "loading") prepare(document);
})();
