// The messengers of the sandbox page: one telephone each, all of the customer that is chosen.

import { announce, ask, base64, clone, drawers, fit, keep, state, submit, time, TONES } from "./sandbox.js";

const base = document.body.dataset.base;
const person = document.getElementById("chats-person");
const drawn = {};

function drawSaid(name, said) {
  const item = clone("said-template");
  item.classList.toggle("own", said.own);
  item.classList.toggle("lost", said.own && TONES[said.state] === "bad");
  item.querySelector(".words").textContent = said.text;
  time(item.querySelector("time"), said.at);
  // "Sent" is no news on the telephone that it was sent to.
  if (said.own || said.state !== "sent") state(item.querySelector(".state"), said.state);
  const picture = item.querySelector("img");
  if (said.file) picture.src = `${base}/api/chats/${name}/files/${encodeURIComponent(said.file)}`;
  picture.hidden = !said.file;
  const choices = item.querySelector(".choices");
  choices.replaceChildren(...said.choices.map((choice) => drawChoice(name, said, choice)));
  choices.hidden = said.choices.length === 0;
  return item;
}

function drawChoice(name, said, choice) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = choice.label;
  button.addEventListener("click", () => {
    const form = document.getElementById(`chat-${name}`);
    submit(form, () => tap(name, said.id, choice.id));
  });
  const item = document.createElement("li");
  item.append(button);
  return item;
}

async function tap(channel, message, choice) {
  await ask("chats/taps", { person: person.value, channel, message, choice });
  await draw();
}

/** What stands below the conversation: buttons, and lists of buttons that open. */
function drawMenu(form, entries) {
  const menu = form.querySelector(".menu");
  const now = JSON.stringify(entries);
  if (menu.dataset.drawn === now) return;
  menu.dataset.drawn = now;
  menu.hidden = entries.length === 0;
  menu.firstElementChild.replaceChildren(...entries.map((entry) => drawEntry(form, entry)));
}

function drawEntry(form, entry) {
  const item = document.createElement("li");
  if (entry.entries.length === 0) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = entry.name;
    button.addEventListener("click", () => {
      // A page opens at once, as on a telephone, whatever the shop is told of it.
      if (entry.type === "view") window.open(entry.url, "_blank", "noopener");
      item.closest("details")?.removeAttribute("open");
      submit(form, () => press(form.dataset.chat, entry.place));
    });
    item.append(button);
    return item;
  }
  const more = document.createElement("details");
  const summary = document.createElement("summary");
  const list = document.createElement("ul");
  more.name = `menu-${form.dataset.chat}`;
  summary.textContent = entry.name;
  list.replaceChildren(...entry.entries.map((each) => drawEntry(form, each)));
  more.append(summary, list);
  item.append(more);
  return item;
}

async function press(channel, place) {
  await ask("chats/menus", { person: person.value, channel, place });
  await draw();
}

function drawChat(form, who, items) {
  const { chat: name } = form.dataset;
  const now = JSON.stringify([who, items]);
  if (now === drawn[name]) return;
  drawn[name] = now;
  const log = form.querySelector(".said");
  log.firstElementChild.replaceChildren(...items.map((said) => drawSaid(name, said)));
  log.scrollTop = log.scrollHeight;
  form.querySelector(".empty").hidden = items.length > 0;
  announce(name, who, items.filter((said) => !said.own).length);
}

async function draw() {
  const who = person.value;
  const { items, menus } = await ask(`chats?person=${encodeURIComponent(who)}`);
  if (who !== person.value) return;
  for (const form of forms) drawChat(form, who, items[form.dataset.chat]);
  for (const form of forms) drawMenu(form, menus[form.dataset.chat] ?? []);
  const unread = Object.values(items)
    .flat()
    .some((said) => said.state === "delivered" && !said.own);
  if (unread && document.visibilityState === "visible") await ask("chats/seen", { person: who });
}

function showPicture(form) {
  const [file] = form.elements.picture.files;
  const line = form.querySelector(".chosen");
  line.textContent = file?.name ?? "";
  line.hidden = !file;
}

async function send(form) {
  const { picture: chosen, text } = form.elements;
  const [file] = chosen.files;
  await ask("chats", {
    person: person.value,
    channel: form.dataset.chat,
    text: text.value,
    picture: file ? { media_type: file.type, base64: await base64(file) } : null,
  });
  text.value = "";
  chosen.value = "";
  showPicture(form);
  fit(text);
  await draw();
}

const forms = [...document.querySelectorAll("[data-chat]")];
for (const form of forms) {
  const { picture, text } = form.elements;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(form, () => send(form));
  });
  picture.addEventListener("change", () => showPicture(form));
  text.addEventListener("input", () => fit(text));
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}
document.addEventListener("visibilitychange", () => draw().catch(() => {}));
keep(person, null);
drawers.push(draw);
draw().catch(() => {}); // the line above says when we are disconnected
