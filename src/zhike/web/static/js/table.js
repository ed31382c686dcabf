// Lists: the shadow at the edge that hides columns, and the selection of rows.
(() => {
  function shade(scroll) {
    const rest = scroll.scrollWidth - scroll.clientWidth - scroll.scrollLeft;
    scroll.classList.toggle("is-scrolled", scroll.scrollLeft > 1);
    scroll.classList.toggle("has-more", rest > 1);
  }

  const watch = new ResizeObserver((entries) => entries.forEach((entry) => shade(entry.target)));

  function prepare(scroll) {
    if (scroll.dataset.ready) return;
    scroll.dataset.ready = "true";
    scroll.addEventListener("scroll", () => shade(scroll), { passive: true });
    watch.observe(scroll);
    shade(scroll);
  }

  function countSelected(list) {
    const boxes = [...list.querySelectorAll("[data-check]")];
    const chosen = boxes.filter((box) => box.checked);
    const bar = list.querySelector("[data-bulk]");
    const all = list.querySelector("[data-check-all]");
    if (bar) {
      bar.hidden = chosen.length === 0;
      bar.querySelector("[data-bulk-count]").textContent = chosen.length;
    }
    if (all) {
      all.checked = chosen.length === boxes.length && boxes.length > 0;
      all.indeterminate = chosen.length > 0 && !all.checked;
    }
    for (const box of boxes) box.closest("tr").classList.toggle("is-selected", box.checked);
  }

  document.addEventListener("change", (event) => {
    const list = event.target.closest?.(".zk-list");
    if (!list) return;
    if (event.target.matches("[data-check-all]")) {
      for (const box of list.querySelectorAll("[data-check]")) box.checked = event.target.checked;
    }
    if (event.target.matches("[data-check-all], [data-check]")) countSelected(list);
  });

  // A form in the bulk bar carries the selected rows along.
  document.addEventListener("submit", (event) => {
    const list = event.target.closest?.("[data-bulk]")?.closest(".zk-list");
    if (!list) return;
    for (const old of event.target.querySelectorAll("input[name=ids]")) old.remove();
    for (const box of list.querySelectorAll("[data-check]:checked")) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name: "ids", value: box.value });
      event.target.append(input);
    }
  });

  // A long list shows its first rows; the button brings the rest and goes on there.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-all-rows]");
    const list = button?.parentElement.querySelector(".zk-first-rows");
    if (!list) return;
    list.classList.remove("zk-first-rows");
    button.remove();
    list.querySelector("tbody tr:nth-child(11) a")?.focus();
  });

  const prepareAll = (root) => root.querySelectorAll(".zk-scroll").forEach(prepare);
  prepareAll(document);
  document.addEventListener("htmx:load", (event) => prepareAll(event.detail.elt));
})();
