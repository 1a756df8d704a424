// One stream for all tabs that show the same: browsers open six connections to a server at most, and a
// stream holds one. One tab reads it and tells the others.

import { put, putAll } from "./patch.js";

/** A stream that says nothing for so long is dead: the server says something every four seconds. */
const SILENCE_MS = 12_000;
/** Between two tries to connect: a second at first, later some. */
const RETRY_MS = [1_000, 1_000, 2_000, 3_000, 5_000];

const root = document.body;
const lost = document.getElementById("lost");

/** Tells the reader that the connection is lost, or back. */
function connected(is) {
  lost.textContent = is ? "" : root.dataset.lost;
  root.toggleAttribute("data-offline", !is);
}

function show(message) {
  if (message.first) putAll(message.change);
  else put(message.change);
  document.dispatchEvent(new CustomEvent("changed", { detail: message }));
}

/** Follows a stream in this tab, or by another one that does. */
export function follow(url) {
  const others = new BroadcastChannel(`clinic ${url}`);
  // What a tab that comes later has to be told.
  const parts = new Map();
  let leads = false;
  let fresh = true;
  others.onmessage = ({ data }) => {
    if (data.kind === "hello" && leads && parts.size > 0) {
      others.postMessage({ kind: "change", first: true, change: { put: [...parts.values()], gone: [] } });
    } else if (data.kind === "change") {
      if (!fresh || data.first) show(data);
      fresh = fresh && !data.first;
      connected(true);
    } else if (data.kind === "lost") {
      connected(false);
    } else if (data.kind === "end") {
      ended(data.why);
    }
  };
  const lead = () => read(url, {
    change(first, change) {
      if (first) parts.clear();
      for (const id of change.gone) parts.delete(id);
      for (const part of change.put) {
        const { html } = parts.get(part.id) ?? {};
        parts.delete(part.id);
        parts.set(part.id, { html, ...part });
      }
      const message = { kind: "change", first, change };
      show(message);
      others.postMessage(message);
    },
    connected(is) {
      connected(is);
      others.postMessage({ kind: is ? "back" : "lost" });
    },
    end(why) {
      others.postMessage({ kind: "end", why });
      ended(why);
    },
  });
  if (!navigator.locks) {
    lead();
    return;
  }
  others.postMessage({ kind: "hello" });
  // Whoever holds the lock reads; when its tab closes, another takes over.
  navigator.locks.request(`clinic ${url}`, () => {
    leads = true;
    lead();
    return new Promise(() => {});
  });
}

function read(url, tell) {
  let tries = 0;
  const open = () => {
    const source = new EventSource(url);
    let first = true;
    let alarm = 0;
    const again = () => {
      clearTimeout(alarm);
      source.close();
      tell.connected(false);
      setTimeout(open, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
      tries += 1;
    };
    const heard = () => {
      clearTimeout(alarm);
      alarm = setTimeout(again, SILENCE_MS);
      tries = 0;
    };
    alarm = setTimeout(again, SILENCE_MS);
    source.addEventListener("change", ({ data }) => {
      heard();
      tell.connected(true);
      tell.change(first, JSON.parse(data));
      first = false;
    });
    source.addEventListener("beat", () => {
      heard();
      tell.connected(true);
    });
    source.addEventListener("end", ({ data }) => {
      const { why } = JSON.parse(data);
      if (why !== "no-right") return again();
      clearTimeout(alarm);
      source.close();
      tell.end(why);
    });
    source.onerror = again;
    // A page that slept has slept through its alarm, too.
    addEventListener("online", () => source.readyState === EventSource.CLOSED || again(), { once: true });
  };
  open();
}

/** Nothing more will come: the page that this address shows now is another one. */
function ended() {
  location.reload();
}
