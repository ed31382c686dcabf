// Draws the charts that Python describes (zhike/platform/charts.py). The library is fetched with the first chart.
(() => {
  const LIBRARY = document.currentScript.dataset.library;
  const chinese = document.documentElement.lang.startsWith("zh");
  const drawn = new Map();

  // Numbers ------------------------------------------------------------------------------------------
  const group = (value, places = 0) =>
    value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });

  const STEPS = chinese
    ? [[1e8, "亿"], [1e4, "万"]]
    : [[1e9, "B"], [1e6, "M"], [1e4, "K"]];

  function short(value) {
    for (const [step, suffix] of STEPS) {
      if (Math.abs(value) >= step * 0.99995) {
        const scaled = value / (suffix === "K" ? 1e3 : step);
        return group(scaled, Number.isInteger(scaled) || Math.abs(scaled) >= 1000 ? 0 : 1) + suffix;
      }
    }
    return Number.isInteger(value) ? group(value) : group(value, Math.abs(value) < 10 ? 2 : 0);
  }

  function format(value, unit, compact = false) {
    if (value === null || value === undefined) return "—";
    if (typeof value !== "number") return String(value);
    const sign = value < 0 ? "-" : "";
    const size = Math.abs(value);
    if (unit === "percent") return `${sign}${group(size * 100, compact ? 0 : 1)}%`;
    if (unit === "money") return `${sign}¥${compact ? short(size) : group(size, 2)}`;
    if (unit === "days") return `${sign}${group(size, Number.isInteger(size) || compact ? 0 : 1)} ${chinese ? "天" : "d"}`;
    if (compact) return sign + short(size);
    return sign + group(size, Number.isInteger(size) ? 0 : 2);
  }

  // Theme --------------------------------------------------------------------------------------------
  function inks() {
    const style = getComputedStyle(document.documentElement);
    const dark = document.documentElement.dataset.bsTheme === "dark";
    return {
      dark,
      text: dark ? "#d7dee8" : "#2b3546",
      quiet: dark ? "#9aa7b8" : "#5f6b7a",
      line: dark ? "#2f3d50" : "#e3e8ee",
      surface: style.getPropertyValue("--tblr-bg-surface").trim() || (dark ? "#182433" : "#fff"),
      accent: dark ? "#4d9bf0" : "#1668c7",
      font: getComputedStyle(document.body).fontFamily,
      // One hue from pale to deep: order survives every kind of colour vision and a grey print.
      scale: dark ? ["#1d2f47", "#26578f", "#3f8ae0", "#a9d0ff"] : ["#eef4fb", "#a9cdf0", "#4a8fd3", "#0d3f7d"],
    };
  }

  // Builders: chart → option ------------------------------------------------------------------------
  const escape = (text) => window.echarts.format.encodeHTML(String(text));
  const row = (name, value) => `${escape(name)}&nbsp;&nbsp;<b>${escape(value)}</b>`;

  function legend(ink, extra) {
    return { type: "scroll", textStyle: { color: ink.text }, itemWidth: 12, itemHeight: 12, pageIconColor: ink.text, pageTextStyle: { color: ink.text }, ...extra };
  }

  function valueAxis(chart, ink, extra) {
    return {
      type: "value",
      axisLabel: { color: ink.quiet, formatter: (value) => format(value, chart.unit, true) },
      splitLine: { lineStyle: { color: ink.line } },
      ...extra,
    };
  }

  function categoryAxis(labels, ink, extra) {
    return {
      type: "category",
      data: labels,
      axisLabel: { color: ink.quiet, hideOverlap: true },
      axisLine: { lineStyle: { color: ink.line } },
      axisTick: { show: false },
      ...extra,
    };
  }

  function donut(chart, ink, width, height) {
    const total = chart.slices.reduce((sum, slice) => sum + (slice.value || 0), 0);
    const share = (value) => (total ? format(value / total, "percent") : "—");
    // Ring and legend side by side, names in full, or the legend below: whichever leaves the ring more room.
    const names = chart.slices.map((slice) => [...slice.label].reduce((sum, sign) => sum + (sign > "\u2e80" ? 12.5 : 7.5), 14));
    const longest = Math.min(130, Math.max(44, ...names));
    const legendHeight = chart.slices.length * 22 + 8;
    const beside = Math.min(height / 2 - 8, (width - longest - 168) / 2, 130);
    const above = Math.min((height - legendHeight) / 2 - 8, width / 2 - 8, 130);
    const below = width < longest + 264 || above > beside;
    const room = below ? height - legendHeight : height;
    const radius = below ? above : beside;
    const center = below ? [width / 2, room / 2] : [radius + 4, height / 2];
    const left = below ? "center" : radius * 2 + 20;
    const nameWidth = below ? longest : Math.max(longest, Math.min(130, width - radius * 2 - 168));
    const text = (name) => {
      const slice = chart.slices.find((item) => item.label === name);
      const shown = window.echarts.format.truncateText(name, nameWidth - 6, `12px ${ink.font}`, "…");
      return `{name|${shown}}{value|${format(slice.value, chart.unit, true)}}{share|${share(slice.value)}}`;
    };
    return {
      tooltip: { formatter: (item) => row(item.name, `${format(item.value, chart.unit)} (${share(item.value)})`) },
      legend: legend(ink, {
        orient: "vertical",
        left,
        ...(below ? { bottom: 0 } : { top: "middle" }),
        formatter: text,
        textStyle: {
          color: ink.text,
          rich: {
            name: { width: nameWidth },
            value: { width: 54, align: "right", color: ink.text },
            share: { width: 52, align: "right", color: ink.quiet },
          },
        },
      }),
      title: {
        text: format(total, chart.unit, true), subtext: chart.unitLabel, left: center[0], top: center[1] - 22, itemGap: 3,
        textAlign: "center", textStyle: { fontSize: 17, color: ink.text }, subtextStyle: { fontSize: 12, color: ink.quiet },
      },
      series: [{
        type: "pie",
        radius: [radius * 0.64, radius],
        center,
        label: { show: false },
        itemStyle: { borderColor: ink.surface, borderWidth: 2 },
        data: chart.slices.map((slice) => ({ name: slice.label, value: slice.value, itemStyle: { color: slice.color }, url: slice.url })),
      }],
    };
  }

  const widthOf = (text, ink) => window.echarts.format.getTextRect(text, `12px ${ink.font}`).width;

  // Half of the last label may reach beyond the plot.
  function marginRight(chart, ink, width) {
    if (!chart.horizontal) {
      const band = (width - 60) / Math.max(1, chart.labels.length);
      return Math.max(12, Math.ceil((widthOf(chart.labels.at(-1) ?? "", ink) - band) / 2) + 6);
    }
    const values = chart.series.flatMap((one) => one.values).filter((value) => typeof value === "number");
    return Math.max(24, Math.ceil(widthOf(format(Math.max(0, ...values), chart.unit, true), ink) / 2) + 12);
  }

  function cartesian(chart, ink, width, type) {
    const many = chart.series.length > 1;
    const labelAxis = categoryAxis(chart.labels, ink, chart.horizontal ? { inverse: true, axisLabel: { color: ink.quiet, width: Math.min(Math.max(140, width * 0.18), width * 0.42), overflow: "truncate" } } : {});
    const numbers = valueAxis(chart, ink, chart.horizontal ? { splitNumber: width < 420 ? 3 : 5 } : {});
    const series = chart.series.map((one) => ({
      name: one.name,
      type,
      stack: chart.stacked ? "all" : undefined,
      barMaxWidth: 34,
      smooth: false,
      showSymbol: chart.labels.length <= 24,
      symbolSize: 6,
      areaStyle: chart.area ? { opacity: 0.12 } : undefined,
      itemStyle: { color: one.color },
      lineStyle: { color: one.color, width: 2 },
      data: one.values.map((value, i) => ({ value, url: one.urls[i] })),
    }));
    return {
      tooltip: {
        trigger: "axis",
        axisPointer: { type: type === "line" ? "line" : "shadow" },
        formatter: (items) => [escape(items[0].axisValueLabel ?? items[0].name), ...items.map((item) => `${item.marker}${row(item.seriesName || chart.unitLabel, format(item.value, chart.unit))}`)].join("<br>"),
      },
      legend: many ? legend(ink, { top: 0, left: 0, right: 70 }) : undefined,
      grid: { left: chart.horizontal ? 14 : 4, right: marginRight(chart, ink, width), top: many ? 34 : 18, bottom: 4, containLabel: true },
      xAxis: chart.horizontal ? numbers : labelAxis,
      yAxis: chart.horizontal ? labelAxis : numbers,
      series,
    };
  }

  function pareto(chart, ink, width) {
    const near = (mark) => (mark.x < 0.55 ? "right" : "left");
    const axis = (title) => valueAxis(chart, ink, { min: 0, max: 1, name: title, nameLocation: "middle", nameTextStyle: { color: ink.quiet } });
    return {
      tooltip: {
        trigger: "axis",
        formatter: ([item]) => [row(chart.xTitle, format(item.value[0], "percent")), row(chart.yTitle, format(item.value[1], "percent"))].join("<br>"),
      },
      grid: { left: 26, right: 18, top: 18, bottom: 26, containLabel: true },
      xAxis: { ...axis(chart.xTitle), nameGap: 26, axisPointer: { label: { show: false } } },
      yAxis: { ...axis(chart.yTitle), nameGap: 42 },
      series: [
        {
          type: "line",
          showSymbol: false,
          data: chart.points,
          sampling: "lttb",
          lineStyle: { color: ink.accent, width: 2.5 },
          itemStyle: { color: ink.accent },
          areaStyle: { color: ink.accent, opacity: 0.1 },
          markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: ink.quiet, type: "dashed", width: 1 }, data: [[{ coord: [0, 0] }, { coord: [1, 1] }]] },
        },
        {
          type: "scatter",
          symbolSize: 11,
          itemStyle: { color: "#d55e00", borderColor: ink.surface, borderWidth: 2 },
          z: 5,
          tooltip: { show: false },
          data: chart.marks.map((mark, i) => ({
            value: [mark.x, mark.y],
            url: mark.url,
            label: {
              show: true, position: near(mark) === "right" ? [14, 4 + i * 2] : "left", formatter: mark.text, color: ink.text,
              fontWeight: 600, width: Math.max(120, width * 0.5), overflow: "break", backgroundColor: ink.surface, padding: [2, 4], borderRadius: 3,
            },
          })),
        },
      ],
    };
  }

  // The deepest colour is the largest value; of shares that may be a small one.
  const largest = (values, unit) => Math.max(unit === "percent" ? 0.001 : 1, ...values.filter((value) => typeof value === "number"));

  function shades(values, unit, ink, extra) {
    const numbers = values.filter((value) => typeof value === "number");
    return { type: "continuous", min: Math.min(0, ...numbers), max: largest(values, unit), inRange: { color: ink.scale }, calculable: false, ...extra };
  }

  function heat(chart, ink, width) {
    // Cells that stand apart (merged groups) are grey: they would take the strong colours from all others.
    const apart = (cell) => cell.apart && !chart.cells.every((one) => one.apart);
    const values = chart.cells.filter((cell) => !apart(cell)).map((cell) => cell.value);
    const top = largest(values, chart.unit);
    // From -1 to 1, such as correlations: two colours that part at nothing.
    const legend = { orient: "horizontal", left: "center", bottom: 0, itemHeight: 90, itemWidth: 10, textStyle: { color: ink.quiet } };
    const scale = chart.diverging
      ? { ...legend, type: "continuous", min: -1, max: 1, calculable: false, text: ["1", "-1"], inRange: { color: ["#d55e00", ink.dark ? "#2b3648" : "#f6f8fb", "#0072b2"] } }
      : shades(values, chart.unit, ink, { ...legend, text: [format(top, chart.unit, true), "0"] });
    const strong = (value) => Math.abs(value) > 0.6 || ink.dark;
    const light = (value) => (chart.diverging ? strong(value) : ink.dark ? value / top < 0.75 : value / top > 0.55);
    const measured = (texts, size) => Math.max(0, ...texts.map((text) => window.echarts.format.getTextRect(String(text), `${size}px ${ink.font}`).width));
    const beside = Math.min(180, width * 0.3);
    const cell = (width - 34 - Math.min(beside, measured(chart.yLabels, 12))) / Math.max(1, chart.xLabels.length);
    // Numbers that would cover each other are left to the tooltip and the table.
    const legible = measured(chart.cells.map((one) => format(one.value, chart.unit, true)), 12) + 4 <= cell;
    const interval = measured(chart.xLabels, 12) + 4 <= cell ? 0 : "auto";
    const axis = (labels, title, gap, label) => categoryAxis(labels, ink, { name: title, nameLocation: "middle", nameGap: gap, nameTextStyle: { color: ink.quiet }, axisLine: { show: false }, axisLabel: { color: ink.quiet, interval: 0, ...label } });
    return {
      tooltip: {
        formatter: (item) => row(`${chart.yTitle} ${chart.yLabels[item.value[1]]} · ${chart.xTitle} ${chart.xLabels[item.value[0]]}`, format(item.value[2], chart.unit)) + (item.data.text ? `<br>${escape(item.data.text)}` : ""),
      },
      grid: { left: 26, right: 8, top: 18, bottom: 62, containLabel: true },
      xAxis: axis(chart.xLabels, chart.xTitle, 26, { interval }),
      // Beside long labels there is no room for what they are; the tooltip says it.
      yAxis: axis(chart.yLabels, chart.yLabels.every((label) => /^[ -~]{0,3}$/.test(label)) ? chart.yTitle : "", 30, { width: beside, overflow: "truncate" }),
      visualMap: scale,
      series: [{
        type: "heatmap",
        itemStyle: { borderColor: ink.surface, borderWidth: legible ? 2 : 1, borderRadius: legible ? 3 : 1 },
        data: chart.cells.map((cell) => ({
          value: [cell.x, cell.y, cell.value ?? 0], url: cell.url, text: cell.text,
          ...(apart(cell) ? { visualMap: false, itemStyle: { color: ink.line } } : {}),
          label: { show: legible, formatter: format(cell.value, chart.unit, true), color: apart(cell) ? ink.text : light(cell.value || 0) ? "#ffffff" : ink.dark ? "#0d1b2c" : "#1d2939" },
        })),
      }],
    };
  }

  function sankey(chart, ink, width) {
    // On a phone the name and the number stand one above the other; the right side gets the room they need.
    const narrow = width < 500;
    const sums = (end) => chart.flows.reduce((found, flow) => found.set(flow[end], (found.get(flow[end]) || 0) + (flow.value || 0)), new Map());
    const text = (name, value) => `${name}${narrow ? "\n" : "  "}${format(value, chart.unit, true)}`;
    const came = sums("target");
    const widest = Math.max(...chart.right.flatMap((node) => text(node.label, came.get(node.key) || 0).split("\n"))
      .map((line) => window.echarts.format.getTextRect(line, `12px ${ink.font}`).width));
    const room = Math.ceil(Math.min(Math.max(widest + 14, 60), width * (narrow ? 0.34 : 0.3)));
    const side = (nodes, mark, position) => nodes.map((node) => ({
      name: mark + node.key, shown: node.label, url: node.url, depth: mark === "<" ? 0 : 1,
      itemStyle: { color: node.color, borderWidth: 0 },
      label: { position, color: ink.text, lineHeight: 15, width: position === "right" && mark === ">" ? room - 10 : Math.floor(width * 0.45), overflow: "truncate", formatter: (item) => text(item.data.shown, item.value) },
    }));
    const names = Object.fromEntries([...chart.left, ...chart.right].map((node) => [node.key, node.label]));
    return {
      tooltip: {
        formatter: (item) => item.dataType === "edge"
          ? row(`${names[item.data.source.slice(1)]} → ${names[item.data.target.slice(1)]}`, format(item.value, chart.unit))
          : row(item.data.shown, format(item.value, chart.unit)),
      },
      title: [
        { text: chart.leftTitle, left: 0, top: 0, textStyle: { fontSize: 12, fontWeight: 400, color: ink.quiet } },
        { text: chart.rightTitle, right: Math.max(26, room - 70), top: 0, textStyle: { fontSize: 12, fontWeight: 400, color: ink.quiet } },
      ],
      series: [{
        type: "sankey",
        left: 2, right: room, top: 36, bottom: 6,
        nodeWidth: 14, nodeGap: 14, layoutIterations: 0, draggable: false,
        data: [...side(chart.left, "<", "right"), ...side(chart.right, ">", "right")],
        links: chart.flows.filter((flow) => flow.value > 0).map((flow) => ({ source: `<${flow.source}`, target: `>${flow.target}`, value: flow.value, url: flow.url })),
        lineStyle: { color: "source", opacity: ink.dark ? 0.4 : 0.3, curveness: 0.5 },
        emphasis: { focus: "adjacency", lineStyle: { opacity: 0.65 } },
      }],
    };
  }

  function china(chart, ink, width) {
    const values = chart.tiles.map((tile) => tile.value);
    const top = largest(values, chart.unit);
    const light = (value) => (ink.dark ? value / top < 0.75 : value / top > 0.55);
    const columns = Math.max(...chart.tiles.map((tile) => tile.x)) + 1;
    const rows = Math.max(...chart.tiles.map((tile) => tile.y)) + 1;
    const size = width < 460 ? 10 : 12;
    const hidden = (count, inverse) => ({ type: "category", data: [...Array(count).keys()].map(String), show: false, inverse });
    return {
      tooltip: { formatter: (item) => row(item.data.name, format(item.value[2], chart.unit)) },
      grid: { left: 2, right: 2, top: 4, bottom: 34 },
      xAxis: hidden(columns, false),
      yAxis: hidden(rows, true),
      visualMap: shades(values, chart.unit, ink, { orient: "horizontal", left: 0, bottom: 0, itemHeight: 90, itemWidth: 10, textStyle: { color: ink.quiet }, text: [format(top, chart.unit, true), "0"] }),
      series: [{
        type: "heatmap",
        itemStyle: { borderColor: ink.surface, borderWidth: 2, borderRadius: 4 },
        data: chart.tiles.map((tile) => ({
          name: tile.label, value: [tile.x, tile.y, tile.value ?? 0], url: tile.url,
          label: {
            show: true, color: light(tile.value || 0) ? "#ffffff" : ink.dark ? "#0d1b2c" : "#1d2939", fontSize: size, lineHeight: size + 4,
            formatter: `${tile.short}\n${format(tile.value, chart.unit, true)}`,
          },
        })),
      }],
    };
  }

  function treemap(chart, ink) {
    const total = chart.slices.reduce((sum, slice) => sum + (slice.value || 0), 0);
    return {
      tooltip: { formatter: (item) => row(item.name, `${format(item.value, chart.unit)} (${format(total ? item.value / total : 0, "percent")})`) },
      series: [{
        type: "treemap",
        left: 2, right: 2, top: 18, bottom: 2,
        roam: false, nodeClick: false, breadcrumb: { show: false },
        itemStyle: { borderColor: ink.surface, borderWidth: 1, gapWidth: 2 },
        label: { color: "#ffffff", fontSize: 12, lineHeight: 16, textBorderColor: "rgba(0,0,0,0.45)", textBorderWidth: 2, formatter: (item) => `${item.name}\n${format(item.value, chart.unit, true)}` },
        data: chart.slices.filter((slice) => slice.value > 0).map((slice) => ({ name: slice.label, value: slice.value, url: slice.url, itemStyle: { color: slice.color } })),
      }],
    };
  }

  const BUILDERS = {
    donut,
    bars: (chart, ink, width) => cartesian(chart, ink, width, "bar"),
    line: (chart, ink, width) => cartesian(chart, ink, width, "line"),
    pareto,
    heat,
    sankey,
    china,
    treemap,
  };

  function isEmpty(chart) {
    const items = chart.slices || chart.cells || chart.tiles || chart.flows || [];
    const values = [...items, ...(chart.notes || [])].map((item) => item.value);
    const series = (chart.series || []).flatMap((one) => one.values);
    return ![...values, ...series, ...(chart.points || []).flat()].some((value) => typeof value === "number" && value !== 0);
  }

  // Life of a chart ----------------------------------------------------------------------------------
  let library;
  function load() {
    library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      Object.assign(script, { src: LIBRARY, onload: () => resolve(window.echarts), onerror: reject });
      document.head.append(script);
    });
    return library;
  }

  async function dataOf(figure) {
    const inline = figure.querySelector(":scope > script[type='application/json']");
    if (inline) return JSON.parse(inline.textContent);
    const answer = await fetch(figure.dataset.url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`chart ${figure.id}: ${answer.status}`);
    return answer.json();
  }

  // Colors of tiers come as variables of the page, so that they follow its theme.
  function inTheme(chart) {
    const style = getComputedStyle(document.documentElement);
    const color = (value) => (typeof value === "string" && value.startsWith("var(--") ? style.getPropertyValue(value.slice(4, -1)).trim() : value);
    return JSON.parse(JSON.stringify(chart), (_key, value) => color(value));
  }

  function paint(figure, moving = false) {
    const { chart: given, plot } = drawn.get(figure);
    const chart = inTheme(given);
    const ink = inks();
    const base = {
      animation: moving && !matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 300,
      textStyle: { fontFamily: ink.font, color: ink.text },
      aria: { enabled: false },
    };
    const option = { ...base, ...BUILDERS[chart.type](chart, ink, plot.getWidth(), plot.getHeight()) };
    option.tooltip = { confine: true, backgroundColor: ink.surface, borderColor: ink.line, textStyle: { color: ink.text, fontSize: 13 }, ...option.tooltip };
    plot.setOption(option, true);
    figure.dataset.drawn = "true";
  }

  // What has no place in the picture, such as customers of no province, stands below it and opens its customers.
  function remark(figure, chart) {
    if (!chart.notes?.length) return;
    const line = document.createElement("p");
    line.className = "zk-chart-notes";
    line.append(chart.notesLabel + (chinese ? "：" : ": "));
    chart.notes.forEach((note, place) => {
      const link = document.createElement("a");
      Object.assign(link, { href: note.url, textContent: `${note.label} ${format(note.value, chart.unit)}` });
      line.append(place ? " · " : "", link);
    });
    figure.append(line);
  }

  function say(canvas, text) {
    const note = document.createElement("div");
    note.className = "zk-chart-empty";
    note.textContent = text;
    canvas.replaceChildren(note);
  }

  async function draw(figure) {
    if (figure.dataset.chartReady) return;
    figure.dataset.chartReady = "true";
    const canvas = figure.querySelector(".zk-chart-canvas");
    try {
      const chart = await dataOf(figure);
      canvas.setAttribute("aria-label", chart.title);
      if (isEmpty(chart)) {
        figure.dataset.drawn = "empty";
        say(canvas, document.body.dataset.textEmpty);
        return;
      }
      const echarts = await load();
      const plot = echarts.init(canvas, null, { renderer: "svg" });
      drawn.set(figure, { chart, plot });
      plot.on("click", (item) => item.data?.url && location.assign(item.data.url));
      paint(figure, true);
      remark(figure, chart);
      resize.observe(canvas);
    } catch (error) {
      say(canvas, document.body.dataset.textFailed);
      console.warn(error);
    }
  }

  const resize = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const figure = target.closest("[data-chart]");
      const known = drawn.get(figure);
      if (!known || !target.clientWidth || target.clientWidth === known.plot.getWidth()) continue;
      known.plot.resize();
      paint(figure);
    }
  });

  // The same as a table ------------------------------------------------------------------------------
  function tableOf(chart) {
    const table = document.createElement("table");
    table.className = "table table-sm";
    const head = table.createTHead().insertRow();
    for (const column of chart.table.columns) {
      const cell = document.createElement("th");
      cell.textContent = column.title;
      if (column.kind !== "text") cell.className = "num";
      head.append(cell);
    }
    const body = table.createTBody();
    for (const values of chart.table.rows) {
      const line = body.insertRow();
      values.forEach((value, i) => {
        const kind = chart.table.columns[i].kind;
        const cell = line.insertCell();
        cell.textContent = kind === "text" ? value : format(value, kind);
        if (kind !== "text") cell.className = "num";
      });
    }
    return table;
  }

  async function toggle(figure, button) {
    const chart = drawn.get(figure)?.chart || (await dataOf(figure));
    const asTable = figure.classList.toggle("is-table");
    const place = figure.querySelector(".zk-chart-table");
    if (!place.firstChild) place.append(tableOf(chart));
    place.hidden = !asTable;
    figure.querySelector(".zk-chart-canvas").hidden = asTable;
    button.setAttribute("aria-pressed", String(asTable));
  }

  // Plain numbers, tab-separated: a spreadsheet takes them as they are.
  async function copy(figure) {
    const chart = drawn.get(figure)?.chart || (await dataOf(figure));
    const lines = [chart.table.columns.map((column) => column.title), ...chart.table.rows];
    const text = lines.map((line) => line.map((value) => value ?? "").join("\t")).join("\n");
    await navigator.clipboard.writeText(text);
    window.zk.toast(document.body.dataset.textCopied, "success");
  }

  document.addEventListener("click", (event) => {
    const figure = event.target.closest?.("[data-chart]");
    if (!figure) return;
    const switcher = event.target.closest("[data-chart-toggle]");
    if (switcher) toggle(figure, switcher);
    if (event.target.closest("[data-chart-copy]")) copy(figure);
  });

  function forget() {
    for (const [figure, { plot }] of drawn) {
      if (figure.isConnected) continue;
      plot.dispose();
      drawn.delete(figure);
    }
  }

  const drawAll = (root) => {
    if (root.matches?.("[data-chart]")) draw(root);
    root.querySelectorAll?.("[data-chart]").forEach(draw);
  };
  drawAll(document);
  document.addEventListener("htmx:load", (event) => {
    forget();
    drawAll(event.detail.elt);
  });
  document.addEventListener("zk:theme", () => [...drawn.keys()].filter((figure) => figure.isConnected).forEach((figure) => paint(figure)));
})();
