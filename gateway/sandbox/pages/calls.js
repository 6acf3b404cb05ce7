// The telephone of the sandbox page: what is heard as text, keys, words, and hanging up.

import { ask, clone, drawers, keep, lang, submit, time, words } from "./sandbox.js";

const $ = (id) => document.getElementById(id);
const person = $("calls-person");
const form = $("calls-form");
const aloud = $("aloud");
const ALOUD = "parley-sandbox-aloud";
let drawn = "";
let spoken = null; // whose telephone was heard, and up to when

function drawHeard({ kind, text, at }) {
  const item = clone("heard-template");
  item.dataset.kind = kind;
  const before = words[`heard_${kind}`] ?? "";
  item.querySelector(".words").textContent = kind === "key" ? `${before} ${text}` : before + text;
  time(item.querySelector("time"), at);
  return item;
}

/** Reads aloud what is new; what was said before one listened stays unread. */
function speak(who, heard) {
  const last = heard.at(-1)?.at ?? 0;
  const since = spoken?.who === who ? spoken.at : last;
  spoken = { who, at: last };
  if (!aloud.checked || !("speechSynthesis" in window)) return;
  for (const { kind, text, language, at } of heard) {
    if (kind !== "said" || at <= since) continue;
    const utterance = new SpeechSynthesisUtterance(text);
    // Twilio calls Mandarin cmn, browsers know it as Chinese.
    utterance.lang = language.replace(/^cmn/, "zh") || lang;
    speechSynthesis.speak(utterance);
  }
}

function drawVerbs({ twiml, place }) {
  const verbs = twiml.map((verb, number) => {
    const item = document.createElement("li");
    const code = document.createElement("code");
    code.textContent = verb;
    item.append(code);
    if (number === place) item.setAttribute("aria-current", "step");
    return item;
  });
  $("verbs").replaceChildren(...verbs);
  $("no-twiml").hidden = verbs.length > 0;
}

function stateOf({ state, talks, wants, called }) {
  if (called && state === "ringing") return words.call_rings;
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
  drawVerbs(phone);
  speak(who, phone.heard);
  $("heard").firstElementChild.replaceChildren(...phone.heard.map(drawHeard));
  $("heard").scrollTop = $("heard").scrollHeight;
  $("no-call").hidden = phone.heard.length > 0;
  $("call-shop").hidden = live;
  const rings = phone.called && phone.state === "ringing";
  for (const button of form.querySelectorAll("[data-answers]")) button.hidden = !rings;
  $("call-end").hidden = !live;
  for (const key of form.querySelectorAll("[data-key]")) key.disabled = !live;
  const speaks = phone.wants === "speech" || phone.wants === "recording";
  form.elements.text.disabled = !speaks;
  form.querySelector("button.say").disabled = !speaks;
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
for (const button of form.querySelectorAll("[data-answers]"))
  button.addEventListener("click", () => now(button.dataset.answers));
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
aloud.checked = localStorage.getItem(ALOUD) === "1";
aloud.addEventListener("change", () => {
  localStorage.setItem(ALOUD, aloud.checked ? "1" : "");
  if (!aloud.checked) speechSynthesis.cancel();
});
// The keys of the keyboard are those of the telephone, wherever on it one is.
$("calls").addEventListener("keydown", (event) => {
  if (event.target.matches("textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = form.querySelector(`[data-key="${CSS.escape(event.key)}"]:enabled`);
  if (!key) return;
  event.preventDefault();
  key.click();
});
keep(person, null);
drawers.push(draw);
draw().catch(() => {}); // the line above says when we are disconnected
