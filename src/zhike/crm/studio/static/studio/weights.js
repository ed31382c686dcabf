// The page of the weights: by hand, by pairwise judgement of several people, by the data, or from both.
(() => {
  "use strict";
  const form = document.querySelector("[data-weights]");
  if (!form) return;
  const board = JSON.parse(document.getElementById("studio-board").textContent);
  const { codes, names, words, measured } = board;
  const size = codes.length;
  const ahp = window.zkJudgements;
  const one = (selector, root = form) => root.querySelector(selector);
  const all = (selector, root = form) => [...root.querySelectorAll(selector)];
  const element = (tag, className = "", text = "") => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.textContent = text;
    return made;
  };
  const percent = (value) => `${(100 * value).toFixed(1)}%`;
  const fill = (text, values) => Object.entries(values).reduce((said, [key, value]) => said.replaceAll(`{${key}}`, value), text);
  const equal = () => codes.map(() => codes.map(() => 1));
  const experts = board.experts.map((expert) => ({ name: expert.name, overruled: expert.overruled || "", matrix: expert.matrix || equal() }));
  if (!experts.length) experts.push({ name: board.me, overruled: "", matrix: equal() });
  let shown = 0;

  // What each way of weighing says ---------------------------------------------------------------------
  const method = () => one("[name=method]:checked").value;
  const normalized = (values) => {
    const total = values.reduce((sum, value) => sum + value, 0);
    return total > 0 ? values.map((value) => value / total) : null;
  };
  const byHand = () => normalized(codes.map((code) => Number(one(`[name="weight-${code}"]`).value) || 0));
  const group = () => ahp.together(experts.map((expert) => expert.matrix));
  const judged = () => ahp.weigh(group());
  const byData = () => measured && normalized(codes.map((code) => measured[code] || 0));
  const share = () => Number(one("[name=share]").value) / 100;
  const multiplied = () => one("[name=product]").checked;
  const blended = () => {
    const data = byData();
    if (!data) return null;
    const { weights } = judged();
    if (multiplied()) return normalized(weights.map((value, i) => value * data[i])) || weights;
    return weights.map((value, i) => share() * value + (1 - share()) * data[i]);
  };
  const RESULT = { hand: byHand, ahp: () => judged().weights, entropy: byData, blend: blended };

  // The bar of the weights -----------------------------------------------------------------------------
  const strip = (place, weights) => {
    place.replaceChildren();
    if (!weights) return;
    weights.forEach((weight, i) => {
      // Written only where it has room; the legend says it in any case.
      const said = weight * (place.clientWidth || 240) > 44 ? percent(weight) : "";
      const part = element("span", `studio-part studio-part-${i % 8}`, said);
      part.style.flexGrow = String(Math.max(weight, 0.0001));
      part.title = `${names[i]} ${percent(weight)}`;
      place.append(part);
    });
  };
  const showResult = () => {
    const weights = RESULT[method()]();
    strip(one("[data-result-strip]"), weights);
    all("[data-result]").forEach((place, i) => {
      place.textContent = weights ? percent(weights[i]) : "—";
    });
  };

  // By hand ----------------------------------------------------------------------------------------------
  const showHand = () => {
    const weights = byHand();
    codes.forEach((code, i) => {
      one(`[data-share-of="${code}"]`).textContent = weights ? percent(weights[i]) : "—";
    });
    one("[data-no-weight]").hidden = Boolean(weights);
  };
  form.addEventListener("input", (event) => {
    const slider = event.target.closest("[data-slider]");
    if (slider) one(`[name="weight-${slider.dataset.slider}"]`).value = slider.value;
    const number = event.target.closest("input[type=number][name^=weight-]");
    if (number) one(`[data-slider="${number.name.slice(7)}"]`).value = number.value;
    if (slider || number) showHand();
    if (["share", "product"].includes(event.target.name)) showBlend();
    showResult();
  });

  // By judgement: one matrix per person --------------------------------------------------------------------
  const scaleOf = (select, value) => {
    for (const step of ahp.STEPS) {
      const option = new Option(ahp.said(step), String(step), false, Math.abs(Math.log(step / ahp.nearest(value))) < 1e-9);
      select.append(option);
    }
  };
  const sentence = (i, j, value) => {
    const more = value >= 1;
    const step = Math.round(more ? value : 1 / value);
    const strength = words.strengths[step - 1];
    if (step === 1) return fill(words.equal, { a: names[i], b: names[j] });
    return fill(words.more, { a: names[more ? i : j], b: names[more ? j : i], strength });
  };
  // On a phone a matrix has no room: one pair per line.
  const narrow = window.matchMedia("(max-width: 575.98px)");
  const draw = () => {
    one("[data-matrix]").classList.toggle("studio-pairs", narrow.matches);
    // There each line has its sentence.
    one("[data-sentence]").hidden = narrow.matches;
    if (narrow.matches) drawPairs();
    else drawMatrix();
  };
  const drawPairs = () => {
    const rows = codes.flatMap((_code, i) =>
      codes.slice(i + 1).map((_other, k) => {
        const j = i + 1 + k;
        const row = element("tr");
        const head = element("th", "", fill(words.pair, { a: names[i], b: names[j] }));
        const said = element("div");
        said.dataset.said = `${i}-${j}`;
        head.append(said);
        row.append(head, cell(experts[shown], i, j));
        return row;
      }),
    );
    one("[data-matrix]").replaceChildren(...rows);
  };
  const drawMatrix = () => {
    const expert = experts[shown];
    const table = one("[data-matrix]");
    const head = element("tr");
    head.append(element("th"), ...names.map((name) => element("th", "studio-criterion", name)));
    const rows = names.map((name, i) => {
      const row = element("tr");
      row.append(element("th", "studio-criterion", name));
      names.forEach((_other, j) => row.append(cell(expert, i, j)));
      return row;
    });
    table.replaceChildren(head, ...rows);
  };
  const cell = (expert, i, j) => {
    const place = element("td");
    place.dataset.pair = `${i}-${j}`;
    if (i < j) {
      const select = element("select", "form-select form-select-sm num");
      select.setAttribute("aria-label", fill(words.pair, { a: names[i], b: names[j] }));
      scaleOf(select, expert.matrix[i][j]);
      select.addEventListener("change", () => {
        expert.matrix = ahp.replaced(expert.matrix, i, j, Number(select.value));
        showJudgements();
        tell(i, j);
      });
      select.addEventListener("focus", () => tell(i, j));
      place.append(select);
    } else {
      place.className = i === j ? "studio-same" : "studio-mirror";
      place.textContent = i === j ? "1" : ahp.said(ahp.nearest(expert.matrix[i][j]));
    }
    return place;
  };
  const tell = (i, j) => {
    one("[data-sentence]").textContent = sentence(i, j, experts[shown].matrix[i][j]);
  };
  const drawPeople = () => {
    const place = one("[data-experts]");
    place.replaceChildren(
      ...experts.map((expert, k) => {
        const button = element("button", `btn btn-sm${k === shown ? " active" : ""}`);
        button.type = "button";
        const found = ahp.weigh(expert.matrix);
        button.append(element("span", `studio-dot ${found.consistent ? "is-good" : "is-bad"}`), expert.name || words.nameless);
        button.addEventListener("click", () => show(k));
        return button;
      }),
    );
    one("[data-expert-name]").value = experts[shown].name;
    one("[data-remove-expert]").hidden = experts.length < 2;
  };
  const show = (k) => {
    shown = k;
    draw();
    one("[data-sentence]").textContent = "";
    showJudgements();
  };

  // How consistent they are ----------------------------------------------------------------------------------
  const verdict = (place, found) => {
    one("[data-ratio]", place).textContent = found.ratio.toFixed(3);
    place.classList.toggle("is-bad", !found.consistent);
    place.classList.toggle("is-good", found.consistent);
    one("[data-verdict]", place).textContent = found.consistent ? words.consistent : words.inconsistent;
    strip(one("[data-strip]", place), found.weights);
  };
  const showJudgements = () => {
    const { matrix } = experts[shown];
    const found = ahp.weigh(matrix);
    all("[data-matrix] select").forEach((select) => {
      const [i, j] = select.parentElement.dataset.pair.split("-").map(Number);
      select.value = [...select.options].find((option) => Math.abs(Math.log(Number(option.value) / ahp.nearest(matrix[i][j]))) < 1e-9).value;
      const mirror = one(`[data-pair="${j}-${i}"]`);
      if (mirror) mirror.textContent = ahp.said(ahp.nearest(matrix[j][i]));
      const said = one(`[data-said="${i}-${j}"]`);
      if (said) said.textContent = sentence(i, j, matrix[i][j]);
    });
    verdict(one("[data-own]"), found);
    showWorst(matrix, found);
    verdict(one("[data-group]"), judged());
    one("[data-group]").hidden = experts.length < 2;
    drawPeople();
    showBlend();
    showResult();
  };
  const showWorst = (matrix, found) => {
    all(".studio-worst").forEach((place) => place.classList.remove("studio-worst"));
    const pairs = found.consistent ? [] : ahp.worst(matrix, found.weights);
    one("[data-worst]").hidden = !pairs.length;
    one("[data-alike]").hidden = pairs.length < 2;
    one("[data-overruled]").value = experts[shown].overruled;
    one("[data-worst-list]").replaceChildren(...pairs.map(({ i, j }) => worstPair(matrix, i, j)));
  };
  const worstPair = (matrix, i, j) => {
    const best = ahp.repair(matrix, i, j);
    one(`[data-pair="${i}-${j}"]`).classList.add("studio-worst");
    const place = element("div", "mb-2");
    const text = fill(words.worst, {
      a: names[i], b: names[j], given: ahp.said(matrix[i][j]), better: ahp.said(best.value), ratio: best.ratio.toFixed(3),
    });
    const button = element("button", "btn btn-sm btn-primary", fill(words.repair, { better: ahp.said(best.value) }));
    button.type = "button";
    button.dataset.repair = `${i}-${j}`;
    button.addEventListener("click", () => {
      experts[shown].matrix = ahp.replaced(matrix, i, j, best.value);
      showJudgements();
      tell(i, j);
    });
    place.append(element("p", "", text), button);
    return place;
  };
  one("[data-add-expert]")?.addEventListener("click", () => {
    experts.push({ name: fill(words.expert, { number: experts.length + 1 }), overruled: "", matrix: equal() });
    show(experts.length - 1);
    one("[data-expert-name]").select();
  });
  one("[data-remove-expert]")?.addEventListener("click", () => {
    experts.splice(shown, 1);
    show(Math.max(0, shown - 1));
  });
  one("[data-expert-name]")?.addEventListener("input", (event) => {
    experts[shown].name = event.target.value;
    one("[data-experts] .active").lastChild.textContent = event.target.value || words.nameless;
  });

  one("[data-overruled]")?.addEventListener("input", (event) => {
    experts[shown].overruled = event.target.value;
  });

  // From both --------------------------------------------------------------------------------------------------
  const showBlend = () => {
    one("[data-share]").hidden = multiplied();
    one("[data-share-judged]").textContent = percent(share());
    one("[data-share-measured]").textContent = percent(1 - share());
    const columns = { judged: judged().weights, measured: byData(), blended: blended() };
    for (const [name, weights] of Object.entries(columns)) {
      all(`[data-${name}]`).forEach((place, i) => {
        place.textContent = weights ? percent(weights[i]) : "—";
      });
    }
  };

  // Which parts of the page belong to the way that is chosen ----------------------------------------------------
  const choose = () => {
    all("[data-pane]").forEach((pane) => {
      pane.hidden = !pane.dataset.pane.split(" ").includes(method());
    });
    showResult();
  };
  all("[name=method]").forEach((radio) => radio.addEventListener("change", choose));
  form.addEventListener("submit", () => {
    one("[name=experts]").value = JSON.stringify(experts.map(({ name, overruled, matrix }) => ({ name, overruled, matrix })));
  });
  showHand();
  if (size > 1 && size <= 10) {
    show(0);
    narrow.addEventListener("change", () => show(shown));
  }
  choose();
})();
