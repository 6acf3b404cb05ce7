// The page on which one plays the customer. It draws what the sandbox has, whenever that changes.

const { base, words: written } = document.body.dataset;
export const words = JSON.parse(written);
export const lang = document.documentElement.lang;
const $ = (id) => document.getElementById(id);
const mailForm = $("mail-form");
const smsForm = $("sms-form");
const MAX_FILE_BYTES = 5 * 1024 * 1024;
const GATHER_MS = 60; // changes come in flocks; they are drawn once

export const TONES = {
  failed: "bad",
  undelivered: "bad",
  refused: "bad",
  unanswered: "bad",
  again: "soon",
  waiting: "soon",
  automatic: "soon",
  sent: "",
  delivered: "good",
  read: "good",
  received: "good",
  arrived: "good",
};

let answered = null; // the mail that is being answered
const drawn = { mail: "", sms: "" };
const came = { mail: null, sms: null }; // whose, and how many there were

// --- asking ---------------------------------------------------------------------------------

export async function ask(path, body) {
  const request = body
    ? {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Parley": "1" },
        body: JSON.stringify(body),
      }
    : {};
  let response;
  try {
    response = await fetch(`${base}/api/${path}`, request);
  } catch {
    throw new Error(words.error_network);
  }
  const answer = await response.json();
  if (!response.ok) throw new Error(words.error.replace("{detail}", answer.detail));
  return answer;
}

export function base64(file) {
  if (file.size > MAX_FILE_BYTES) throw new Error(words.error_too_large);
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(new Error(String(reader.error)));
    reader.readAsDataURL(file);
  });
}

/** Sends a form once, and says what went wrong. */
export async function submit(form, send) {
  const button = form.querySelector("button:not([type])");
  const error = form.querySelector(".error");
  const label = button.textContent;
  button.disabled = true;
  button.textContent = words.sending;
  error.hidden = true;
  try {
    await send();
  } catch (problem) {
    error.textContent = problem.message;
    error.hidden = false;
  }
  button.disabled = false;
  button.textContent = label;
}

// --- who one is -----------------------------------------------------------------------------

function chosen(select) {
  return select.options[select.selectedIndex];
}

function address() {
  return $("mail-person").value || mailForm.elements.address.value.trim();
}

function phone() {
  return $("sms-person").value || smsForm.elements.number.value.replaceAll(/[\s()-]/g, "");
}

export function keep(select, other, changed = () => {}) {
  const key = `parley-sandbox-${select.id}`;
  const before = localStorage.getItem(key);
  if (before !== null && [...select.options].some((option) => option.value === before))
    select.value = before;
  if (other) other.hidden = select.value !== "";
  select.addEventListener("change", () => {
    localStorage.setItem(key, select.value);
    if (other) other.hidden = select.value !== "";
    changed();
    draw();
  });
}

// --- drawing --------------------------------------------------------------------------------

function when(ms) {
  const date = new Date(ms);
  const today = date.toDateString() === new Date().toDateString();
  const day = today ? {} : { month: "short", day: "numeric" };
  return date.toLocaleString(lang, { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

export function clone(id) {
  return $(id).content.firstElementChild.cloneNode(true);
}

export function time(element, ms) {
  element.dateTime = new Date(ms).toISOString();
  element.textContent = when(ms);
}

export function state(element, name, code) {
  element.textContent = (words[`state_${name}`] ?? name) + (code ? ` (${code})` : "");
  element.className = `state ${TONES[name] ?? ""}`;
}

/** A mail's new words, and what it quotes below them. */
function parted(text) {
  const lines = text.split("\n");
  let end = lines.length;
  while (end > 0 && /^(>|\s*$)/.test(lines[end - 1])) end -= 1;
  if (!lines.slice(end).some((line) => line.startsWith(">"))) return [text, ""];
  return [lines.slice(0, end).join("\n"), lines.slice(end).join("\n").trim()];
}

function drawLetter(mail) {
  const item = clone("mail-template");
  item.classList.toggle("came", !mail.own);
  item.querySelector(".from").textContent = mail.sender_name || mail.sender;
  item.querySelector(".from").title = mail.sender;
  state(item.querySelector(".state"), mail.state);
  time(item.querySelector("time"), mail.at);
  // A mail that comes again says nothing new.
  const again = mail.state === "again";
  const [fresh, quoted] = again ? ["", ""] : parted(mail.text);
  item.querySelector(":scope > .words").textContent = fresh;
  const fold = item.querySelector(".quoted");
  if (quoted) fold.querySelector(".words").textContent = quoted;
  else fold.remove();
  item.querySelector(".failure").textContent = mail.detail;
  (again ? [] : mail.files).forEach((file, number) => {
    const entry = document.createElement("li");
    const name = `${file.filename} (${Math.ceil(file.size_bytes / 1024)} KB)`;
    if (mail.number === null) entry.textContent = name;
    else {
      const link = document.createElement("a");
      link.href = `${base}/api/mail/${mail.number}/files/${number}`;
      link.textContent = name;
      entry.append(link);
    }
    item.querySelector(".files").append(entry);
  });
  return item;
}

function drawThread(thread) {
  const article = clone("thread-template");
  article.querySelector("h3").textContent = thread.subject;
  article.querySelector("ol").append(...thread.mails.map(drawLetter));
  const last = thread.mails.findLast((mail) => !mail.own) ?? thread.mails.at(-1);
  article.querySelector(".answer").addEventListener("click", () => startAnswer(thread, last));
  return article;
}

function drawText(text) {
  const item = clone("text-template");
  item.classList.toggle("own", text.own);
  item.classList.toggle("lost", TONES[text.state] === "bad");
  item.querySelector(".words").textContent = text.text || (text.media.length ? "" : words.file);
  time(item.querySelector("time"), text.at);
  state(item.querySelector(".state"), text.state, text.code);
  for (const url of text.media) {
    const link = document.createElement("a");
    link.href = url;
    link.textContent = words.file;
    link.target = "_blank";
    link.rel = "noreferrer";
    item.querySelector(".files").append(link);
  }
  return item;
}

/** Says in words, to whoever does not see it, that something has come. */
export function announce(channel, who, count) {
  const before = came[channel];
  came[channel] = { who, count };
  if (before?.who === who && count > before.count)
    $("news").textContent = words[`news_${channel}`] ?? words.news_chat;
}

/** Draws anew what differs from what stands there. */
async function drawMail() {
  const who = address();
  const { items } = await ask(`mail?address=${encodeURIComponent(who)}`);
  const now = JSON.stringify([who, items]);
  if (now === drawn.mail || who !== address()) return;
  drawn.mail = now;
  $("threads").replaceChildren(...items.map(drawThread));
  announce("mail", who, items.flatMap((thread) => thread.mails).filter((mail) => !mail.own).length);
  $("no-mail").hidden = items.length > 0;
}

async function drawSms() {
  const who = phone();
  const { items } = who ? await ask(`sms?number=${encodeURIComponent(who)}`) : { items: [] };
  const now = JSON.stringify([who, items]);
  if (now === drawn.sms || who !== phone()) return;
  drawn.sms = now;
  const list = $("texts");
  list.replaceChildren(...items.map(drawText));
  announce("sms", who, items.filter((text) => !text.own).length);
  list.scrollTop = list.scrollHeight;
  $("no-sms").hidden = items.length > 0;
}

function drawFaults({ faults }) {
  for (const box of document.querySelectorAll("[data-fault]"))
    box.checked = faults[box.dataset.channel][box.dataset.fault];
  for (const count of document.querySelectorAll("[data-count]")) {
    const on = Object.values(faults[count.dataset.count]).filter(Boolean).length;
    count.textContent = on ? words.faults_on.replace("{n}", on) : "";
  }
}

/** What draws anew whenever something has changed; the page's other parts add their own. */
export const drawers = [drawMail, drawSms, () => ask("state").then(drawFaults)];

async function draw() {
  try {
    await Promise.all(drawers.map((drawer) => drawer()));
  } catch {
    // The line above says that we are disconnected; the next event draws again.
  }
}

// --- mail -----------------------------------------------------------------------------------

function startAnswer(thread, mail) {
  answered = mail;
  const bar = $("mail-reply");
  bar.hidden = false;
  bar.querySelector("span").textContent = words.replying_to.replace("{subject}", thread.subject);
  mailForm.elements.subject.value = /^(re|回复)\s*[:：]/i.test(thread.subject)
    ? thread.subject
    : `Re: ${thread.subject}`;
  $("mail-to").textContent = mail.own ? mail.recipient : mail.reply_to || mail.sender;
  mailForm.scrollIntoView({ block: "nearest" });
  mailForm.elements.text.focus({ preventScroll: true });
}

function startNew() {
  answered = null;
  $("mail-reply").hidden = true;
  $("mail-to").textContent = $("mail-to").dataset.shop;
  mailForm.elements.subject.value = "";
}

function showFile() {
  const [file] = mailForm.elements.file.files;
  $("mail-file").textContent = file?.name ?? "";
  $("mail-unfile").hidden = !file;
}

async function sendMail() {
  const { elements } = mailForm;
  const [file] = elements.file.files;
  const person = chosen($("mail-person"));
  await ask("mail", {
    from: address(),
    name: person.value ? person.dataset.name : elements.name.value,
    subject: elements.subject.value,
    text: elements.text.value,
    answers: answered?.id ?? "",
    file: file
      ? {
          filename: file.name,
          media_type: file.type || "application/octet-stream",
          base64: await base64(file),
        }
      : null,
  });
  elements.text.value = "";
  elements.file.value = "";
  showFile();
  startNew();
  draw();
}

// --- texts ----------------------------------------------------------------------------------

function showPicture() {
  const [file] = smsForm.elements.picture.files;
  $("sms-file").textContent = file?.name ?? "";
  $("sms-file").hidden = !file;
}

async function sendSms() {
  const { elements } = smsForm;
  const [picture] = elements.picture.files;
  const form = {
    from: phone(),
    to: elements.to.value,
    text: elements.text.value,
    picture: picture ? { media_type: picture.type, base64: await base64(picture) } : null,
  };
  await ask("sms", form);
  elements.text.value = "";
  elements.picture.value = "";
  showPicture();
  fit(elements.text);
  draw();
}

export function fit(area) {
  area.rows = Math.min(5, Math.max(1, area.value.split("\n").length));
}

// --- live -----------------------------------------------------------------------------------

function follow() {
  const line = $("line");
  let drawing = 0;
  const tell = (live) => {
    line.textContent = live ? line.dataset.live : line.dataset.offline;
    line.classList.toggle("on", live);
  };
  const events = new EventSource(`${base}/api/events`);
  events.onopen = () => tell(true);
  events.onerror = () => tell(false);
  events.onmessage = () => {
    clearTimeout(drawing);
    drawing = setTimeout(draw, GATHER_MS);
  };
}

keep($("mail-person"), $("mail-other"), startNew);
keep($("sms-person"), $("sms-other"));
mailForm.elements.address.addEventListener("change", draw);
smsForm.elements.number.addEventListener("change", draw);
mailForm.elements.file.addEventListener("change", showFile);
smsForm.elements.picture.addEventListener("change", showPicture);
smsForm.elements.text.addEventListener("input", ({ target }) => fit(target));
$("mail-new").addEventListener("click", startNew);
$("mail-unfile").addEventListener("click", () => {
  mailForm.elements.file.value = "";
  showFile();
});
mailForm.addEventListener("submit", (event) => {
  event.preventDefault();
  submit(mailForm, sendMail);
});
smsForm.addEventListener("submit", (event) => {
  event.preventDefault();
  submit(smsForm, sendSms);
});
smsForm.elements.text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    smsForm.requestSubmit();
  }
});
for (const box of document.querySelectorAll("[data-fault]"))
  box.addEventListener("change", async () => {
    const { channel, fault } = box.dataset;
    try {
      drawFaults(await ask("faults", { channel, fault, on: box.checked }));
    } catch {
      box.checked = !box.checked;
    }
  });
follow();
draw();
