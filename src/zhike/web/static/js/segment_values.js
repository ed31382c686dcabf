// Pickers of the segment builder: what a condition is about, and its values by type.
window.zkSegments = window.zkSegments || {};
(() => {
  const SHOWN = 60;
  const WITHOUT_VALUE = ["known", "unknown"];
  const OF_LISTS = ["in", "not_in", "contains_any", "contains_all", "contains_none"];

  function el(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (name === "value" || name === "checked" || name === "disabled") made[name] = value;
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  }

  /** An icon that the page brought along in its template. */
  function icon(name) {
    const found = document.getElementById("segment-icons")?.content.querySelector(`[data-icon="${name}"] svg`);
    return found ? found.cloneNode(true) : document.createTextNode("");
  }

  function select(options, value, label, choose) {
    const made = el("select", { class: "form-select form-select-sm zk-seg-part", "aria-label": label });
    for (const [code, text] of options) made.append(el("option", { value: String(code) }, text));
    if (value !== undefined && !options.some(([code]) => String(code) === String(value))) {
      made.append(el("option", { value: String(value) }, String(value)));
    }
    made.value = String(value ?? "");
    made.addEventListener("change", () => choose(made.value));
    return made;
  }

  function input(kind, value, label, choose, more = {}) {
    const made = el("input", {
      class: `form-control form-control-sm zk-seg-part zk-seg-${kind}`, "aria-label": label, autocomplete: "off",
      type: kind === "date" ? "date" : "text", inputmode: { number: "decimal", money: "decimal", whole: "numeric" }[kind],
      value: value ?? "", ...more,
    });
    made.addEventListener("input", () => choose(made.value.trim()));
    return made;
  }

  // One of several kinds of texts, as a definition holds it; undefined while it is no such value.
  const TYPED = {
    number: (text) => (text !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined),
    whole: (text) => (/^\d+$/.test(text) ? Number(text) : undefined),
    share: (text) => (text !== "" && Number.isFinite(Number(text)) ? Number((Number(text) / 100).toPrecision(12)) : undefined),
    money: (text) => (/^-?\d+(\.\d{1,4})?$/.test(text.replaceAll(",", "")) ? text.replaceAll(",", "") : undefined),
    date: (text) => text || undefined,
    text: (text) => text || undefined,
  };
  const shownShare = (value) => (typeof value === "number" ? String(Number((value * 100).toPrecision(12))) : "");

  /** A field for one value of a type; `choose` hears the value or undefined. */
  function single(field, value, config, choose) {
    const { words } = config;
    if (field.type === "flag") {
      const told = value === undefined ? undefined : String(value);
      return select([["true", words.yes], ["false", words.no]], told, words.value, (text) => choose(text === "true"));
    }
    if (field.choices.length || field.lookup) {
      if (field.type !== "level") return chips(field.choices, value ? [value] : [], words, (all) => choose(all[0]), { one: true, lookup: field.lookup });
      const options = value === undefined ? [["", words.choose], ...field.choices] : field.choices;
      return select(options, value, words.value, (code) => choose(code || undefined));
    }
    const kind = TYPED[field.type] ? field.type : "text";
    const told = kind === "share" ? shownShare(value) : value;
    const made = input(kind, told, words.value, (text) => {
      const read = TYPED[kind](text);
      made.classList.toggle("is-invalid", text !== "" && read === undefined);
      choose(read);
    });
    const before = kind === "money" ? config.currency : "";
    const after = kind === "share" ? "%" : kind === "number" ? field.unit : "";
    if (!before && !after) return made;
    return el("span", { class: "zk-seg-unit" }, before && el("span", {}, before), made, after && el("span", {}, after));
  }

  /** Several values as chips, found by typing; without options whatever is typed. `lookup` finds more options. */
  function chips(options, chosen, words, choose, { one = false, lookup = "" } = {}) {
    let values = [...chosen];
    let asked = 0;
    const isOpen = !options.length && !lookup;
    const names = new Map(options.map(([code, text]) => [String(code), text]));
    const box = el("div", { class: "zk-seg-chips" });
    const typed = el("input", { type: "text", class: "zk-seg-typed", autocomplete: "off", role: "combobox", "aria-expanded": "false", "aria-label": words.value });
    const list = el("div", { class: "list-group zk-search-options zk-seg-options", role: "listbox" });
    list.hidden = true;
    box.append(typed, list);

    const tell = () => { draw(); choose(values); box.dispatchEvent(new Event("change", { bubbles: true })); };
    const add = (value) => {
      if (!values.map(String).includes(String(value))) values = one ? [value] : [...values, value];
      typed.value = "";
      tell();
      if (one) close(); else open();
    };
    const drop = (value) => { values = values.filter((each) => each !== value); tell(); };
    const close = () => { asked += 1; list.hidden = true; typed.setAttribute("aria-expanded", "false"); };

    function draw() {
      for (const old of box.querySelectorAll(".zk-chip")) old.remove();
      for (const value of values) {
        const text = names.get(String(value)) ?? String(value);
        typed.before(el("span", { class: "zk-chip" }, text,
          el("button", { type: "button", class: "zk-seg-x", tabindex: "-1", "aria-label": `${words.remove} ${text}`, onclick: () => drop(value) }, icon("x"))));
      }
      typed.placeholder = values.length ? "" : isOpen ? words.type : words.choose;
    }

    function open() {
      if (lookup) look(); else offer(options);
    }

    /** Only the answer to the last question is shown. */
    function look() {
      const mine = ++asked;
      setTimeout(() => mine === asked && fetch(`${lookup}?q=${encodeURIComponent(typed.value.trim())}`, { headers: { Accept: "application/json" } })
        .then((answer) => answer.json())
        .then(({ choices }) => {
          if (mine !== asked || document.activeElement !== typed) return;
          for (const pair of choices) remember(pair);
          offer(choices, false);
        }).catch(() => close()), typed.value ? 250 : 0);
    }

    function remember([code, name]) {
      if (!names.has(String(code))) options.push([code, name]);
      names.set(String(code), name);
    }

    function offer(pairs, filtered = true) {
      const text = filtered ? typed.value.trim().toLowerCase() : "";
      const taken = values.map(String);
      const fits = pairs.filter(([code, name]) => !taken.includes(String(code)) && `${name} ${code}`.toLowerCase().includes(text));
      list.replaceChildren(...fits.slice(0, SHOWN).map(([code, name]) => el("button", {
        type: "button", tabindex: "-1", role: "option", class: "list-group-item list-group-item-action",
        onmousedown: (event) => event.preventDefault(), onclick: () => add(code),
      }, name)));
      list.hidden = !fits.length;
      typed.setAttribute("aria-expanded", String(!list.hidden));
    }

    const takeTyped = () => { if (isOpen && typed.value.trim()) add(typed.value.trim()); };
    typed.addEventListener("focus", open);
    typed.addEventListener("input", open);
    typed.addEventListener("blur", () => { takeTyped(); typed.value = ""; close(); });
    typed.addEventListener("keydown", (event) => {
      const rows = [...list.children];
      const here = rows.findIndex((row) => row.classList.contains("active"));
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (event.altKey) return;
        event.preventDefault();
        const next = Math.min(Math.max(here + (event.key === "ArrowDown" ? 1 : -1), 0), rows.length - 1);
        rows[here]?.classList.remove("active");
        rows[next]?.classList.add("active");
        rows[next]?.scrollIntoView({ block: "nearest" });
      } else if (event.key === "Enter") {
        event.preventDefault();
        if (!isOpen && !list.hidden) (rows[here] || rows[0])?.click(); else takeTyped();
      } else if (event.key === "Backspace" && !typed.value && values.length) {
        drop(values.at(-1));
      } else if (event.key === "Escape" && !list.hidden) {
        event.stopPropagation();
        close();
      }
    });
    box.addEventListener("click", (event) => { if (event.target === box) typed.focus(); });
    draw();
    return box;
  }

  /** The controls of an operator: none, one, two or many values. */
  function values(field, leaf, config, changed) {
    const set = (value) => {
      if (value === undefined) delete leaf.value; else leaf.value = value;
      changed();
    };
    if (WITHOUT_VALUE.includes(leaf.cmp)) return [];
    if (OF_LISTS.includes(leaf.cmp)) {
      return [chips(field.choices, Array.isArray(leaf.value) ? leaf.value : [], config.words, set, { lookup: field.lookup })];
    }
    if (leaf.cmp !== "between") return [single(field, Array.isArray(leaf.value) ? leaf.value[0] : leaf.value, config, set)];
    const pair = Array.isArray(leaf.value) ? [...leaf.value] : [leaf.value ?? null, null];
    const half = (n) => (value) => { pair[n] = value ?? null; set([...pair]); };
    return [single(field, pair[0] ?? undefined, config, half(0)), el("span", { class: "zk-seg-and" }, config.words.and), single(field, pair[1] ?? undefined, config, half(1))];
  }

  /** What the value becomes when another operator is chosen. */
  function adapt(leaf, cmp) {
    const { value } = leaf;
    leaf.cmp = cmp;
    if (WITHOUT_VALUE.includes(cmp)) delete leaf.value;
    else if (OF_LISTS.includes(cmp)) { if (value !== undefined && !Array.isArray(value)) leaf.value = [value]; }
    else if (cmp === "between") { if (!Array.isArray(value)) leaf.value = [value ?? null, null]; else leaf.value = [value[0] ?? null, value[1] ?? null]; }
    else if (Array.isArray(value)) { if (value[0] === undefined || value[0] === null) delete leaf.value; else leaf.value = value[0]; }
  }

  // What a condition is about ------------------------------------------------------------------------
  /** A dialog of everything there is, found by typing. Calls `choose` with the entry. */
  function pick(groups, anchor, words, choose) {
    const search = el("input", { type: "search", class: "form-control", placeholder: words.search, "aria-label": words.search, autocomplete: "off" });
    const body = el("div", { class: "zk-seg-entries", role: "listbox", "aria-label": words.choose });
    const box = el("dialog", { class: "zk-seg-picker", "aria-label": words.choose }, el("div", { class: "zk-seg-search" }, search), body);
    const entries = () => [...body.querySelectorAll("button")];
    const draw = () => {
      const asked = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
      const fits = (entry, title) => asked.every((word) => `${entry.label} ${entry.hint || ""} ${entry.name || ""} ${title}`.toLowerCase().includes(word));
      body.replaceChildren();
      for (const { title, entries: all } of groups) {
        const kept = all.filter((entry) => fits(entry, title));
        if (!kept.length) continue;
        body.append(el("div", { class: "zk-seg-heading" }, title));
        for (const entry of kept) {
          body.append(el("button", { type: "button", role: "option", class: "zk-seg-entry", onclick: () => { box.close(); choose(entry); } },
            el("span", {}, entry.label), entry.hint && el("small", {}, entry.hint)));
        }
      }
      if (!body.children.length) body.append(el("p", { class: "text-secondary p-3 mb-0" }, words.nothing));
      entries()[0]?.classList.add("active");
    };
    search.addEventListener("input", draw);
    search.addEventListener("keydown", (event) => {
      const rows = entries();
      const here = rows.findIndex((row) => row.classList.contains("active"));
      if (event.key === "Enter") { event.preventDefault(); rows[here]?.click(); }
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      const next = Math.min(Math.max(here + (event.key === "ArrowDown" ? 1 : -1), 0), rows.length - 1);
      rows[here]?.classList.remove("active");
      rows[next]?.classList.add("active");
      rows[next]?.scrollIntoView({ block: "nearest" });
    });
    box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    draw();
    box.showModal();
    beside(box, anchor);
    search.focus();
  }

  /** Below (or above) what was pressed; on a phone a sheet at the bottom, as the style has it. */
  function beside(box, anchor) {
    if (window.innerWidth < 768) return;
    const at = anchor.getBoundingClientRect();
    const size = box.getBoundingClientRect();
    const below = window.innerHeight - at.bottom > size.height + 12;
    box.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - size.width - 8))}px`;
    box.style.top = `${below ? at.bottom + 4 : Math.max(8, Math.min(at.top - size.height - 4, window.innerHeight - size.height - 8))}px`;
  }

  Object.assign(window.zkSegments, { controls: { adapt, chips, el, icon, input, pick, select, TYPED, values } });
})();
