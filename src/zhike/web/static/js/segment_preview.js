// What a definition means right now: how many, who, in which words, and why somebody is in or not.
window.zkSegments = window.zkSegments || {};
(() => {
  const { el, icon } = window.zkSegments.controls;
  const WAIT = 300;
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";

  function post(url, body, signal) {
    return fetch(url, { method: "POST", signal, headers: { "Content-Type": "application/json", "X-CSRFToken": token(), Accept: "application/json" }, body: JSON.stringify(body) })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))));
  }

  /** `written()` gives {definition, places, open}; `hooks.counted`, `drawn` and `explained` hear the answers. */
  function preview(page, config, written, hooks) {
    const { words, urls } = config;
    const part = (name) => page.querySelector(`[data-${name}]`);
    let timer = 0;
    let asking = null;
    let last = null;
    let person = null;

    function later(definition) {
      clearTimeout(timer);
      timer = setTimeout(() => now(definition), WAIT);
    }

    function now(given) {
      const { definition, places, open } = written(Boolean(given));
      asking?.abort();
      asking = new AbortController();
      page.classList.add("is-counting");
      post(urls.preview, { definition: given || definition, segment: config.segment }, asking.signal)
        .then((answer) => { last = { answer, places }; show(answer, places, open); if (answer.sampled) exactly(given || definition, asking.signal); })
        .catch((error) => { if (error.name !== "AbortError") fail(); })
        .finally(() => page.classList.remove("is-counting"));
    }

    /** The estimate is there at once; the whole count follows. */
    function exactly(definition, signal) {
      post(urls.preview, { definition, exact: true, segment: config.segment }, signal)
        .then((answer) => { size(answer); })
        .catch((error) => { if (error.name !== "AbortError") fail(); });
    }

    function size(answer) {
      for (const place of page.querySelectorAll("[data-size]")) place.textContent = answer.count_text ?? "—";
      part("share").textContent = answer.share_text || (answer.problems?.length ? words.mend : "");
    }

    function fail() {
      part("size").textContent = "—";
      part("share").textContent = words.failed;
    }

    function show(answer, places, open) {
      size(answer);
      part("open").textContent = open && !answer.problems?.length ? words.open.replace("%s", open) : "";
      if (answer.said !== undefined) part("said").textContent = answer.said;
      sample(answer.sample || [], answer.sample_title);
      funnel(answer.funnel || []);
      hooks.counted(answer, places);
    }

    function sample(people, title) {
      part("sample-title").textContent = title || words.sample;
      part("sample").replaceChildren(...people.map((one) => el("li", {},
        el("a", { href: one.url, target: "_blank", rel: "noopener" }, one.name),
        one.tier && el("span", { class: `badge zk-tier zk-tier-${one.shade}` }, one.tier),
        el("small", { class: "text-secondary" }, one.about))));
      part("sample-empty").hidden = people.length > 0;
    }

    /** Bars of each condition alone (pale) and together with those before it (full). */
    function funnel(steps) {
      part("funnel-box").hidden = steps.length < 2;
      part("funnel-legend").hidden = !steps.some((step) => step.left_text);
      part("funnel").replaceChildren(...steps.map((step) => {
        const alone = el("span", { class: "zk-seg-bar-alone" });
        const both = el("span", { class: "zk-seg-bar-both" });
        alone.style.width = `${step.alone_share * 100}%`;
        both.style.width = `${(step.left_share) * 100}%`;
        return el("li", { title: step.title }, el("span", { class: "zk-seg-step" }, step.words),
          el("span", { class: "zk-seg-bar" }, alone, both), el("span", { class: "num" }, step.left_text || step.alone_text));
      }));
    }

    // Why somebody is in or not -----------------------------------------------------------------------
    const search = part("why-search");
    const found = part("why-found");
    let typing = 0;
    search?.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(look, WAIT);
    });
    search?.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "ArrowDown") { event.preventDefault(); found.querySelector("button")?.focus(); }
    });
    found?.addEventListener("keydown", (event) => {
      const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
      if (!step) return;
      event.preventDefault();
      (document.activeElement[step] || search).focus();
    });

    function look() {
      const asked = search.value.trim();
      if (!asked) return found.replaceChildren();
      return fetch(`${urls.customers}?q=${encodeURIComponent(asked)}`, { headers: { Accept: "application/json" } })
        .then((answer) => answer.json())
        .then(({ customers }) => found.replaceChildren(...(customers.length
          ? customers.map((one) => el("button", { type: "button", class: "list-group-item list-group-item-action", onclick: () => explain(one) }, one.name, el("small", { class: "text-secondary ms-2" }, one.about)))
          : [el("div", { class: "list-group-item text-secondary" }, words.nobody)])))
        .catch(fail);
    }

    function explain(one) {
      person = one;
      search.value = one.name;
      found.replaceChildren();
      explainAgain();
    }

    function explainAgain() {
      if (!person) return;
      const { definition, places } = written();
      post(urls.explain, { definition, customer: person.id, segment: config.segment })
        .then((answer) => { told(answer); hooks.explained(answer.truths || [], places); })
        .catch(fail);
    }

    function told(answer) {
      const mark = (holds) => el("span", { class: holds ? "zk-seg-yes" : "zk-seg-no" }, icon(holds ? "check" : "x"));
      if (answer.problems?.length) return part("why").replaceChildren(el("p", { class: "text-secondary mt-2" }, words.mend));
      return part("why").replaceChildren(
        el("p", { class: `zk-seg-verdict ${answer.holds ? "is-in" : "is-out"}` }, mark(answer.holds), answer.verdict || ""),
        answer.limited ? el("p", { class: "text-secondary small" }, answer.limited) : "",
        el("ul", { class: "zk-seg-truths" }, ...(answer.truths || []).map((one) => el("li", {}, mark(one.holds), el("span", {}, one.words, one.own && el("b", { class: "zk-seg-own" }, words.has.replace("%s", one.own))), el("span", { class: "visually-hidden" }, one.holds ? words.yes : words.no)))));
    }

    const recall = () => { if (last) hooks.drawn(last.answer, last.places); };
    return { explainAgain, later, now: () => now(), recall };
  }

  Object.assign(window.zkSegments, { preview });
})();
