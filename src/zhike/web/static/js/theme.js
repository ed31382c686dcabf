// Runs in the head, before anything is painted: the theme and the row height that this person chose here.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const read = (key, fallback) => {
    try {
      return localStorage.getItem(key) || fallback;
    } catch {
      return fallback;
    }
  };
  const write = (key, value) => {
    try {
      localStorage.setItem(key, value);
    } catch {
      // Private windows may refuse; the choice then lasts for this page.
    }
  };

  const apply = (choice) => {
    root.dataset.themeChoice = choice;
    root.dataset.bsTheme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    document.dispatchEvent(new CustomEvent("zk:theme"));
  };

  apply(read("zk-theme", "auto"));
  root.dataset.density = read("zk-density", "normal");
  dark.addEventListener("change", () => root.dataset.themeChoice === "auto" && apply("auto"));

  document.addEventListener("click", (event) => {
    const theme = event.target.closest?.("[data-theme-choice]:not(html)");
    if (theme) {
      write("zk-theme", theme.dataset.themeChoice);
      apply(theme.dataset.themeChoice);
    }
    if (event.target.closest?.("[data-density-switch]")) {
      root.dataset.density = root.dataset.density === "compact" ? "normal" : "compact";
      write("zk-density", root.dataset.density);
    }
  });
})();
