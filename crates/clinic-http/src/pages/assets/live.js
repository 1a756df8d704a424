// One stream for all tabs that show the same: browsers open six connections to a server at most, and a
// stream holds one. One tab reads it and tells the others.

import { put } from "./patch.js";

/** A stream that says nothing for so long is dead: the server says something every four seconds. */
const SILENCE_MS = 12_000;
/** Between two tries to connect: a second at first, later some. */
const RETRY_MS = [1_000, 1_000, 2_000, 3_000, 5_000];

const lost = document.getElementById("lost");

/** Tells the reader that the connection is lost, or back. */
function connected(is) {
  const text = is ? "" : document.body.dataset.lost;
  if (lost.textContent !== text) lost.textContent = text;
}

async function show({ change, first }) {
  await put(change, first);
  document.dispatchEvent(new CustomEvent("changed"));
}

/** Nothing more will come: what this address shows now is another page. */
function ended() {
  location.reload();
}

/** Follows a stream in this tab, or by another one of the same reader that does. */
export function follow(url, reader) {
  if (!navigator.locks) {
    read(url, { change: (change, first) => show({ change, first }), connected, beat() {}, ended });
    return;
  }
  const name = `clinic ${reader} ${url}`;
  const others = new BroadcastChannel(name);
  // What a tab that comes later has to be told.
  const parts = new Map();
  let shown = false;
  let stop = null;
  let alarm = 0;
  const heard = () => {
    clearTimeout(alarm);
    // A tab that leads and says nothing hangs, or its device has put it to sleep.
    if (!stop) alarm = setTimeout(lead, SILENCE_MS, { steal: true });
  };
  others.onmessage = ({ data }) => {
    if (data.kind === "hello") {
      if (stop && parts.size > 0) {
        others.postMessage({ kind: "change", first: true, change: { put: inOrder(parts), gone: [] } });
      }
      return;
    }
    heard();
    if (data.kind === "change") {
      // Until it has been told everything, a change is a change of nothing.
      if (shown || data.first) show(data);
      shown = shown || data.first;
    } else if (data.kind === "connected") {
      connected(data.is);
    } else if (data.kind === "ended") {
      ended();
    }
  };
  const tell = {
    change(change, first) {
      if (first) parts.clear();
      for (const id of change.gone) parts.delete(id);
      for (const part of change.put) {
        parts.set(part.id, { ...part, html: part.html ?? parts.get(part.id)?.html });
      }
      show({ change, first });
      others.postMessage({ kind: "change", first, change });
    },
    connected(is) {
      connected(is);
      others.postMessage({ kind: "connected", is });
    },
    beat() {
      others.postMessage({ kind: "beat" });
    },
    ended() {
      others.postMessage({ kind: "ended" });
      ended();
    },
  };
  // Whoever holds the lock reads. When its tab closes, or hangs, another takes over; if it wakes, it follows.
  function lead(how = {}) {
    if (how.steal) connected(false);
    const held = navigator.locks.request(name, how, () => {
      clearTimeout(alarm);
      stop = read(url, tell);
      return new Promise(() => {});
    });
    held.catch(() => {
      stop?.();
      stop = null;
      parts.clear();
      heard();
      lead();
    });
  }
  others.postMessage({ kind: "hello" });
  heard();
  lead();
}

/** Parts as they stand on the page, so that each is told behind the one that it stands behind. */
function inOrder(parts) {
  const place = ({ id }) => document.getElementById(id);
  const there = [...parts.values()].filter(place);
  return there.sort((a, b) => (place(a).compareDocumentPosition(place(b)) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
}

/** Reads a stream, again and again, until it is told to stop. */
function read(url, tell) {
  let [source, tries, alarm, stopped] = [null, 0, 0, false];
  const again = () => {
    clearTimeout(alarm);
    source.close();
    if (stopped) return;
    tell.connected(false);
    alarm = setTimeout(open, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
    tries += 1;
  };
  // What was followed is another thing now, such as a visit that was merged.
  const anew = () => {
    source.close();
    open();
  };
  const heard = () => {
    if (tries > 0 || source.fresh) tell.connected(true);
    tries = 0;
    clearTimeout(alarm);
    alarm = setTimeout(again, SILENCE_MS);
  };
  function open() {
    clearTimeout(alarm);
    if (stopped) return;
    source = new EventSource(url);
    source.fresh = true;
    alarm = setTimeout(again, SILENCE_MS);
    source.addEventListener("change", ({ data, target }) => {
      heard();
      tell.change(JSON.parse(data), target.fresh);
      target.fresh = false;
    });
    source.addEventListener("beat", () => {
      heard();
      tell.beat();
    });
    source.addEventListener("end", ({ data }) => {
      const { why } = JSON.parse(data);
      if (why === "no-right") tell.ended();
      else if (why === "again") anew();
      else again();
    });
    source.onerror = ({ target }) => {
      // A server that answered, and not with a stream, may have nothing more to say here.
      if (target.readyState === EventSource.CLOSED) asked(url, tell);
      again();
    };
  }
  addEventListener("online", () => stopped || source.readyState === EventSource.OPEN || open());
  open();
  return () => {
    stopped = true;
    again();
  };
}

async function asked(url, tell) {
  const answer = await fetch(url, { method: "HEAD", redirect: "manual" }).catch(() => null);
  if (answer && (answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status))) tell.ended();
}
