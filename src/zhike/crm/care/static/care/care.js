/* Copies the greeting of a line. */
(() => {
  "use strict";

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy-greeting]");
    if (!button) return;
    const text = button.form.elements.text.value;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without the right to the clipboard the text is marked, ready to be copied by hand.
      const shown = button.closest(".care-item").querySelector("[data-greeting]");
      window.getSelection().selectAllChildren(shown);
      return;
    }
    zk.toast(button.dataset.copied, "success");
  });
})();
