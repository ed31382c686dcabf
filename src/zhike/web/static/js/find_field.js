// A long form in groups: what is typed leaves the fields of that name, in whichever group they are.
(() => {
  const wanted = (field, text) =>
    field.querySelector("label").textContent.toLocaleLowerCase().includes(text) ||
    field.closest("details").querySelector("summary").textContent.toLocaleLowerCase().includes(text);

  function find(form, text) {
    let any = false;
    for (const group of form.querySelectorAll("details")) {
      group.dataset.wasOpen ??= group.open;
      let some = false;
      for (const field of group.querySelectorAll("[data-field]")) {
        field.hidden = text !== "" && !wanted(field, text);
        some ||= !field.hidden;
      }
      group.hidden = !some;
      group.open = text === "" ? group.dataset.wasOpen === "true" : some;
      any ||= some;
      if (text === "") delete group.dataset.wasOpen;
    }
    form.querySelector("[data-no-field]").hidden = any;
  }

  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[data-find-field]")) return;
    find(event.target.closest("[data-find-fields]"), event.target.value.trim().toLocaleLowerCase());
  });

  // Enter goes to the first field that was found, and does not send the form.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches?.("[data-find-field]")) return;
    event.preventDefault();
    const first = event.target.closest("form").querySelector("details[open] [data-field]:not([hidden])");
    first?.querySelector("select, input:not([type=hidden])").focus();
  });
})();
