// A desk tells of arrivals: by the title of its tab, and by a sound if its member wants one.

const button = document.getElementById("sound");
const name = document.title;
const KEPT = "clinic sound";
let known = null;
let sounds = localStorage.getItem(KEPT) === "on";
let audio = null;

function shown() {
  button.hidden = false;
  button.textContent = sounds ? button.dataset.on : button.dataset.off;
  button.setAttribute("aria-pressed", String(sounds));
}

button.addEventListener("click", () => {
  sounds = !sounds;
  localStorage.setItem(KEPT, sounds ? "on" : "off");
  shown();
  // Browsers let a page sound only after somebody has clicked on it.
  if (sounds) sound();
});

/** Two soft notes. */
function sound() {
  audio ??= new AudioContext();
  [[660, 0], [880, 0.18]].forEach(([pitch, after]) => {
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    const at = audio.currentTime + after;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.12, at + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.35);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.4);
  });
}

function look() {
  const here = new Set([...document.querySelectorAll("[data-arrival]")].map((row) => row.dataset.arrival));
  const waiting = [...document.querySelectorAll("[data-waiting]")].reduce((all, head) => all + Number(head.dataset.waiting), 0);
  document.title = waiting ? `(${waiting}) ${name}` : name;
  const arrived = known && [...here].some((visit) => !known.has(visit));
  if (arrived && sounds) sound();
  known = here;
}

shown();
look();
document.addEventListener("changed", look);
