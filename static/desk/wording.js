// The preview of a wording follows the typing; variables go in where the cursor is.
(function () {
  "use strict";

  const TYPING_PAUSE_MS = 200;
  const box = document.getElementById("desk-preview");
  const body = document.querySelector("[data-wording-body]");
  if (!box || !body) return;
  const form = body.form;
  let pause;
  let turn = 0;

  function part(name) {
    return box.querySelector('[data-preview="' + name + '"]');
  }

  function lines(list, sentences) {
    list.replaceChildren();
    sentences.forEach(function (sentence) {
      const item = document.createElement("li");
      item.textContent = sentence;
      list.append(item);
    });
  }

  function show(seen) {
    part("text").textContent = seen.text;
    part("size").textContent = seen.size;
    part("first-box").hidden = !seen.first;
    part("first").textContent = seen.first;
    part("first_size").textContent = seen.first_size;
    part("spoken").hidden = !seen.spoken;
    lines(part("problems"), seen.problems);
    lines(part("hints"), seen.hints);
    part("usual").hidden = !seen.usual || seen.usual === body.value.trim();
    part("usual").dataset.words = seen.usual;
  }

  function value(name) {
    const field = form.elements[name];
    return field ? field.value : "";
  }

  async function look() {
    const mine = ++turn;
    const sent = new FormData();
    sent.append("csrfmiddlewaretoken", value("csrfmiddlewaretoken"));
    sent.append("body", body.value);
    sent.append("situation", value("situation"));
    sent.append("language", value("language"));
    sent.append("business", box.dataset.business || value("business"));
    const answer = await fetch(box.dataset.url, { method: "POST", body: sent });
    if (answer.ok && mine === turn) show(await answer.json());
  }

  function soon() {
    clearTimeout(pause);
    pause = setTimeout(function () { look().catch(function () { /* the next key tries again */ }); }, TYPING_PAUSE_MS);
  }

  box.addEventListener("click", function (event) {
    const chip = event.target.closest("[data-insert]");
    if (chip && !body.disabled) {
      body.setRangeText(chip.dataset.insert, body.selectionStart, body.selectionEnd, "end");
      body.focus();
      soon();
    }
    const usual = event.target.closest('[data-preview="usual"]');
    if (usual) {
      body.value = usual.dataset.words;
      soon();
    }
  });
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  soon();
})();
