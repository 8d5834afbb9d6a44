// The switch for code, keyboard access to what scrolls sideways, and folded parts on paper. Pages read without it, too.
(() => {
  const article = document.querySelector("article[role=main]");
  const store = (value) => {
    try {
      if (value !== undefined) localStorage.setItem("show-code", value);
      return localStorage.getItem("show-code");
    } catch {
      return null; // storage may be forbidden
    }
  };

  const code = article.querySelectorAll("details.hide.above-input");
  if (code.length) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "nb-code-switch";
    button.textContent = "Show code";
    const show = (on) => {
      document.documentElement.classList.toggle("nb-code", on);
      button.setAttribute("aria-pressed", on);
      code.forEach((cell) => (cell.open = on));
    };
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      show(on);
      store(on ? "yes" : "no");
    });
    show(store() === "yes");
    document.querySelector(".content-icon-container").prepend(button);
  }

  // The theme opens its drawers by labels, which no key reaches.
  document.querySelectorAll("label.nav-overlay-icon, label.toc-overlay-icon").forEach((label) => {
    const drawer = document.getElementById(label.htmlFor);
    const button = document.createElement("button");
    button.type = "button";
    button.className = label.className;
    button.append(...label.childNodes);
    button.setAttribute("aria-label", label.htmlFor === "__toc" ? "On this page" : "All pages");
    const tell = () => button.setAttribute("aria-expanded", drawer.checked);
    button.addEventListener("click", () => drawer.click());
    drawer.addEventListener("change", tell);
    tell();
    label.replaceWith(button);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll(".sidebar-toggle:checked").forEach((drawer) => drawer.click());
  });

  // What scrolls can be reached by keyboard, and says what it is.
  const wide = article.querySelectorAll(".nb-scroll, .cell_output, .output, .table-wrapper, figure, pre, .dt-scroll-body");
  const name = (box) => {
    const block = box.closest(".nb-block, figure, .cell_output");
    const caption = block?.querySelector(".nb-caption, summary, figcaption, caption");
    return caption ? caption.textContent.trim() : "Scrolls sideways";
  };
  const reach = (box) => {
    if (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1) {
      box.tabIndex = 0;
      if (box.tagName === "DIV") {
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", name(box));
      }
    } else {
      box.removeAttribute("tabindex");
    }
  };
  const watch = new ResizeObserver((seen) => seen.forEach(({ target }) => reach(target)));
  window.addEventListener("load", () => setTimeout(() => wide.forEach((box) => watch.observe(box))));
  article.addEventListener("toggle", () => wide.forEach(reach), true);

  // A part that is folded opens where an address leads into it or to its section, and on paper.
  const unfold = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let part = target && target.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    target?.closest?.("section")?.querySelectorAll(":scope > details.nb-folded").forEach((part) => (part.open = true));
    if (target) target.scrollIntoView();
  };
  window.addEventListener("hashchange", unfold);
  unfold();
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...article.querySelectorAll("details:not([open], .above-input)")];
    opened.forEach((part) => (part.open = true));
  });
  window.addEventListener("afterprint", () => opened.forEach((part) => (part.open = false)));
})();
