// django-unfold's menu, account box and filters are click-only elements. This makes
// them reachable and usable by keyboard, and adds a way past the menu (WCAG 2.1.1, 2.4.1).
(function () {
  "use strict";

  const CLICKABLE = "[x-on\\:click], [\\@click]";
  const NATIVE = "a[href], button, input, select, textarea, summary";

  function reachable(root) {
    root.querySelectorAll(CLICKABLE).forEach(function (element) {
      if (element.matches(NATIVE) || element.hasAttribute("tabindex")) return;
      if (element.querySelector("input, textarea, select")) return;
      element.tabIndex = 0;
      if (!element.hasAttribute("role")) element.setAttribute("role", "button");
      const icon = element.textContent.trim();
      if (icon === "dock_to_right" || icon === "menu") {
        element.setAttribute("aria-label", document.documentElement.lang === "es" ? "Menú" : "Menu");
      } else if (icon === "close") {
        element.setAttribute("aria-label", document.documentElement.lang === "es" ? "Cerrar" : "Close");
      }
    });
  }

  function press(event) {
    const target = event.target;
    if (!target.matches || !target.matches('[role="button"][tabindex="0"]')) return;
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    target.click();
  }

  function skipLink() {
    const main = document.getElementById("content");
    if (!main) return;
    main.setAttribute("role", "main");
    main.tabIndex = -1;
    const link = document.createElement("a");
    link.className = "desk-skip";
    link.href = "#content";
    link.textContent = document.documentElement.lang === "es" ? "Ir al contenido" : "Skip to content";
    document.body.prepend(link);
  }

  document.addEventListener("DOMContentLoaded", function () {
    skipLink();
    reachable(document);
  });
  document.addEventListener("keydown", press);
})();
