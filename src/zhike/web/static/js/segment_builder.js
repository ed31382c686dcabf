// The segment builder: the tree of conditions, by mouse and by keyboard, and what it means right now.
(() => {
  const page = document.getElementById("segment-builder");
  if (!page) return;
  const { tree, controls, rows, dragging, preview: makePreview } = window.zkSegments;
  const { el, icon, select } = controls;
  const config = JSON.parse(document.getElementById("segment-config").textContent);
  const { words } = config;
  const base = { v: 1, entity: "customer" };
  const board = page.querySelector("[data-board]");
  const json = page.querySelector("[data-json]");
  const said = page.querySelector("[data-announce]");
  const undo = page.querySelector("[data-undo]");
  const carried = document.getElementById("segment-definition");
  let root = null;
  let rest = {};
  let problems = config.problems || [];
  let dirty = false;
  let refused = false;
  let truths = new Map();
  const canEdit = !page.hasAttribute("data-readonly");

  // The definition ----------------------------------------------------------------------------------
  function load(definition) {
    const { root: top, ...others } = tree.copy(definition || {});
    root = tree.asGroup(tree.read(top || { op: "and", children: [] }));
    rest = { ...base, ...others };
  }

  /** The definition as it stands, and where each part of it is written. */
  function written(keep = tree.isFilled) {
    const places = new Map();
    const definition = { ...rest, root: tree.write(root, "/root", places, keep) };
    return { definition, places };
  }

  const live = makePreview(page, config, (whole = false) => {
    const { definition, places } = written(whole ? () => true : tree.isReady);
    const open = [...tree.walk(root)].filter(({ node }) => !tree.isGroup(node) && !tree.isComplete(node.leaf)).length;
    return { definition, places, open };
  }, { counted: showCounts, drawn: drawCounts, explained: showTruths });

  function changed() {
    dirty = true;
    undo.disabled = false;
    carry();
    live.later();
  }

  function carry() {
    const { definition } = written();
    carried.value = JSON.stringify(definition);
    if (document.activeElement !== json) json.value = JSON.stringify(definition, null, 2);
  }

  const moving = dragging(board, { allowed, drop });

  // Drawing -----------------------------------------------------------------------------------------
  const FOCUSABLE = "select, input, button, [tabindex='0']";
  const ofPart = (uid) => board.querySelector(`[data-node="${uid}"], [data-group="${uid}"]`);

  /** Where the focus is, so that drawing anew leaves a keyboard where it was. */
  function focused() {
    const part = board.contains(document.activeElement) && document.activeElement.closest("[data-node], [data-group]");
    if (!part) return null;
    return { uid: part.dataset.node || part.dataset.group, at: [...part.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement) };
  }

  function draw(focus = "") {
    const before = focused();
    board.replaceChildren(groupBox(root, null));
    drawProblems();
    drawTruths();
    live.recall();
    const same = before && (!focus || focus === before.uid) && before.at >= 0;
    const part = ofPart(same ? before.uid : focus);
    (same ? part?.querySelectorAll(FOCUSABLE)[before.at] : part)?.focus();
  }

  function redraw(focus = "") {
    changed();
    draw(focus);
    note();
  }

  // Taking back -------------------------------------------------------------------------------------
  const STEPS = 50;
  const past = [];
  let standing = "";
  const whole = () => JSON.stringify({ ...rest, root: tree.write(root, "/root", new Map(), () => true) });

  /** After an act, or once a value is typed: what stood before can be had again. */
  function note() {
    const now = whole();
    if (now === standing) return;
    past.push(standing);
    past.splice(0, past.length - STEPS);
    standing = now;
  }

  function takeBack() {
    note();
    if (!past.length) return;
    standing = past.pop();
    load(JSON.parse(standing));
    changed();
    undo.disabled = !past.length;
    draw();
    drawLimit();
    announce(words.takenBack);
  }

  page.addEventListener("change", note);
  undo.addEventListener("click", takeBack);
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== "z") return;
    if (event.target.closest("input:not([type=checkbox]), textarea")) return;
    event.preventDefault();
    takeBack();
  });

  function groupBox(node, inside) {
    const box = el("div", { class: `zk-seg-group zk-seg-${node.op}`, "data-group": node.uid, role: "group" });
    const op = select([["all", words.all], ["any", words.anyOf], ["none", words.none]], node.op, words.joined, (value) => { node.op = value; redraw(); });
    op.classList.add("zk-seg-op");
    const head = el("div", { class: "zk-seg-head" }, node !== root && !inside?.isRoot ? handle(node) : "", op, el("span", { class: "zk-seg-head-word" }, words.apply));
    if (inside?.isRoot) head.append(el("button", { type: "button", class: "btn btn-sm btn-icon btn-ghost-secondary ms-auto", "aria-label": words.remove, title: words.remove, onclick: () => { inside.owner.where = null; redraw(inside.owner.uid); } }, icon("x")));
    else if (node !== root) head.append(countOf(node), menu(node));
    const list = el("ul", { class: "zk-seg-list" });
    for (const child of node.children) list.append(item(child, inside && { ...inside, isRoot: false }));
    if (!node.children.length) list.append(emptyLine(node));
    const add = el("button", { type: "button", class: "btn btn-sm zk-seg-add", "data-add": node.uid, onclick: () => addCondition(node, inside, add) }, icon("plus"), words.addCondition);
    const nest = el("button", { type: "button", class: "btn btn-sm btn-ghost-secondary", onclick: () => addGroup(node) }, icon("folder-plus"), words.addGroup);
    box.append(head, list, el("div", { class: "zk-seg-tools" }, add, nest));
    return box;
  }

  /** What an empty group says; once saving was refused because of it, in red. */
  function emptyLine(node) {
    if (node === root) return el("li", { class: "zk-seg-empty" }, words.emptyRoot);
    return el("li", { class: `zk-seg-empty ${refused ? "is-hole" : ""}` }, refused ? words.fillGroup : words.emptyGroup);
  }

  function item(node, inside) {
    const line = el("li", { class: "zk-seg-item", "data-node": node.uid, tabindex: "0", "aria-keyshortcuts": "Alt+ArrowUp Alt+ArrowDown Alt+ArrowRight Alt+ArrowLeft Delete" });
    if (tree.isGroup(node)) {
      line.append(groupBox(node, inside));
    } else {
      const controlsOfRow = el("div", { class: "zk-seg-sentence" }, ...rows.sentence(node, config, {
        changed: () => { changed(); }, redraw: () => redraw(node.uid), source: inside?.source || "",
        pick: (anchor) => controls.pick(rows.offered(config, inside?.source || ""), anchor, words, (entry) => {
          Object.assign(node, made(entry));
          redraw(node.uid);
        }),
        narrow: (anchor) => controls.pick(rows.offered(config, node.leaf.source), anchor, words, (entry) => {
          const only = tree.condition(entry.leaf());
          node.where = tree.group("all", [only]);
          redraw();
          begin(only.uid);
        }),
      }));
      const row = el("div", { class: "zk-seg-row", "data-row": node.uid }, handle(node), controlsOfRow, countOf(node), menu(node));
      line.append(row, el("div", { class: "zk-seg-problem", "data-problem": node.uid }));
      if (node.where) line.append(el("div", { class: "zk-seg-nested" }, el("span", { class: "zk-seg-word" }, words.onlyWhere), groupBox(node.where, { isRoot: true, owner: node, source: node.leaf.source })));
    }
    line.addEventListener("keydown", (event) => keys(event, node));
    return line;
  }

  const countOf = (node) => el("span", { class: "zk-seg-count num", "data-count": node.uid });

  function handle(node) {
    return moving.handle(el("span", { class: "zk-seg-grip", title: words.drag, "aria-hidden": "true" }, icon("grip-vertical")), node.uid);
  }

  function menu(node) {
    const acts = [
      ["arrow-up", words.moveUp, "Alt+↑", () => move(node, tree.up)], ["arrow-down", words.moveDown, "Alt+↓", () => move(node, tree.down)],
      ["indent-increase", words.moveIn, "Alt+→", () => move(node, tree.into)], ["indent-decrease", words.moveOut, "Alt+←", () => move(node, tree.out)],
      ["copy", words.repeat, "", () => repeat(node)], ["trash", words.remove, "Del", () => remove(node)],
    ];
    const list = el("div", { class: "dropdown-menu dropdown-menu-end" });
    for (const [name, label, key, act] of acts) list.append(el("button", { type: "button", class: "dropdown-item", onclick: act }, icon(name), label, key && el("small", { class: "ms-auto ps-3 text-secondary" }, key)));
    const button = el("button", { type: "button", class: "btn btn-sm btn-icon btn-ghost-secondary", "data-bs-toggle": "dropdown", "aria-expanded": "false", "aria-label": words.more, title: words.more }, icon("dots-vertical"));
    return el("div", { class: "dropdown zk-seg-menu" }, button, list);
  }

  // Changing the tree -------------------------------------------------------------------------------
  function addCondition(parent, inside, anchor) {
    controls.pick(rows.offered(config, inside?.source || ""), anchor, words, (entry) => {
      const { leaf, where } = made(entry);
      const added = tree.condition(leaf, where);
      parent.children.push(added);
      redraw();
      begin(where ? where.children[0].uid : added.uid);
    });
  }

  /** What an entry of the picker stands for: a condition, with one about its rows where it brings that along. */
  const made = (entry) => ({ leaf: entry.leaf(), where: entry.only ? tree.group("all", [tree.condition(entry.only())]) : null });

  /** The focus goes to the first value of a new condition. */
  function begin(uid) {
    const line = board.querySelector(`[data-node="${uid}"]`);
    (line?.querySelector(".zk-seg-typed, .zk-seg-sentence input") || line)?.focus();
  }

  function addGroup(parent) {
    const made = tree.group(parent.op === "any" ? "all" : "any");
    parent.children.push(made);
    redraw(made.uid);
  }

  function move(node, act) {
    const moved = act(root, node.uid);
    if (moved) redraw(node.uid);
    announce(moved ? words.moved : words.cannotMove);
  }

  function repeat(node) {
    const made = tree.repeat(root, node.uid);
    if (made) redraw(made.uid);
  }

  function remove(node) {
    const found = tree.find(root, node.uid);
    const beside = found?.parent?.children[found.parent.children.indexOf(node) + 1] || found?.parent?.children.at(-2);
    if (tree.remove(root, node.uid)) redraw(beside && beside !== node ? beside.uid : "");
    announce(words.removed);
  }

  const MOVES = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "into", ArrowLeft: "out" };
  function keys(event, node) {
    if (!canEdit || event.defaultPrevented) return;
    if (event.altKey && MOVES[event.key]) {
      event.preventDefault();
      event.stopPropagation();
      move(node, tree[MOVES[event.key]]);
    } else if (event.key === "Delete" && event.target === event.currentTarget) {
      event.preventDefault();
      event.stopPropagation();
      remove(node);
    }
  }

  function announce(text) {
    said.textContent = "";
    setTimeout(() => { said.textContent = text; }, 30);
  }

  // Dragging ----------------------------------------------------------------------------------------
  function allowed(from, to) {
    if (from === to) return false;
    const moved = tree.find(root, from);
    const place = tree.find(root, to);
    return Boolean(moved && place) && !tree.holds(moved.node, to) && (moved.inside?.uid || "") === (place.inside?.uid || "");
  }

  function drop(moved, target, mark) {
    const outer = tree.find(root, moved)?.parent;
    const { node, parent } = tree.find(root, target);
    const done = mark === "is-inside"
      ? tree.place(root, moved, target, node.children.length)
      : tree.place(root, moved, parent.uid, parent.children.indexOf(node) + (mark === "is-after" ? 1 : 0));
    if (!done) return;
    if (outer && outer !== root && !outer.children.length && tree.find(root, outer.uid)?.parent) tree.remove(root, outer.uid);
    redraw(moved);
    announce(words.moved);
  }

  // What the server says about it -------------------------------------------------------------------
  function showCounts(answer, places) {
    problems = answer.problems || [];
    drawProblems(places);
    drawCounts(answer, places);
    if (truths.size) live.explainAgain();
  }

  function drawCounts(answer, places) {
    const alone = new Map((answer.funnel || []).map((step) => [step.pointer, step]));
    for (const cell of board.querySelectorAll("[data-count]")) {
      const at = places.get(cell.dataset.count);
      const step = alone.get(at);
      cell.textContent = step ? step.alone_text : answer.nested?.[at] ?? "";
      cell.title = step ? step.title : "";
    }
  }

  /** Each problem at the row that it is about; the others above all. */
  function drawProblems(places = written().places) {
    for (const place of board.querySelectorAll("[data-problem]")) place.replaceChildren();
    for (const line of board.querySelectorAll(".is-wrong")) line.classList.remove("is-wrong");
    const list = page.querySelector("[data-problems]");
    list.replaceChildren();
    for (const problem of problems) {
      const owner = ownerOf(problem.pointer, places);
      const place = owner && board.querySelector(`[data-problem="${owner}"]`);
      if (place) {
        place.append(el("div", {}, problem.text));
        place.closest(".zk-seg-item").classList.add("is-wrong");
      }
      list.append(el("button", { type: "button", class: "zk-seg-fault", onclick: () => {
        page.querySelector("[data-bs-target='#tab-rows']")?.click();
        board.querySelector(`[data-node="${owner}"]`)?.focus();
      } }, el("code", {}, problem.pointer || "/"), problem.text));
    }
    list.hidden = !problems.length;
  }

  function ownerOf(pointer, places) {
    let best = "";
    let length = -1;
    for (const [uid, at] of places) {
      const covers = pointer === at || pointer.startsWith(`${at}/`);
      if (covers && at.length > length && !tree.isGroup(tree.find(root, uid)?.node)) [best, length] = [uid, at.length];
    }
    return best;
  }

  function showTruths(found, places) {
    const by = new Map(found.map((one) => [one.pointer, one.holds]));
    truths = new Map([...places].filter(([, at]) => by.has(at)).map(([uid, at]) => [uid, by.get(at)]));
    drawTruths();
  }

  function drawTruths() {
    for (const line of board.querySelectorAll("[data-node]")) {
      const known = truths.has(line.dataset.node);
      line.classList.toggle("is-true", known && truths.get(line.dataset.node) === true);
      line.classList.toggle("is-false", known && truths.get(line.dataset.node) === false);
    }
  }

  // The top N and the JSON --------------------------------------------------------------------------
  function drawLimit() {
    const box = page.querySelector("[data-limit]");
    const sortable = config.catalogue.fields.filter((field) => ["number", "money", "share", "date"].includes(field.type)).map((field) => [field.name, field.label]);
    if (!sortable.length) return;
    const on = el("input", { type: "checkbox", class: "form-check-input", checked: Boolean(rest.limit), id: "segment-limit" });
    const order = String(rest.limit?.order || "-net_revenue");
    const state = { n: rest.limit?.n || 100, name: order.replace(/^-/, ""), way: order.startsWith("-") ? "-" : "" };
    const tell = () => { rest.limit = on.checked ? { n: state.n, order: `${state.way}${state.name}` } : null; changed(); };
    on.addEventListener("change", () => { tell(); drawLimit(); });
    const parts = on.checked ? [
      controls.input("whole", state.n, words.howMany, (given) => { state.n = controls.TYPED.whole(given) ?? null; tell(); }),
      el("span", { class: "zk-seg-word" }, words.by), select(sortable, state.name, words.by, (name) => { state.name = name; tell(); }),
      select([["-", words.highest], ["", words.lowest]], state.way, words.order, (way) => { state.way = way; tell(); }),
    ] : [];
    box.replaceChildren(el("label", { class: "form-check mb-0", for: "segment-limit" }, on, el("span", { class: "form-check-label" }, words.onlyFirst)), ...parts);
  }

  json.addEventListener("input", () => {
    const note = page.querySelector("[data-json-error]");
    note.textContent = "";
    let definition = null;
    try { definition = JSON.parse(json.value); } catch (error) { note.textContent = `${words.notJson} ${error.message}`; }
    const usable = definition && typeof definition === "object" && !Array.isArray(definition);
    if (!usable) { if (definition !== null) note.textContent = words.notJson; return; }
    load(definition);
    dirty = true;
    carried.value = JSON.stringify(definition);
    draw();
    drawLimit();
    live.later(definition);
  });
  json.addEventListener("blur", () => { if (!page.querySelector("[data-json-error]").textContent) carry(); });

  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  document.getElementById("segment-form")?.addEventListener("submit", (event) => {
    const hole = tree.holes(root)[0];
    const unreadable = Boolean(page.querySelector("[data-json-error]").textContent);
    if (!hole && !unreadable) { dirty = false; return; }
    event.preventDefault();
    page.querySelector(unreadable ? "[data-bs-target='#tab-json']" : "[data-bs-target='#tab-rows']").click();
    if (unreadable) { json.focus(); return; }
    refused = true;
    draw();
    announce(words.fillGroup);
    board.querySelector(`[data-add="${hole.uid}"]`)?.focus();
  });

  load(config.definition);
  standing = whole();
  carry();
  draw();
  drawLimit();
  live.now();
})();
