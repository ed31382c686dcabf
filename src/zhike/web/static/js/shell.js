// The shell: CSRF for htmx, toasts, the search box, chosen files and confirmations.
(() => {
  const texts = () => document.body.dataset;

  const cookie = (name) =>
    document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) || "";
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value || cookie("csrftoken");

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token();
  });

  // Toasts -----------------------------------------------------------------------------------------
  const LEVELS = { success: "success", warning: "warning", error: "danger", danger: "danger", info: "azure" };

  // What is being said already is not said twice: a poll that fails would pile up.
  const said = (text) => [...document.querySelectorAll("#toasts .toast-body")].some((body) => body.textContent === text);

  function toast(text, level = "info") {
    if (said(text)) return;
    const color = LEVELS[level] || "azure";
    const box = document.createElement("div");
    box.className = "toast";
    box.setAttribute("role", color === "danger" ? "alert" : "status");
    const body = document.createElement("div");
    body.className = `toast-body zk-toast-body border-${color}`;
    body.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn-close ms-auto";
    close.dataset.bsDismiss = "toast";
    close.setAttribute("aria-label", texts().textClose || "");
    body.append(close);
    box.append(body);
    document.getElementById("toasts")?.append(box);
    box.addEventListener("hidden.bs.toast", () => box.remove());
    new window.tabler.Toast(box, { delay: color === "danger" ? 12000 : 5000 }).show();
  }

  const showWaitingToasts = () => {
    for (const waiting of document.querySelectorAll(".zk-toast")) {
      toast(waiting.textContent, (waiting.dataset.level || "").split(" ").pop());
      waiting.remove();
    }
  };

  document.addEventListener("toast", (event) => {
    for (const { text, level } of [event.detail.value ?? event.detail].flat()) toast(text, level);
  });
  // What polls quietly in the background says nothing when one of its looks fails.
  const quiet = (event) => event.detail.elt?.closest?.("[data-quiet]");
  const failed = (status) => (status === 401 ? texts().textSignedOut : texts().textFailed);
  // An answer that says itself what was wrong has said it as a toast already.
  const told = (event) => event.detail.xhr?.getResponseHeader("HX-Trigger")?.includes('"toast"');
  const sayFailed = (event) => quiet(event) || told(event) || toast(failed(event.detail.xhr?.status), "error");
  document.addEventListener("htmx:responseError", sayFailed);
  document.addEventListener("htmx:sendError", (event) => quiet(event) || toast(texts().textOffline, "error"));
  window.zk = Object.assign(window.zk || {}, { toast });

  // Search box: "/" goes there, arrows walk the results, Escape leaves ------------------------------
  const box = () => document.getElementById("global-search");
  const results = () => document.getElementById("search-results");
  const links = () => [...(results()?.querySelectorAll("a") || [])];

  function leaveSearch() {
    results()?.replaceChildren();
    box()?.blur();
  }

  function walk(event) {
    const all = links();
    if (!all.length) return;
    const here = all.indexOf(document.activeElement);
    const next = event.key === "ArrowDown" ? here + 1 : here - 1;
    event.preventDefault();
    (next < 0 ? box() : all[Math.min(next, all.length - 1)]).focus();
  }

  document.addEventListener("keydown", (event) => {
    const inSearch = event.target.closest?.(".zk-search");
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && box()) {
      event.preventDefault();
      box().focus();
    } else if (inSearch && event.key === "Escape") {
      leaveSearch();
    } else if (inSearch && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      walk(event);
    } else if (inSearch && event.key === "Enter" && event.target === box() && links().length) {
      event.preventDefault();
      links()[0].click();
    }
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.(".zk-search")) results()?.replaceChildren();
  });
  document.addEventListener("input", (event) => {
    if (event.target === box() && !box().value) results()?.replaceChildren();
  });

  // Small manners: the way back, forms that ask first, selects that submit at once -------------------
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-back]")) history.back();
  });
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm || event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-submit-on-change]")) event.target.form.requestSubmit();
  });

  // A form that came back: the first field that was refused is where one goes on.
  const goOn = (part) => part.querySelector(".zk-form .is-invalid")?.focus();
  document.addEventListener("htmx:afterSettle", (event) => event.detail.xhr?.status === 422 && goOn(event.detail.elt));

  // The side bar is longer than a screen: where one stands is in sight.
  function showActive() {
    const active = document.querySelector(".zk-nav-link.active");
    const bar = active?.closest(".zk-nav");
    if (!bar) return;
    const top = active.offsetTop - bar.offsetTop;
    if (top < bar.scrollTop || top + active.offsetHeight > bar.scrollTop + bar.clientHeight) {
      bar.scrollTop = top - (bar.clientHeight - active.offsetHeight) / 2;
    }
  }
  document.getElementById("side")?.addEventListener("shown.bs.offcanvas", showActive);

  showActive();
  goOn(document);
  showWaitingToasts();
  document.addEventListener("htmx:afterSettle", showWaitingToasts);
})();
