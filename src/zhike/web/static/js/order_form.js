// Lines of an order: add and remove, suggest products, count amounts while somebody types.
(() => {
  const form = document.querySelector("form[data-order]");
  if (!form) return;
  const body = form.querySelector("[data-lines]");
  const language = document.documentElement.lang || "zh-Hans";
  const money = new Intl.NumberFormat(language, { style: "currency", currency: form.dataset.currency });
  const field = (row, name) => row.querySelector(`[name$="-${name}"]`);
  const amountOf = (text) => (text === "" || text == null ? NaN : Number(text));

  function count() {
    let total = 0;
    let known = false;
    for (const row of form.querySelectorAll("[data-line]")) {
      const price = row.dataset.price ?? field(row, "unit_price")?.value ?? "";
      const quantity = (field(row, "quantity") || row.querySelector("input[name^=quantity_]"))?.value ?? "";
      const amount = amountOf(quantity) * amountOf(price || row.dataset.productPrice || "");
      row.querySelector("[data-amount]").textContent = Number.isFinite(amount) ? money.format(amount) : "—";
      if (Number.isFinite(amount)) {
        total += amount;
        known = true;
      }
    }
    const place = form.querySelector("[data-total]");
    if (place) place.textContent = known ? money.format(total) : "—";
  }

  // Lines ---------------------------------------------------------------------------------------------
  function addLine() {
    const total = form.querySelector("[name=lines-TOTAL_FORMS]");
    const number = Number(total.value);
    const most = Number(form.querySelector("[name=lines-MAX_NUM_FORMS]").value);
    if (number >= most) return null;
    const row = form.querySelector("[data-empty-line]").content.firstElementChild.cloneNode(true);
    for (const input of row.querySelectorAll("[name]")) {
      input.name = input.name.replace("__prefix__", number);
      input.id = input.id.replace("__prefix__", number);
    }
    total.value = number + 1;
    body.append(row);
    prepare(row);
    return row;
  }

  function removeLine(row) {
    // Its fields are sent empty, so that the numbers of the others stay as they are.
    for (const input of row.querySelectorAll("input")) input.value = "";
    row.hidden = true;
    count();
    if (![...body.querySelectorAll("[data-line]")].some((one) => !one.hidden)) addLine();
  }

  const isEmpty = (row) => [...row.querySelectorAll("input")].every((input) => !input.value);

  function prepare(row) {
    const button = row.querySelector("[data-remove-line]");
    if (button) button.hidden = false;
    const product = row.querySelector("[data-products]");
    if (product) suggest(row, product);
  }

  // Products ------------------------------------------------------------------------------------------
  function suggest(row, input) {
    const list = document.createElement("div");
    list.className = "list-group zk-search-options";
    list.setAttribute("role", "listbox");
    list.hidden = true;
    input.after(list);
    let asked = 0;
    let timer = 0;

    const choose = (product) => {
      input.value = product.sku;
      const description = field(row, "description");
      if (description) description.value = product.name;
      const price = field(row, "unit_price");
      if (price && product.price) price.value = product.price;
      const quantity = field(row, "quantity");
      if (quantity && !quantity.value) quantity.value = "1";
      list.hidden = true;
      count();
      quantity?.focus();
      quantity?.select();
    };
    const ask = async () => {
      const number = ++asked;
      const text = input.value.trim();
      const answer = await fetch(`${input.dataset.products}?q=${encodeURIComponent(text)}`, {
        headers: { Accept: "application/json" },
      });
      if (!answer.ok || number !== asked) return;
      const { products } = await answer.json();
      list.replaceChildren(
        ...products.map((product) => {
          const option = document.createElement("button");
          option.type = "button";
          option.tabIndex = -1;
          option.className = "list-group-item list-group-item-action";
          option.setAttribute("role", "option");
          const name = document.createElement("span");
          name.textContent = product.name;
          const details = document.createElement("span");
          details.className = "zk-sub d-block";
          details.textContent = product.price ? `${product.sku} · ${money.format(product.price)}` : product.sku;
          option.append(name, details);
          option.addEventListener("mousedown", (event) => event.preventDefault());
          option.addEventListener("click", () => choose(product));
          return option;
        }),
      );
      list.hidden = !products.length || document.activeElement !== input;
    };
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, 180);
    });
    input.addEventListener("focus", ask);
    input.addEventListener("blur", () => {
      list.hidden = true;
    });
    input.addEventListener("keydown", (event) => {
      const options = [...list.children];
      const here = options.findIndex((one) => one.classList.contains("active"));
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const next = Math.min(Math.max(here + (event.key === "ArrowDown" ? 1 : -1), 0), options.length - 1);
        options[here]?.classList.remove("active");
        options[next]?.classList.add("active");
        options[next]?.scrollIntoView({ block: "nearest" });
      } else if (event.key === "Enter" && !list.hidden) {
        event.preventDefault();
        (options[here] || options[0])?.click();
      } else if (event.key === "Escape") {
        list.hidden = true;
      }
    });
  }

  form.addEventListener("input", count);
  form.addEventListener("click", (event) => {
    const all = event.target.closest("[data-all]");
    if (all) {
      all.closest("[data-line]").querySelector("input").value = all.dataset.all;
      count();
    }
    const gone = event.target.closest("[data-remove-line]");
    if (gone) removeLine(gone.closest("[data-line]"));
    if (event.target.closest("[data-add-line]")) addLine()?.querySelector("input")?.focus();
  });

  for (const row of form.querySelectorAll("[data-line]")) prepare(row);
  for (const button of form.querySelectorAll("[data-all]")) button.hidden = false;
  const add = form.querySelector("[data-add-line]");
  if (add) {
    add.hidden = false;
    // Without a script several empty lines are needed; with one, a single one is calmer.
    const empty = [...body.querySelectorAll("[data-line]")].filter(isEmpty);
    for (const row of empty.slice(empty.length === body.children.length ? 1 : 0)) row.hidden = true;
  }
  count();
})();
