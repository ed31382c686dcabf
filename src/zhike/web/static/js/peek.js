// A look at one customer beside the list: the arrows go to the customer before and after.
(() => {
  const panel = document.querySelector("[data-peek]");
  if (!panel) return;
  const body = panel.querySelector("[data-peek-body]");
  const buttons = () => [...document.querySelectorAll(".zk-glance")];
  let here = -1;

  function mark(index) {
    const all = buttons();
    here = index;
    for (const [place, button] of all.entries()) button.closest("tr").classList.toggle("is-glanced", place === index);
    for (const step of panel.querySelectorAll("[data-peek-step]")) step.disabled = !all[here + Number(step.dataset.peekStep)];
  }

  function show(button) {
    mark(buttons().indexOf(button));
    button.closest("tr").scrollIntoView({ block: "nearest" });
    window.htmx.ajax("GET", button.dataset.glance, { target: body, swap: "innerHTML" });
    window.tabler.Offcanvas.getOrCreateInstance(panel).show();
  }

  const go = (step) => buttons()[here + step] && show(buttons()[here + step]);

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".zk-glance");
    if (button) show(button);
    const step = event.target.closest?.("[data-peek-step]");
    if (step) go(Number(step.dataset.peekStep));
  });
  document.addEventListener("keydown", (event) => {
    if (here < 0 || event.target.closest?.("input, textarea, select, .dropdown-menu")) return;
    if (event.key === "Escape") window.tabler.Offcanvas.getOrCreateInstance(panel).hide();
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    go(event.key === "ArrowDown" ? 1 : -1);
  });
  panel.addEventListener("hidden.bs.offcanvas", () => mark(-1));
})();
