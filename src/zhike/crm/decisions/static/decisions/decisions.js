// The inbox by keyboard: j/k next and previous item, 1…9 choose, u undo, ? the keys. Buttons do the same.
(() => {
  const inbox = document.querySelector("[data-inbox]");
  if (!inbox) return;

  function isTyping(target) {
    return target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
  }

  function step(direction) {
    const entries = [...inbox.querySelectorAll("[data-entry]")];
    const here = entries.findIndex((entry) => entry.matches("[aria-current]"));
    const next = entries[Math.min(Math.max(here + direction, 0), entries.length - 1)];
    if (next && !next.matches("[aria-current]")) location.assign(next.href);
  }

  function choose(number) {
    const buttons = inbox.querySelectorAll("[data-choice]");
    buttons[number - 1]?.click();
  }

  const acts = {
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    u: () => inbox.querySelector("[data-undo]")?.click(),
    e: () => inbox.querySelector("[data-edit] input:not([type=hidden])")?.focus(),
    "?": () => document.querySelector("[data-keys]")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector(".modal.show")) return;
    if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
    if (isTyping(event.target)) return;
    const act = /^[1-9]$/.test(event.key) ? () => choose(Number(event.key)) : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // Which record stays decides on which side the values stand that nobody chose otherwise.
  inbox.addEventListener("change", (event) => {
    if (!event.target.matches("[data-survivor]")) return;
    const value = event.target.value;
    for (const radio of inbox.querySelectorAll(`[data-differs][value="${CSS.escape(value)}"]`)) {
      const filled = radio.closest("label").textContent.trim() !== "";
      if (filled) radio.checked = true;
    }
  });

  // Only the list moves, never the page: on a phone the item stands above it.
  const list = inbox.querySelector(".zk-inbox-list");
  const here = list?.querySelector("[aria-current]");
  if (here) list.scrollTop = Math.max(0, here.offsetTop - list.offsetTop - list.clientHeight / 2);
})();
