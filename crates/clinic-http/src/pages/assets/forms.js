// Forms that ask something of the clinic are sent without leaving the page, and what is refused is said on it.

import { refocus } from "./patch.js";

const [said, refusals] = [document.getElementById("said"), document.getElementById("refused")];
const dialog = document.getElementById("dialog");

/** How long it is said that something was done. */
const SAID_MS = 5_000;
/** How often a wish is sent again, with the same id, before its sender is told that it could not be. */
const TRIES = 3;

/** An id for a wish. `randomUUID` is there only where a page came by TLS, or from this machine. */
function fresh() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Says something for a while; what was refused stays until somebody has read it. */
export function say(text, bad = false) {
  const toast = document.createElement("p");
  toast.textContent = text;
  toast.className = bad ? "toast bad" : "toast";
  if (!bad) {
    setTimeout(() => toast.remove(), SAID_MS);
    said.append(toast);
    return;
  }
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", refusals.dataset.close);
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  refusals.replaceChildren(toast);
}

/** A problem's detail as people say it: a sentence, with times of the clock on the wall. */
function sentence(text) {
  const told = text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (at) => {
    const time = new Date(at);
    const today = time.toDateString() === new Date().toDateString();
    return today ? time.toLocaleTimeString([], { timeStyle: "short" }) : time.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  });
  return told.charAt(0).toUpperCase() + told.slice(1).replace(/\.?$/, ".");
}

const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });

/** Wishes that nobody has answered: asked once more they have the id that they had. */
const unanswered = new WeakMap();
const sending = new WeakSet();

function wish(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  body.delete("key");
  const before = unanswered.get(form);
  const same = before?.body.toString() === body.toString();
  const now = { body: new URLSearchParams(body), key: same ? before.key : fresh() };
  unanswered.set(form, now);
  body.set("key", now.key);
  return body;
}

async function send(form, submitter) {
  const body = wish(form, submitter);
  const headers = { Accept: "application/json" };
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers });
      if (answer.status !== 503) unanswered.delete(form);
      if (answer.status !== 503 || tries === TRIES) return answer;
    } catch (lost) {
      if (tries === TRIES) throw lost;
    }
    await wait(500 * tries);
  }
}

async function ask(form, submitter) {
  const button = submitter ?? form.querySelector("button");
  if (sending.has(form)) return;
  sending.add(form);
  button?.setAttribute("aria-busy", "true");
  try {
    const answer = await send(form, submitter);
    const told = await answer.json();
    if (answer.ok) done(form);
    else refused(form, told);
  } catch {
    say(document.body.dataset.failed, true);
  } finally {
    sending.delete(form);
    button?.removeAttribute("aria-busy");
  }
}

function done(form) {
  refusals.replaceChildren();
  form.closest("details[open]")?.removeAttribute("open");
  if (form.dataset.done) say(form.dataset.done);
  if (dialog.contains(form)) dialog.close();
  // A script of the page may go on by itself.
  if (!form.dispatchEvent(new CustomEvent("granted", { bubbles: true, cancelable: true }))) return;
  const back = new FormData(form).get("back");
  // A live page shows what came of it by itself; any other is loaded anew.
  const here = back && new URL(back, location.href).pathname === location.pathname;
  if (here && document.body.dataset.live) form.reset();
  else if (back) location.assign(back);
}

/** The field of a form that a problem is about: `labels.3` is about `labels`. */
function fieldOf(form, named) {
  for (let name = named ?? ""; name; name = name.slice(0, Math.max(0, name.lastIndexOf(".")))) {
    const [exact, kinds] = [CSS.escape(name), CSS.escape(`${name}:`)];
    const field = form.querySelector(`[name="${exact}"], [name^="${kinds}"]`);
    if (field && field.type !== "hidden") return field;
  }
  return null;
}

function refused(form, problem) {
  const told = form.querySelector(".problem") ?? document.createElement("p");
  const text = problem.sentence ?? sentence(problem.detail ?? problem.title ?? "");
  if (form.querySelector("input:not([type=hidden]), textarea, select")) {
    const field = fieldOf(form, problem.field);
    told.className = "problem";
    told.setAttribute("role", "alert");
    told.tabIndex = -1;
    told.textContent = text;
    // Where it is read: by its field, or else above all.
    if (field) (field.closest("label") ?? field).before(told);
    else form.prepend(told);
    (field ?? told).focus();
  } else {
    told.remove();
    say(text, true);
  }
}

addEventListener("submit", (event) => {
  const form = event.target;
  if (!new URL(form.action).pathname.startsWith("/do/clinics/")) return;
  event.preventDefault();
  ask(form, event.submitter);
});

let asking = null;
let opener = null;

// Whoever leaves a dialog goes on where she came from, or near it.
dialog.addEventListener("close", () => {
  if (document.activeElement === document.body) refocus(opener.link, opener.part?.id, opener.list);
});

/** Shows a page of its own in a dialog. */
function open(link) {
  // What was asked for before, and has not come yet, is not wanted any more.
  asking?.abort();
  const page = new XMLHttpRequest();
  asking = page;
  link.setAttribute("aria-busy", "true");
  page.responseType = "document";
  page.onload = () => {
    const main = page.status === 200 && page.responseURL === link.href && page.response?.querySelector("main");
    // Another page than was asked for, such as the one for signing in, is no dialog.
    if (!main) location.assign(link.href);
    else if (!dialog.open) show(document.adoptNode(main.firstElementChild), link);
  };
  page.onerror = () => say(document.body.dataset.failed, true);
  page.onloadend = () => link.removeAttribute("aria-busy");
  page.open("GET", link.href);
  page.send();
}

function show(asked, link) {
  const part = link.closest("[data-own] > [id]");
  opener = { link, part, list: part?.parentElement };
  dialog.replaceChildren(asked);
  dialog.querySelector("h1")?.setAttribute("id", "dialog-name");
  dialog.setAttribute("aria-labelledby", "dialog-name");
  dialog.showModal();
}

// A double click is one wish: the second click may meet another button than the first.
addEventListener("click", (event) => {
  if (event.detail > 1 && event.target.closest?.("button, a[data-dialog]")) event.preventDefault();
}, { capture: true });

addEventListener("click", (event) => {
  const link = event.target.closest?.("a");
  if (link?.matches("[data-dialog]") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    link.closest("details[open]")?.removeAttribute("open");
    if (event.detail < 2) open(link);
  } else if (link?.matches("[data-dismiss]") && dialog.open) {
    event.preventDefault();
    dialog.close();
  }
  // A menu closes when somebody clicks beside it.
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
});

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.removeAttribute("open");
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  }
});
