// Watches a page: its long tasks from the first on, what changes, and whether the row under the pointer stays there.
const state = { longest: 0, tasks: [], changes: 0, frames: 0, jump: 0, jumps: [] };
new PerformanceObserver((list) => {
  for (const { duration, startTime } of list.getEntries()) {
    state.longest = Math.max(state.longest, duration);
    state.tasks.push({ at: Math.round(startTime), took: Math.round(duration) });
  }
}).observe({ type: 'longtask', buffered: true });
// What a frame that took long was busy with, for whoever reads why the test failed.
new PerformanceObserver((list) => {
  for (const frame of list.getEntries()) {
    const scripts = frame.scripts.map((one) => [one.invoker, Math.round(one.duration), Math.round(one.forcedStyleAndLayoutDuration)]);
    const layout = Math.round(frame.startTime + frame.duration - frame.styleAndLayoutStart);
    state.tasks.push({ frame: Math.round(frame.startTime), took: Math.round(frame.duration), layout, scripts });
  }
}).observe({ type: 'long-animation-frame', buffered: true });
document.addEventListener('changed', () => { state.changes += 1; });
let pointer = null;
addEventListener('pointermove', ({ clientX, clientY }) => { pointer = [clientX, clientY]; });
let row = null;
window.watched = {
  // The visit whose row the pointer is on; from here on it may not move.
  pointed() {
    row = pointer && document.elementFromPoint(...pointer)?.closest('[data-arrival]');
    if (!row) return null;
    const { top } = row.getBoundingClientRect();
    // What the test has done to get here was no work of the page's.
    Object.assign(state, { longest: 0, tasks: [] });
    const look = () => {
      state.frames += 1;
      const moved = Math.abs(row.getBoundingClientRect().top - top);
      if (moved >= 1 && state.jumps.length < 20) state.jumps.push([Math.round(performance.now()), moved]);
      state.jump = Math.max(state.jump, moved);
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    return row.dataset.arrival;
  },
  seen(text) { return row.textContent.includes(text); },
  told() { return state; },
};
