// Everything works without this file. It tells that a person uses the page (machines
// that only fetch a preview touch nothing) and keeps one tap from counting twice.
(() => {
  const form = document.querySelector("form[data-opened]");
  if (!form) return;
  const signs = ["pointerdown", "keydown", "scroll"];
  const tell = () => {
    for (const sign of signs) removeEventListener(sign, tell, true);
    navigator.sendBeacon?.(form.dataset.opened);
  };
  for (const sign of signs) addEventListener(sign, tell, { capture: true, passive: true });

  const button = form.querySelector("button");
  form.addEventListener("submit", () => { button.disabled = true; });
  // Coming back with the browser's own button must not find it disabled.
  addEventListener("pageshow", () => { button.disabled = false; });
})();
