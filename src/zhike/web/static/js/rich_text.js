// A small editor over a text area: bold, italic, lists, link. The server cleans what it sends.
(() => {
  const clean = (html) => new DOMParser().parseFromString(html, "text/html").body;

  function prepare(box) {
    const area = box.querySelector("textarea");
    const tools = box.querySelector("[role=toolbar]");
    const page = document.createElement("div");
    page.className = "form-control zk-rich zk-editor-page";
    page.contentEditable = "true";
    page.setAttribute("role", "textbox");
    page.setAttribute("aria-multiline", "true");
    page.id = `${area.id}_page`;
    // Parsed into an inert document and stripped of everything but text and plain marks before it is shown.
    page.append(...inert(area.value));
    area.hidden = true;
    tools.hidden = false;
    area.after(page);
    document.querySelector(`label[for="${area.id}"]`)?.addEventListener("click", () => page.focus());

    const keep = () => {
      area.value = page.innerHTML;
    };
    page.addEventListener("input", keep);
    page.addEventListener("paste", (event) => {
      event.preventDefault();
      document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
    });
    tools.addEventListener("mousedown", (event) => event.preventDefault());
    tools.addEventListener("click", (event) => {
      const command = event.target.closest("[data-command]")?.dataset.command;
      if (!command) return;
      page.focus();
      let value = null;
      if (command === "createLink") {
        value = window.prompt(box.dataset.textLink, "https://");
        if (!value || !/^(https?:\/\/|mailto:|tel:)/i.test(value)) return;
      }
      document.execCommand(command, false, value);
      keep();
    });
    area.form.addEventListener("submit", keep);
    document.execCommand("defaultParagraphSeparator", false, "p");
    page.focus();
  }

  const ALLOWED = new Set(["P", "DIV", "BR", "B", "STRONG", "I", "EM", "UL", "OL", "LI", "A"]);

  function inert(html) {
    const copy = (node) => {
      if (node.nodeType === Node.TEXT_NODE) return [document.createTextNode(node.data)];
      if (node.nodeType !== Node.ELEMENT_NODE) return [];
      const inside = [...node.childNodes].flatMap(copy);
      if (!ALLOWED.has(node.tagName)) return ["SCRIPT", "STYLE"].includes(node.tagName) ? [] : inside;
      const made = document.createElement(node.tagName);
      const href = node.getAttribute("href") || "";
      if (node.tagName === "A" && /^(https?:|mailto:|tel:)/i.test(href)) made.href = href;
      made.append(...inside);
      return [made];
    };
    return [...clean(html).childNodes].flatMap(copy);
  }

  for (const box of document.querySelectorAll("[data-rich]")) prepare(box);
})();
