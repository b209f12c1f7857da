// The simulator's page: asks for the state of one caller and one line, and shows it.

import { clear, draw } from "./drawing.js";

const POLL_MS = 550;
const NOBODY = { caller: {}, desk: null, texts: [], story: [] };
const stage = document.getElementById("stage");
const byId = (id) => document.getElementById(id);
const alertBox = byId("alert");

let asked = 0;
// A pair that the server cannot read is not asked about again until it changes.
let isPaused = false;

// --- Talking to the server -------------------------------------------------------

function pair() {
  return { caller: byId("caller").value || byId("number").value, line: byId("line").value };
}

async function post(url, fields) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": token },
    body: new URLSearchParams(fields),
  });
  const body = await answer.json().catch(() => ({ error: answer.statusText }));
  complain(answer.ok ? "" : body.error);
  return answer.ok;
}

async function ask(url, fields) {
  try {
    return await post(url, fields);
  } catch {
    complain(alertBox.dataset.offline);
    return false;
  } finally {
    refresh();
  }
}

function press(callId, action) {
  return ask(stage.dataset.actUrl, { call_id: callId, action });
}

async function refresh() {
  const mine = ++asked;
  const wanted = pair();
  if (!wanted.caller) {
    draw(NOBODY, press);
    return;
  }
  try {
    const answer = await fetch(`${stage.dataset.stateUrl}?${new URLSearchParams(wanted)}`);
    const body = await answer.json();
    if (mine !== asked) return;
    if (alertBox.textContent === alertBox.dataset.offline) complain("");
    isPaused = !answer.ok;
    draw(answer.ok ? body : NOBODY, press);
  } catch {
    complain(alertBox.dataset.offline);
  }
}

function complain(sentence) {
  alertBox.textContent = sentence;
  alertBox.hidden = !sentence;
}

// --- Choosing ----------------------------------------------------------------------

function begin() {
  clear();
  const { caller, line } = pair();
  const business = byId("line").selectedOptions[0]?.dataset.business || "";
  byId("thread-with").textContent = business ? `· ${business}` : "";
  history.replaceState(null, "", `?${new URLSearchParams({ caller, line })}`);
  refresh();
}

function chooseFromAddress() {
  const wanted = new URLSearchParams(location.search);
  const caller = wanted.get("caller");
  const line = wanted.get("line");
  if (line && [...byId("line").options].some((option) => option.value === line)) {
    byId("line").value = line;
  }
  if (caller) {
    byId("caller").value = caller;
    if (byId("caller").value !== caller) {
      byId("caller").value = "";
      byId("number").value = caller;
    }
  }
  byId("number").hidden = byId("caller").value !== "";
}

function sendText(body) {
  return ask(stage.dataset.textUrl, { ...pair(), body });
}

function listen() {
  byId("caller").addEventListener("change", () => {
    byId("number").hidden = byId("caller").value !== "";
    if (!byId("number").hidden) byId("number").focus();
    begin();
  });
  byId("number").addEventListener("change", begin);
  byId("line").addEventListener("change", begin);
  byId("dial").addEventListener("click", async () => {
    byId("dial").disabled = true;
    if (!(await ask(stage.dataset.callUrl, pair()))) byId("dial").disabled = false;
  });
  byId("composer").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await sendText(byId("body").value)) byId("body").value = "";
  });
  byId("stop").addEventListener("click", () => sendText(byId("stop").textContent));
  byId("faults").addEventListener("submit", (event) => event.preventDefault());
  byId("faults").addEventListener("change", () => {
    ask(stage.dataset.faultsUrl, new FormData(byId("faults")));
    badge();
  });
}

function badge() {
  const form = new FormData(byId("faults"));
  const on = [...form].filter(([name, value]) => name !== "delay_seconds" || value > 0);
  byId("faults-on").hidden = on.length === 0;
}

if (stage) {
  chooseFromAddress();
  listen();
  badge();
  begin();
  setInterval(() => document.hidden || isPaused || refresh(), POLL_MS);
}
