// Moving conditions by mouse, pen and finger alike: a handle is pressed, the place shows, letting go drops.
window.zkSegments = window.zkSegments || {};
(() => {
  const { el } = window.zkSegments.controls;
  const MARKS = ["is-before", "is-after", "is-inside"];
  const EDGE = 70;
  const STEP = 14;

  /** `allowed(moving, target)` says whether a place will do, `drop(moving, target, where)` moves it there. */
  function dragging(board, { allowed, drop }) {
    let now = null;

    function clear() {
      for (const marked of board.querySelectorAll(MARKS.map((mark) => `.${mark}`).join())) marked.classList.remove(...MARKS);
    }

    /** Before or after a row, or into the group that is under the pointer. */
    function placeAt(x, y) {
      const under = document.elementFromPoint(x, y);
      const part = under?.closest("[data-row], [data-group]");
      if (!part || !board.contains(part)) return null;
      const { row, group } = part.dataset;
      if (!allowed(now.uid, row || group)) return null;
      if (group) return { part, uid: group, mark: "is-inside" };
      const box = part.getBoundingClientRect();
      return { part, uid: row, mark: y < box.top + box.height / 2 ? "is-before" : "is-after" };
    }

    function scroll(y) {
      if (y < EDGE) window.scrollBy(0, -STEP);
      else if (y > window.innerHeight - EDGE) window.scrollBy(0, STEP);
    }

    function move(event) {
      if (!now) return;
      event.preventDefault();
      scroll(event.clientY);
      now.ghost.style.transform = `translate(${event.clientX + 12}px, ${event.clientY + 8}px)`;
      clear();
      now.place = placeAt(event.clientX, event.clientY);
      now.place?.part.classList.add(now.place.mark);
    }

    function end(done) {
      if (!now) return;
      const { uid, place, line, ghost, grip } = now;
      now = null;
      ghost.remove();
      line.classList.remove("is-dragged");
      clear();
      grip.removeEventListener("pointermove", move);
      document.removeEventListener("keydown", escape, true);
      if (done && place) drop(uid, place.uid, place.mark);
    }

    function escape(event) {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      end(false);
    }

    function start(event, grip, uid) {
      if (event.button !== 0 || now) return;
      event.preventDefault();
      const line = grip.closest(".zk-seg-item");
      const told = line.querySelector(".zk-seg-subject, .zk-seg-op option:checked")?.textContent || "";
      now = { uid, grip, line, ghost: el("div", { class: "zk-seg-ghost", "aria-hidden": "true" }, told), place: null };
      document.body.append(now.ghost);
      line.classList.add("is-dragged");
      grip.setPointerCapture(event.pointerId);
      grip.addEventListener("pointermove", move);
      document.addEventListener("keydown", escape, true);
      move(event);
    }

    /** Makes an element the handle of a condition or a group. */
    function handle(grip, uid) {
      grip.addEventListener("pointerdown", (event) => start(event, grip, uid));
      grip.addEventListener("pointerup", () => end(true));
      grip.addEventListener("pointercancel", () => end(false));
      return grip;
    }

    return { handle };
  }

  Object.assign(window.zkSegments, { dragging });
})();
