// What every page does: clocks count, forms are sent in place, and what is live follows its stream.

import "./forms.js";
import { follow } from "./live.js";

// By the server's clock: that of this machine may be wrong.
const ahead = Date.parse(document.body.dataset.now) - Date.now();

function lasted(since) {
  const seconds = Math.max(0, Math.floor((Date.now() + ahead - since) / 1_000));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
}

function count() {
  for (const clock of document.querySelectorAll("time.clock")) {
    const text = lasted(Date.parse(clock.dateTime));
    if (clock.textContent !== text) clock.textContent = text;
  }
}

/** What the tab says of itself. */
function title() {
  const said = document.querySelector("[data-title]")?.dataset.title;
  if (said) document.title = said;
}

count();
title();
setInterval(count, 1_000);
document.addEventListener("changed", () => {
  count();
  title();
});

const { live, reader } = document.body.dataset;
if (live) follow(live, reader);
