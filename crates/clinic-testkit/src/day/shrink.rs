//! The shortest day that still fails, found by leaving out moves and making the rest plainer.
//!
//! Proptest's own shrinking leaves out one move after another, once. What a move points at depends on
//! the moves before it, so leaving out a run of moves, again and again, ends in far shorter days.

use clinic_domain::actor::Actor;

use super::{Aim, Day, Gap, Morning, Move, Setup};

impl Day {
    /// A shorter, plainer day that fails as well. `fails` tells whether a day fails in the way that
    /// matters; it should say so of this one.
    #[must_use]
    pub fn shrunk(&self, fails: impl Fn(&Self) -> bool) -> Self {
        let mut day = self.clone();
        loop {
            let before = day.moves.len();
            day = day.with_plainer_setup(&fails);
            day = day.with_fewer_moves(&fails);
            day = day.with_plainer_moves(&fails);
            if day.moves.len() == before {
                return day;
            }
        }
    }

    fn with_plainer_setup(&self, fails: &impl Fn(&Self) -> bool) -> Self {
        let mut day = self.clone();
        for plainer in PLAINER_SETUP {
            let mut other = day.clone();
            plainer(&mut other.setup);
            if fails(&other) {
                day = other;
            }
        }
        day
    }

    fn with_fewer_moves(&self, fails: &impl Fn(&Self) -> bool) -> Self {
        let mut day = self.clone();
        let mut run = day.moves.len();
        while run > 0 {
            // From the end: what came last is what failed, or never mattered.
            let mut end = day.moves.len();
            while end > 0 {
                let start = end.saturating_sub(run);
                let mut fewer = day.clone();
                fewer.moves.drain(start..end);
                if fails(&fewer) {
                    day = fewer;
                }
                end = start;
            }
            run /= 2;
        }
        day
    }

    fn with_plainer_moves(&self, fails: &impl Fn(&Self) -> bool) -> Self {
        let mut day = self.clone();
        for n in 0..day.moves.len() {
            for plainer in PLAINER {
                let mut other = day.clone();
                if let Some(step) = other.moves.get_mut(n) {
                    plainer(step);
                }
                if fails(&other) {
                    day = other;
                }
            }
        }
        day
    }
}

/// Ways to make a set-up plainer, one after another.
const PLAINER_SETUP: [fn(&mut Setup); 11] = [
    |setup| setup.early.clear(),
    |setup| setup.crowded = false,
    |setup| setup.founder = Actor::Host,
    |setup| setup.hours = false,
    |setup| setup.windows = false,
    |setup| setup.morning = Morning::Monday,
    |setup| setup.personal = 0,
    |setup| setup.rooms = 2,
    |setup| setup.admins = 0,
    |setup| setup.owners = 0,
    |setup| setup.members = 2,
];

/// Ways to make a move plainer, one after another.
const PLAINER: [fn(&mut Move); 7] = [
    |step| step.after = Gap::Now,
    |step| step.by = Aim::Likely,
    |step| step.about = Aim::Likely,
    |step| step.who = 0,
    |step| step.what = 0,
    |step| step.other = 0,
    |step| step.how = 0,
];
