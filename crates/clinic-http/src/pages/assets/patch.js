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

/** Puts a change: parts that are new, other or elsewhere, and those that are gone. */
export function put({ put: parts, gone }) {
  still(() => {
    for (const id of gone) document.getElementById(id)?.remove();
    for (const { id, within, after, html } of parts) {
      const list = document.getElementById(within);
      if (!list) continue;
      let part = document.getElementById(id);
      if (part && html) become(part, made(html));
      else if (html) part = made(html);
      if (!part) continue;
      part = document.getElementById(id) ?? part;
      const before = after ? document.getElementById(after) : null;
      const place = before?.parentElement === list ? before.nextElementSibling : list.firstElementChild;
      if (part.parentElement !== list || (place !== part && part.previousElementSibling !== before)) {
        list.insertBefore(part, place === part ? part.nextElementSibling : place);
      }
    }
  });
}

/** Puts all that there is: parts that are not named go. */
export function putAll(change) {
  const named = new Set(change.put.map(({ id }) => id));
  for (const { within } of change.put) {
    for (const part of [...(document.getElementById(within)?.children ?? [])]) {
      if (!named.has(part.id)) part.remove();
    }
  }
  put(change);
}

let pointer = null;
addEventListener("pointermove", (event) => { pointer = [event.clientX, event.clientY]; }, { passive: true });
document.documentElement.addEventListener("pointerleave", () => { pointer = null; });

/** Changes the page so that the row under the pointer does not jump away from under it. */
function still(change) {
  const under = pointer && document.elementFromPoint(...pointer)?.closest("[data-arrival]");
  const before = under?.getBoundingClientRect().top;
  change();
  if (!under?.isConnected) return;
  const jump = under.getBoundingClientRect().top - before;
  if (Math.abs(jump) < 1) return;
  scrollBy({ top: jump, behavior: "instant" });
  const rest = under.getBoundingClientRect().top - before;
  // Where the page cannot be scrolled further up, room is made above, until the pointer goes.
  if (rest < -1) {
    const list = under.parentElement;
    list.style.paddingBlockStart = `${parseFloat(getComputedStyle(list).paddingBlockStart) - rest}px`;
    list.addEventListener("pointerleave", () => { list.style.paddingBlockStart = ""; }, { once: true });
  }
}
