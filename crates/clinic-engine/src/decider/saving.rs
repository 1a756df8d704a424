//! Saving states on the way, and starting from them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clinic_domain::event::Recorded;
use clinic_domain::ids::Position;
use clinic_domain::state::ClinicState;
use clinic_projections::views::{Boards, FOLD_VERSION, Views};
use clinic_projections::waits::{Ongoing, Waits};

use super::Decider;
use crate::limits;
use crate::ports::FoldId;
use crate::saved;

/// What the rules need.
pub(crate) const STATE: FoldId =
    FoldId { name: "clinic-state", version: ClinicState::FOLD_VERSION };
/// What a start shows beside the boards.
pub(crate) const WAITS: FoldId = FoldId { name: "waits", version: FOLD_VERSION };
/// What time travel shows.
pub(crate) const BOARDS: FoldId = FoldId { name: "boards", version: FOLD_VERSION };

/// Up to where states have been saved.
#[derive(Debug, Default)]
pub(super) struct Saves {
    boards: Position,
    all: Position,
    /// Bytes of the boards when they were last saved, or restored.
    weight: Arc<AtomicU64>,
}

impl Saves {
    /// Events after which the boards are saved again: large ones are not written over and over.
    fn boards_every(&self) -> u64 {
        let weight = self.weight.load(Ordering::Relaxed);
        limits::SAVE_BOARDS_EVERY.max(weight / limits::SAVED_BYTES_PER_EVENT)
    }
}

impl Decider {
    /// Saves the committed states if much has happened since they were saved last. It takes copies
    /// and leaves the rest to other threads; that a state was not saved costs time and nothing else.
    pub(super) fn save_now_and_then(&mut self, last: &Arc<Recorded>) {
        let since = |saved: Position| last.position.0.saturating_sub(saved.0);
        if since(self.saves.boards) < self.saves.boards_every() || !self.node.ports.states.keeps() {
            return;
        }
        self.saves.boards = last.position;
        let boards = self.live.with(Views::boards);
        let mut all = None;
        // What a command made the state load again is no part of what a start folds.
        let folded = self.loaded_at.is_none_or(|at| at < self.state.now());
        if folded && since(self.saves.all) >= limits::SAVE_ALL_EVERY {
            self.saves.all = last.position;
            all = Some((self.state.clone(), self.live.with(|views| views.waits.clone())));
        }
        let (node, clinic, last) = (Arc::clone(&self.node), self.state.id(), Arc::clone(last));
        let weight = Arc::clone(&self.saves.weight);
        tokio::spawn(async move {
            let written = tokio::task::spawn_blocking(move || {
                let mut written = vec![(BOARDS, saved::written(&last, &boards))];
                if let Some((state, waits)) = all {
                    let days: Vec<_> = waits.days_since(Position::START).collect();
                    written.push((WAITS, saved::written(&last, &(waits.ongoing(), days))));
                    written.push((STATE, saved::written(&last, &state)));
                }
                written
            });
            let states = &node.ports.states;
            let mut saved = vec![];
            for (fold, state) in written.await.unwrap_or_default() {
                // What is not saved makes the next start slower, and nothing else.
                let Ok(state) = state else { return };
                if fold == BOARDS {
                    weight.store(state.state.len() as u64, Ordering::Relaxed);
                }
                saved.push((fold, state.position));
                if states.save(clinic, fold, state).await.is_err() {
                    return;
                }
            }
            // Time travel starts from old boards; of the rest, a start needs the latest.
            for (fold, at) in saved.into_iter().filter(|(fold, _)| *fold != BOARDS) {
                let _larger_for_now = states.drop_before(clinic, fold, at).await;
            }
        });
    }

    /// Starts from the latest states that were saved together, if there are any.
    pub(super) async fn restore(&mut self) {
        let (ports, clinic) = (&self.node.ports, self.state.id());
        let latest = Position(u64::MAX);
        let Some((at, state)) = saved::load::<ClinicState>(ports, clinic, STATE, latest).await
        else {
            return;
        };
        let boards = saved::weighed::<Boards>(ports, clinic, BOARDS, at).await;
        let waits = saved::load::<(Ongoing, Vec<_>)>(ports, clinic, WAITS, at).await;
        let (Some((boards_at, boards, weight)), Some((waits_at, (ongoing, days)))) =
            (boards, waits)
        else {
            return;
        };
        if boards_at == at && waits_at == at && state.id() == clinic {
            self.state = state;
            self.next_due = self.state.next_due();
            self.logged_due = self.due_after(self.state.now());
            self.saves = Saves { boards: at, all: at, weight: Arc::new(weight.into()) };
            self.live.restore(boards.with(Waits::from_parts(ongoing, days)));
        }
    }
}
