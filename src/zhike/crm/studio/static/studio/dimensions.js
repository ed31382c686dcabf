// The dimensions of a draft: fields that belong to the chosen transformation, and the picture of each measure.
(() => {
  "use strict";
  const form = document.querySelector("[data-dimensions]");
  if (!form) return;

  const dress = (row) => {
    const chosen = row.querySelector("select[name$=-transform]").value;
    row.dataset.transform = chosen;
    for (const field of row.querySelectorAll("[data-for]")) {
      field.hidden = !field.dataset.for.split(" ").includes(chosen);
    }
  };
  // Another measure has another name: what the old one was called goes, unless somebody just typed it.
  const forget = (row) => {
    for (const input of row.querySelectorAll("[name$=-zh], [name$=-en]")) {
      if (input.value === input.defaultValue) input.value = "";
    }
  };
  const rows = () => form.querySelectorAll("[data-row]");

  form.addEventListener("change", (event) => {
    const row = event.target.closest("[data-row]");
    if (!row) return;
    dress(row);
    if (event.target.name.endsWith("-feature")) forget(row);
    window.htmx.trigger(row.querySelector(".studio-spread"), "refresh");
  });
  document.addEventListener("rows-changed", () => {
    for (const row of rows()) {
      dress(row);
      const picture = row.querySelector(".studio-spread");
      // What was added after the page stood is not known to htmx yet.
      if (!picture.dataset.known) window.htmx.process(picture);
      picture.dataset.known = "yes";
    }
  });
  for (const row of rows()) {
    dress(row);
    row.querySelector(".studio-spread").dataset.known = "yes";
  }
})();
