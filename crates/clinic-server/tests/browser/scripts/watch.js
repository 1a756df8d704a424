// Watches a page: its long tasks from the first on, what changes, and whether one row stays where it is.
const state = { longest: 0, tasks: [], changes: 0, frames: 0, jump: 0, jumps: [] };
new PerformanceObserver((list) => {
  for (const { duration, startTime } of list.getEntries()) {
    state.longest = Math.max(state.longest, duration);
    state.tasks.push([Math.round(startTime), Math.round(duration)]);
  }
}).observe({ type: 'longtask', buffered: true });
document.addEventListener('changed', () => { state.changes += 1; });
window.watched = {
  row(visit) {
    const row = document.getElementById(`row-${visit}`);
    const { top } = row.getBoundingClientRect();
    const look = () => {
      state.frames += 1;
      const moved = document.getElementById(`row-${visit}`).getBoundingClientRect().top - top;
      if (Math.abs(moved) >= 1 && state.jumps.length < 20) state.jumps.push([Math.round(performance.now()), moved]);
      state.jump = Math.max(state.jump, Math.abs(moved));
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    this.watchedRow = row;
  },
  seen(text) { return this.watchedRow.textContent.includes(text); },
  told() { return state; },
};
