// The telephone of the sandbox page: what is heard as text, keys, words, and hanging up.

import { ask, clone, drawers, keep, submit, time, words } from "./sandbox.js";

const $ = (id) => document.getElementById(id);
const person = $("calls-person");
const form = $("calls-form");
let drawn = "";

function drawHeard({ kind, text, at }) {
  const item = clone("heard-template");
  item.dataset.kind = kind;
  const before = words[`heard_${kind}`] ?? "";
  item.querySelector(".words").textContent = kind === "key" ? `${before} ${text}` : before + text;
  time(item.querySelector("time"), at);
  return item;
}

function stateOf({ state, talks, wants }) {
  if (talks) return words.call_talks;
  return words[wants ? `call_wants_${wants}` : `call_${state}`];
}

async function draw() {
  const who = person.value;
  const phone = await ask(`calls?person=${encodeURIComponent(who)}`);
  const now = JSON.stringify([who, phone]);
  if (now === drawn || who !== person.value) return;
  drawn = now;
  const live = phone.state === "ringing" || phone.state === "in-progress";
  $("call-state").textContent = stateOf(phone);
  $("heard").replaceChildren(...phone.heard.map(drawHeard));
  $("heard").scrollTop = $("heard").scrollHeight;
  $("no-call").hidden = phone.heard.length > 0;
  $("call-shop").hidden = live;
  $("call-end").hidden = !live;
  for (const key of form.querySelectorAll("[data-key]")) key.disabled = !live;
  const speaks = phone.wants === "speech" || phone.wants === "recording";
  form.elements.text.disabled = !speaks;
  form.querySelector("button.main").disabled = !speaks;
}

async function act(does, text = "") {
  await ask("calls", { person: person.value, does, text });
  await draw();
}

/** Sends at once; what goes wrong stands below the keys. */
function now(does, text) {
  const error = form.querySelector(".error");
  error.hidden = true;
  act(does, text).catch((problem) => {
    error.textContent = problem.message;
    error.hidden = false;
  });
}

$("call-shop").addEventListener("click", () => now("call"));
$("call-end").addEventListener("click", () => now("hang_up"));
for (const key of form.querySelectorAll("[data-key]"))
  key.addEventListener("click", () => now("press", key.dataset.key));
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await submit(form, async () => {
    await act("speak", form.elements.text.value);
    form.elements.text.value = "";
  });
  drawn = "";
  await draw().catch(() => {});
});
keep(person, null);
drawers.push(draw);
draw().catch(() => {}); // the line above says when we are disconnected
