// One condition of a segment as a sentence of controls. Each kind writes its own words.
window.zkSegments = window.zkSegments || {};
(() => {
  const { controls, tree } = window.zkSegments;
  const { el, select, input, chips, TYPED } = controls;
  const OF_NUMBERS = ["sum", "avg", "min", "max"];
  const NEGATIVE = ["neq", "not_in", "not_contains", "contains_none"];
  const COUNTED = { name: "", type: "number", choices: [], unit: "" };

  const text = (words) => el("span", { class: "zk-seg-word" }, words);
  const fieldsOf = (config, source) => (source ? sourceOf(config, source)?.fields || [] : config.catalogue.fields);
  const sourceOf = (config, name) => config.catalogue.sources.find((source) => source.name === name);
  const nameOf = (leaf) => (leaf.t === "score" ? `${leaf.model}.${leaf.output}` : leaf.field);
  const fieldOf = (config, leaf, source) => fieldsOf(config, source).find((field) => field.name === nameOf(leaf));

  /** Everything a new condition can be about, in groups; inside rows of a source only their fields. */
  function offered(config, source) {
    const { catalogue, words } = config;
    const own = (field) => ({ label: field.label, hint: field.hint, name: field.name, leaf: () => fresh(field) });
    if (source) return [{ title: sourceOf(config, source)?.label || source, entries: fieldsOf(config, source).filter((field) => !field.counted).map(own) }];
    const groups = catalogue.groups.map(([code, title]) => ({ title, entries: catalogue.fields.filter((field) => field.group === code).map(own) }));
    const behaviour = catalogue.sources.flatMap((each) => [
      ...bought(each, words),
      { label: `${each.label} · ${keyOf(each) ? words.orderCount : words.count}`, hint: words.aggregateHint, leaf: () => counted(each) },
      ...each.fields.filter((field) => isSummed(field)).map((field) => ({
        label: `${each.label} · ${field.label} · ${words.sum}`, hint: words.aggregateHint,
        leaf: () => ({ t: "agg", source: each.name, fn: "sum", of: field.name, cmp: "gte", window: { last: 90, unit: "day" } }) })),
      { label: `${each.label} · ${words.sinceLast}`, hint: words.days, leaf: () => ({ t: "recency", source: each.name, which: "last", cmp: "gte", value: 60, unit: "day" }) },
      { label: `${each.label} · ${words.sinceFirst}`, hint: words.days, leaf: () => ({ t: "recency", source: each.name, which: "first", cmp: "lte", value: 30, unit: "day" }) },
    ]);
    const moves = catalogue.changing.map((each) => ({ label: `${each.label} · ${words.changed}`, leaf: () => ({ t: "change", of: { model: each.name }, from: [], to: [], window: { last: 30, unit: "day" } }) }));
    const dates = catalogue.occasions.map((each) => ({ label: each.label, hint: words.occasionHint, leaf: () => ({ t: "anniversary", field: each.name, within_days: [0, 30] }) }));
    const others = [
      catalogue.segments.length && { label: words.inSegment, leaf: () => ({ t: "segment", id: "" }) },
      catalogue.lists.length && { label: words.inList, leaf: () => ({ t: "list", id: "" }) },
      { label: words.bucket, hint: words.bucketHint, leaf: () => ({ t: "bucket", salt: `split-${new Date().toISOString().slice(0, 10)}`, from: 0, to: 1000 }) },
    ].filter(Boolean);
    return [
      ...groups, { title: words.behaviour, entries: behaviour }, { title: words.changes, entries: moves },
      { title: words.occasions, entries: dates }, { title: words.others, entries: others },
    ].filter((group) => group.entries.length);
  }

  const isSummed = (field) => !field.counted && ["number", "money", "share"].includes(field.type);
  /** The field by which rows of a source belong together, as the lines of one order. */
  const keyOf = (source) => source.fields.find((field) => field.counted);

  function counted(source) {
    const shared = { t: "agg", source: source.name, cmp: "gte", value: 1, window: { last: 90, unit: "day" } };
    return keyOf(source) ? { ...shared, fn: "count_distinct", of: keyOf(source).name } : { ...shared, fn: "count" };
  }

  /** Shortcuts: how often something was bought, with the choice of what it was. */
  function bought(source, words) {
    return [["lookup", words.boughtProduct], ["tags", words.boughtCategory]].flatMap(([kind, label]) => source.fields
      .filter((field) => keyOf(source) && (kind === "lookup" ? field.lookup : field.type === kind))
      .map((field) => ({ label, hint: words.boughtHint, leaf: () => counted(source), only: () => fresh(field) })));
  }

  const START = { text: "contains", choice: "in", level: "gte", number: "gte", money: "gte", share: "gte", date: "gte", flag: "eq", tags: "contains_any" };
  function fresh(field) {
    const leaf = { t: "attr", field: field.name, cmp: field.type === "choice" && !field.choices.length ? "in" : START[field.type] };
    if (field.type === "flag") leaf.value = true;
    return leaf;
  }

  /** The controls of a condition. `hooks`: changed(), redraw(), pick(anchor), source (inside rows). */
  function sentence(node, config, hooks) {
    const kind = KINDS[node.leaf.t];
    return kind ? kind(node, config, hooks) : unknown(node, config);
  }

  function unknown(node, config) {
    return [el("span", { class: "text-danger" }, config.words.unknownKind), el("code", {}, JSON.stringify(node.leaf))];
  }

  function subject(label, hooks, title) {
    const button = el("button", { type: "button", class: "btn btn-sm zk-seg-subject", title, onclick: () => hooks.pick(button) }, label);
    return button;
  }

  function compared(field, leaf, config, hooks) {
    const operators = config.operators[field.type] || [];
    const choose = (cmp) => {
      controls.adapt(leaf, cmp);
      if (!NEGATIVE.includes(cmp)) delete leaf.missing;
      hooks.redraw();
    };
    const parts = field.type === "flag" ? [text(config.words.is)] : [select(operators, leaf.cmp, config.words.operator, choose)];
    return [...parts, ...controls.values(field, leaf, config, hooks.changed)];
  }

  /** In words: whether a customer about whom nothing is known counts too. */
  function missingRule(leaf, config, hooks) {
    if (!NEGATIVE.includes(leaf.cmp)) return null;
    const box = el("input", { type: "checkbox", class: "form-check-input", checked: leaf.missing !== "exclude" });
    box.addEventListener("change", () => {
      if (box.checked) delete leaf.missing; else leaf.missing = "exclude";
      hooks.changed();
    });
    return el("label", { class: "form-check zk-seg-missing" }, box, el("span", { class: "form-check-label" }, config.words.missing));
  }

  function attribute(node, config, hooks) {
    const { leaf } = node;
    const field = fieldOf(config, leaf, hooks.source);
    if (!field) return [subject(nameOf(leaf) || config.words.choose, hooks), el("span", { class: "text-danger" }, config.words.unknownField)];
    const parts = [subject(field.label, hooks, field.hint), ...compared(field, leaf, config, hooks)];
    if (field.dated && field.name.includes(".")) parts.push(...maxAge(leaf, field, config, hooks));
    return [...parts, missingRule(leaf, config, hooks)].filter(Boolean);
  }

  /** A score that is older than so many days counts as not known. */
  function maxAge(leaf, field, config, hooks) {
    const set = (days) => {
      const [model, ...rest] = field.name.split(".");
      if (days === undefined) {
        Object.assign(leaf, { t: "attr", field: field.name });
        for (const name of ["model", "output", "max_age_days"]) delete leaf[name];
      } else {
        Object.assign(leaf, { t: "score", model, output: rest.join("."), max_age_days: days });
        delete leaf.field;
      }
    };
    if (leaf.max_age_days === undefined) {
      return [el("button", { type: "button", class: "btn btn-sm btn-icon btn-ghost-secondary zk-seg-age", title: config.words.maxAge, "aria-label": config.words.maxAge, onclick: () => { set(30); hooks.redraw(); } }, controls.icon("clock"))];
    }
    const typed = input("whole", leaf.max_age_days, config.words.maxAge, (given) => { set(TYPED.whole(given) ?? 0); hooks.changed(); });
    return [el("span", { class: "zk-seg-unit" }, el("span", {}, config.words.maxAge), typed, el("span", {}, config.words.daysUnit),
      el("button", { type: "button", class: "zk-seg-x", "aria-label": config.words.remove, onclick: () => { set(undefined); hooks.redraw(); } }, controls.icon("x")))];
  }

  function aggregate(node, config, hooks) {
    const { leaf } = node;
    const source = sourceOf(config, leaf.source);
    if (!source) return [subject(String(leaf.source), hooks), el("span", { class: "text-danger" }, config.words.unknownField)];
    const measured = source.fields.find((field) => field.name === leaf.of);
    const fits = (fn) => source.fields.filter((field) => fn === "count_distinct" || isSummed(field) || (["min", "max"].includes(fn) && field.type === "date"));
    const functions = config.functions.filter(([fn]) => fn === "count" || fits(fn).length);
    const choose = (fn) => {
      const before = measured?.type;
      leaf.fn = fn;
      if (fn === "count") delete leaf.of;
      else if (!fits(fn).includes(measured)) leaf.of = fits(fn)[0]?.name;
      const after = OF_NUMBERS.includes(fn) ? fits(fn).find((field) => field.name === leaf.of)?.type : "number";
      if ((before || "number") !== after) delete leaf.value;
      hooks.redraw();
    };
    const parts = [subject(source.label, hooks), select(functions, leaf.fn, config.words.function, choose)];
    if (leaf.fn !== "count") {
      parts.push(select(fits(leaf.fn).map((field) => [field.name, field.label]), leaf.of, config.words.measured, (name) => { leaf.of = name; delete leaf.value; hooks.redraw(); }));
    }
    const compares = OF_NUMBERS.includes(leaf.fn) && measured ? measured : { ...COUNTED, unit: config.words.times };
    return [...parts, ...windowOf(leaf, config, hooks), whereButton(node, config, hooks), ...compared(compares, leaf, config, hooks), missingRule(leaf, config, hooks)].filter(Boolean);
  }

  function recency(node, config, hooks) {
    const { leaf } = node;
    const source = sourceOf(config, leaf.source);
    const which = [["last", config.words.sinceLast], ["first", config.words.sinceFirst]];
    const units = config.units.filter(([unit]) => unit === "day" || unit === "week");
    return [
      subject(source?.label || String(leaf.source), hooks),
      select(which, leaf.which || "last", config.words.which, (value) => { leaf.which = value; hooks.changed(); }),
      whereButton(node, config, hooks),
      ...compared({ ...COUNTED }, leaf, config, hooks),
      select(units, leaf.unit || "day", config.words.unit, (unit) => { leaf.unit = unit; hooks.changed(); }),
      missingRule(leaf, config, hooks),
    ].filter(Boolean);
  }

  function whereButton(node, config, hooks) {
    if (node.where || !sourceOf(config, node.leaf.source)?.fields.length) return null;
    const button = el("button", { type: "button", class: "btn btn-sm btn-ghost-secondary zk-seg-where", onclick: () => hooks.narrow(button) }, controls.icon("filter"), config.words.where);
    return button;
  }

  /** "in the last N days", between two dates, or ever. */
  function windowOf(leaf, config, hooks) {
    const { words } = config;
    const now = leaf.window?.last !== undefined ? "last" : leaf.window ? "span" : "ever";
    const choose = (kind) => {
      if (kind === "ever") delete leaf.window;
      else leaf.window = kind === "last" ? { last: 90, unit: "day" } : { from: null, to: null };
      hooks.redraw();
    };
    const parts = [select([["last", words.inLast], ["span", words.betweenDates], ["ever", words.ever]], now, words.window, choose)];
    if (now === "last") {
      parts.push(input("whole", leaf.window.last, words.window, (given) => { leaf.window.last = TYPED.whole(given) ?? null; hooks.changed(); }));
      parts.push(select(config.units, leaf.window.unit || "day", words.unit, (unit) => { leaf.window.unit = unit; hooks.changed(); }));
    }
    if (now === "span") {
      const side = (name, label) => input("date", leaf.window[name], label, (given) => { leaf.window[name] = given || null; hooks.changed(); });
      parts.push(side("from", words.from), el("span", { class: "zk-seg-and" }, words.until), side("to", words.until));
    }
    return parts;
  }

  function change(node, config, hooks) {
    const { leaf } = node;
    const { words } = config;
    const name = typeof leaf.of === "object" ? leaf.of?.model : leaf.of;
    const found = config.catalogue.changing.find((each) => each.name === name);
    const side = (at) => chips(found?.choices || [], leaf[at] || [], { ...words, choose: words.any }, (all) => { leaf[at] = all; hooks.changed(); });
    return [
      subject(found?.label || String(name), hooks), text(words.movedFrom), side("from"), text(words.movedTo), side("to"), ...windowOf(leaf, config, hooks),
    ];
  }

  function anniversary(node, config, hooks) {
    const { leaf } = node;
    const found = config.catalogue.occasions.find((each) => each.name === leaf.field);
    const days = Array.isArray(leaf.within_days) ? leaf.within_days : [0, 30];
    const side = (n) => input("whole", days[n], config.words.daysUnit, (given) => { days[n] = TYPED.whole(given) ?? null; leaf.within_days = [...days]; hooks.changed(); });
    return [
      subject(found?.label || String(leaf.field), hooks), text(config.words.comesIn), side(0), text(config.words.to), side(1), text(config.words.daysUnit),
    ];
  }

  function bucket(node, config, hooks) {
    const { leaf } = node;
    const percent = (at) => input("number", leaf[at] === undefined ? "" : leaf[at] / 100, config.words.share, (given) => {
      const read = TYPED.number(given);
      leaf[at] = read === undefined ? null : Math.round(read * 100);
      hooks.changed();
    });
    return [
      subject(config.words.bucket, hooks), percent("from"), text(config.words.to), percent("to"), text("%"), text(config.words.drawnBy),
      input("text", leaf.salt, config.words.drawnBy, (given) => { leaf.salt = given; hooks.changed(); }, { maxlength: 100, title: config.words.bucketHint }),
    ];
  }

  const member = (kind, label, read) => (node, config, hooks) => [
    subject(config.words[label], hooks),
    chips(config.catalogue[kind], node.leaf.id === "" || node.leaf.id === undefined ? [] : [node.leaf.id], config.words, (all) => {
      node.leaf.id = all.length ? read(all[0]) : "";
      hooks.changed();
    }, { one: true }),
  ];

  const KINDS = {
    attr: attribute, score: attribute, agg: aggregate, recency, change, anniversary, bucket,
    segment: member("segments", "inSegment", String), list: member("lists", "inList", Number),
  };

  Object.assign(window.zkSegments, { rows: { fresh, offered, sentence } });
})();
