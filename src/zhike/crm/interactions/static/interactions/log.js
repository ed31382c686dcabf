// The form of an interaction: the outcomes of the chosen kind, one tap that fills, days one tap away.
(() => {
  const form = (event) => event.target.closest?.(".zk-log");

  function press(chip, within) {
    for (const other of within.querySelectorAll(".active")) other.classList.remove("active");
    chip.classList.add("active");
  }

  document.addEventListener("change", (event) => {
    if (!form(event) || event.target.name !== "kind") return;
    for (const chip of form(event).querySelectorAll("[data-outcome]")) {
      chip.hidden = chip.dataset.kind !== event.target.value;
    }
  });

  document.addEventListener("click", (event) => {
    const here = form(event);
    if (!here) return;
    const chip = event.target.closest("[data-outcome], [data-day]");
    if (chip?.dataset.outcome !== undefined) {
      here.elements.outcome.value = chip.dataset.outcome;
      here.elements.next_step.value = chip.dataset.step;
      here.elements.next_step_on.value = chip.dataset.on;
      press(chip, chip.parentElement);
    } else if (chip) {
      here.elements.next_step_on.value = chip.dataset.day;
      press(chip, chip.parentElement);
    } else if (event.target.closest("[data-log-close]")) {
      here.remove();
    }
  });

  // Two taps on the button are one contact.
  document.addEventListener("submit", (event) => {
    const button = form(event) && event.target.querySelector(".zk-log-foot .btn-primary");
    if (button) setTimeout(() => (button.disabled = true));
  });
})();
