// Shows a state on the two phones and the timeline; nothing is drawn twice.

const byId = (id) => document.getElementById(id);

// What is on the screen already.
const shown = { call: "", desk: "", texts: "", story: "" };
const seen = { texts: new Map(), story: new Map() };

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

function changed(part, value) {
  const written = JSON.stringify(value);
  if (shown[part] === written) return false;
  shown[part] = written;
  return true;
}

// `press(callId, action)` is called for a button of one of the phones.
export function draw(body, press) {
  drawCall(body.caller, press);
  if (body.desk) drawDesk(body.desk, press);
  if (changed("texts", body.texts)) drawTexts(body.texts);
  if (body.keyword) byId("stop").textContent = body.keyword;
  byId("stop").classList.toggle("again", body.keyword === "START");
  if (changed("story", body.story)) drawStory(body.story);
}

function drawButtons(box, buttons, callId, press) {
  const hadFocus = box.contains(document.activeElement);
  box.replaceChildren(
    ...(buttons || []).map((button) => {
      const node = make("button", `button ${button.look}`, button.label);
      node.type = "button";
      node.dataset.action = button.action;
      node.addEventListener("click", () => {
        node.disabled = true;
        press(callId, button.action);
      });
      return node;
    }),
  );
  if (hadFocus) (box.querySelector("button") || byId("dial")).focus();
}

function drawCall(call, press) {
  if (!changed("call", call)) return;
  const busy = Boolean(call.moment) && call.moment !== "ended";
  const dial = byId("dial");
  const focusMoves = busy && document.activeElement === dial;
  byId("call").dataset.moment = call.moment || "";
  byId("call-title").textContent = call.title || "";
  byId("call-detail").textContent = call.detail || "";
  drawButtons(byId("call-buttons"), call.buttons, call.call_id, press);
  dial.hidden = busy;
  dial.disabled = false;
  byId("caller").disabled = busy;
  byId("line").disabled = busy;
  if (focusMoves) byId("call-buttons").querySelector("button")?.focus();
}

function drawDesk(desk, press) {
  if (!changed("desk", desk)) return;
  byId("desk-note").textContent = desk.note;
  byId("desk-note").hidden = !desk.note;
  const box = byId("desk-phones");
  const hadFocus = box.contains(document.activeElement);
  box.replaceChildren(...desk.phones.map((phone) => drawSet(phone, desk, press)));
  if (hadFocus) box.querySelector("button")?.focus();
}

function drawSet(phone, desk, press) {
  const set = make("div", "set");
  set.dataset.state = phone.state;
  set.role = "group";
  set.ariaLabel = phone.label;
  const head = make("div", "set-head");
  const isBusy = phone.state !== "idle" && desk.caller;
  head.append(
    icon(),
    make("p", "set-title", phone.title),
    make("p", "set-caller", isBusy ? desk.caller : phone.label),
    make("p", "set-number", isBusy ? `${phone.label} · ${phone.number}` : phone.number),
  );
  const buttons = make("div", "buttons");
  drawButtons(buttons, phone.buttons, desk.call_id, press);
  set.append(head, buttons);
  return set;
}

function icon() {
  const box = make("span", "set-icon");
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute(
    "d",
    "M6.6 10.8a15 15 0 0 0 6.6 6.6l2.2-2.2a1 1 0 0 1 1-.25 11.4 11.4 0 0 0 3.6.57 1 1 0 0 1 1 1V20a1 1 0 0 1-1 1A17 17 0 0 1 3 4a1 1 0 0 1 1-1h3.5a1 1 0 0 1 1 1 11.4 11.4 0 0 0 .57 3.6 1 1 0 0 1-.25 1z",
  );
  svg.append(path);
  box.append(svg);
  return box;
}

function clock(moment) {
  return new Date(moment).toLocaleTimeString([], {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hour12: false,
  });
}

function stay(box, redraw) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  redraw();
  if (atEnd) box.scrollTop = box.scrollHeight;
}

function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]+)/).map((part, place) => {
    if (place % 2 === 0) return part;
    const link = make("a", "", part);
    link.href = part;
    link.target = "_blank";
    link.rel = "noopener";
    return link;
  });
}

// Only what is new or changed is touched, so that a screen reader hears that alone.
function reconcile(box, part, items, build) {
  const known = seen[part];
  const begun = known.size > 0;
  const keys = new Set(items.map((item) => item.key));
  for (const [key, old] of known) {
    if (keys.has(key)) continue;
    old.nodes.forEach((node) => node.remove());
    known.delete(key);
  }
  let place = box.firstChild;
  for (const item of items) {
    const written = JSON.stringify(item);
    const old = known.get(item.key);
    if (old?.written !== written) {
      const nodes = build(item);
      if (begun && !old) nodes[0].classList.add("fresh");
      nodes.forEach((node) => box.insertBefore(node, old ? old.nodes[0] : place));
      old?.nodes.forEach((node) => node.remove());
      known.set(item.key, { written, nodes });
    }
    place = known.get(item.key).nodes.at(-1).nextSibling;
  }
}

function drawTexts(texts) {
  const box = byId("thread");
  stay(box, () =>
    reconcile(box, "texts", texts, (text) => {
      const bubble = make("div", text.mine ? "bubble mine" : "bubble");
      bubble.append(...linked(text.body));
      const words = [clock(text.at), text.note].filter(Boolean).join(" · ");
      return [bubble, make("p", text.mine ? "stamp mine" : "stamp", words)];
    }),
  );
}

function drawStory(story) {
  const box = byId("timeline");
  stay(box, () =>
    reconcile(box, "story", story, (entry) => {
      const step = make("li", `step ${entry.tone}`);
      const time = make("time", "", clock(entry.at));
      time.dateTime = entry.at;
      const words = make("div");
      words.append(make("p", "step-title", entry.title));
      const detail = make("p", "step-detail", entry.detail);
      if (entry.link) {
        const link = make("a", "", entry.link_text);
        link.href = entry.link;
        detail.append(entry.detail ? " · " : "", link);
      }
      if (detail.textContent) words.append(detail);
      step.append(time, words);
      return [step];
    }),
  );
}

// Another pair of phones: begin with an empty screen.
export function clear() {
  for (const part of Object.keys(shown)) shown[part] = "";
  seen.texts.clear();
  seen.story.clear();
  byId("thread").replaceChildren();
  byId("timeline").replaceChildren();
}
