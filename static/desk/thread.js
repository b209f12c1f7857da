// A conversation that is open: counts segments while somebody writes, and shows what
// arrives, without touching what is being written.
(function () {
  "use strict";

  const LOOK_EVERY_MS = 4000;
  const TYPING_PAUSE_MS = 200;
  const scroll = document.getElementById("desk-scroll");
  const form = document.getElementById("desk-reply");

  function toBottom() {
    scroll.scrollTop = scroll.scrollHeight;
  }

  async function look() {
    if (document.hidden) return;
    const answer = await fetch(scroll.dataset.itemsUrl, { redirect: "error" });
    if (!answer.ok) return;
    const html = (await answer.text()).trim();
    if (html === look.last) return;
    const first = look.last === undefined;
    look.last = html;
    if (first) return;
    const atBottom = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
    scroll.innerHTML = html;
    if (atBottom) toBottom();
    const shown = scroll.querySelector(".desk-items");
    if (form) form.elements.seen.value = shown.dataset.newest;
  }

  function quietly(work) {
    work().catch(function () { /* offline or signed out: the next look tries again */ });
  }

  function counter() {
    const body = form.elements.body;
    const size = document.getElementById("desk-size");
    let pause;
    async function measure() {
      const answer = await fetch(form.dataset.measureUrl, { method: "POST", body: new FormData(form) });
      if (answer.ok) size.textContent = (await answer.json()).words;
    }
    body.addEventListener("input", function () {
      clearTimeout(pause);
      pause = setTimeout(function () { quietly(measure); }, TYPING_PAUSE_MS);
    });
    body.addEventListener("keydown", function (event) {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    form.addEventListener("submit", function () {
      form.querySelector("button").disabled = true;
    });
    window.addEventListener("pageshow", function () {
      form.querySelector("button").disabled = false;
    });
  }

  toBottom();
  if (form) counter();
  quietly(look);
  setInterval(function () { quietly(look); }, LOOK_EVERY_MS);
})();
