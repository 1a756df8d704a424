// Puts what the server has rendered into the page, changing no more than differs: what somebody reads,
// types or points at stays where it is.

// The one place where text becomes HTML. It is parsed into a document of its own, in which no script runs.
const policy = globalThis.trustedTypes?.createPolicy("clinic", { createHTML: (html) => html });

/** The element that the server has rendered. */
export function made(html) {
  const parsed = new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
  return document.adoptNode(parsed.body.firstElementChild);
}

/** Makes `old` what `now` is. Children with an id keep their element, whatever moves around them. */
export function become(old, now) {
  if (old.nodeType !== now.nodeType || old.nodeName !== now.nodeName) {
    old.replaceWith(now);
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== now.data) old.data = now.data;
    return;
  }
  if (old.isEqualNode(now)) return;
  attributes(old, now);
  // What is inside is put part by part, or typed by somebody.
  if (old.hasAttribute("data-own") || old.matches("textarea, select")) return;
  children(old, now);
}

function attributes(old, now) {
  for (const { name } of [...old.attributes]) {
    // What the reader has opened stays open, and what a script has said stays said.
    if (!now.hasAttribute(name) && name !== "open" && !name.startsWith("aria-busy")) old.removeAttribute(name);
  }
  for (const { name, value } of now.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function children(old, now) {
  let next = old.firstChild;
  for (const child of [...now.childNodes]) {
    const known = child.id ? [...old.children].find((one) => one.id === child.id) : null;
    if (known && known !== next) old.insertBefore(known, next);
    const here = known ?? next;
    if (!here) {
      old.append(child);
      continue;
    }
    next = here.nextSibling;
    // A clock says how long by itself.
    if (here.nodeName === "TIME" && child.nodeName === "TIME" && !child.textContent && here.dateTime === child.dateTime) continue;
    become(here, child);
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}

/** How long the page may be at work before it looks whether its reader wants something. */
const SLICE_MS = 10;
let turn = Promise.resolve();

/**
 * Puts a change: parts that are new, other or elsewhere, and those that are gone. The first one of a stream has
 * all parts: what it does not name goes, too. Changes are put one after another, a slice at a time.
 */
export function put(change, first) {
  // One that fails is told by the browser, and holds up no other.
  const done = turn.then(() => slices(steps(change, first)));
  turn = done.catch(() => {});
  return done;
}

function* steps({ put: parts, gone }, first) {
  for (const id of gone) yield () => document.getElementById(id)?.remove();
  if (first) yield* strangers(parts);
  for (const part of parts) yield () => place(part);
}

function* strangers(parts) {
  const named = new Set(parts.map(({ id }) => id));
  for (const list of new Set(parts.map(({ within }) => within))) {
    for (const part of [...(document.getElementById(list)?.children ?? [])]) {
      if (!named.has(part.id)) yield () => part.remove();
    }
  }
}

async function slices(steps) {
  let next = steps.next();
  while (!next.done) {
    still(() => {
      const until = performance.now() + SLICE_MS;
      for (; !next.done && performance.now() < until; next = steps.next()) next.value();
    });
    if (!next.done) await new Promise((go) => { setTimeout(go); });
  }
}

function place({ id, within, after, html }) {
  const list = document.getElementById(within);
  const old = document.getElementById(id);
  if (!list || !(old || html)) return;
  if (old && html) become(old, made(html));
  const part = document.getElementById(id) ?? made(html);
  const before = after ? document.getElementById(after) : null;
  if (part.parentElement === list && part.previousElementSibling === before) return;
  list.insertBefore(part, before ? before.nextElementSibling : list.firstElementChild);
}

let pointer = null;
let acted = -Infinity;
addEventListener("pointermove", (event) => { pointer = [event.clientX, event.clientY]; }, { passive: true });
addEventListener("pointerup", () => { acted = performance.now(); }, { passive: true });
document.documentElement.addEventListener("pointerleave", () => { pointer = null; });

/** What follows a click within so long has been asked for: the row that was clicked on goes where it belongs. */
const ASKED_MS = 1_500;
/** The row under the pointer when the page last changed, and where on the screen it is to stay. */
let held = null;

/** Changes the page so that the row under the pointer does not jump away from under it, and focus stays. */
function still(change) {
  const asked = performance.now() - acted < ASKED_MS;
  const row = pointer && !asked && document.elementFromPoint(...pointer)?.closest("[data-arrival]");
  held = row ? { row, top: row.getBoundingClientRect().top } : null;
  const focused = document.activeElement;
  const part = focused?.closest("[data-own] > [id]");
  const list = part?.parentElement;
  change();
  if (part && document.activeElement !== focused) refocus(focused, part.id, list);
  stay();
}

/** Where a button is gone that had the focus, what stands in its part now has it, or in its list, or beside that; or the page. */
export function refocus(focused, id, list) {
  const kinds = [".acts :is(a, button)", "button", "a, summary"];
  const near = [document.getElementById(id), list, list?.closest("section")];
  const controls = near.flatMap((place) => kinds.map((one) => place?.querySelector(one)));
  const next = focused.isConnected ? focused : controls.find(Boolean);
  (next ?? document.getElementById("main")).focus({ preventScroll: true });
}

function stay() {
  if (!held?.row.isConnected) return;
  const moved = () => held.row.getBoundingClientRect().top - held.top;
  const jump = moved();
  if (Math.abs(jump) < 1) return;
  scrollBy({ top: jump, behavior: "instant" });
  const rest = moved();
  // Where the page cannot be scrolled further up, room is made above, until the pointer goes.
  if (rest < -1) {
    const list = held.row.parentElement;
    list.style.paddingBlockStart = `${parseFloat(getComputedStyle(list).paddingBlockStart) - rest}px`;
    const drop = () => { list.style.paddingBlockStart = ""; };
    list.addEventListener("pointerleave", drop, { once: true });
    addEventListener("pointerup", drop, { once: true });
  }
}

addEventListener("scroll", () => {
  if (held?.row.isConnected) held.top = held.row.getBoundingClientRect().top;
}, { passive: true });
// A row that comes near the screen is laid out only then, and is seldom as high as was thought.
new ResizeObserver(stay).observe(document.body);
