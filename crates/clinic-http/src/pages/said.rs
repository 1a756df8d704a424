//! What went wrong, as pages say it: a sentence, with times of the clock on the wall.

use clinic_domain::hours::Zone;
use clinic_domain::time::Timestamp;

use super::notice::moment;
use super::words as w;
use crate::Problem;

impl Problem {
    /// What is so this time, as a sentence, where no clinic's clock is known.
    pub(in crate::pages) fn sentence(&self) -> String {
        self.tell(|at| at.utc().map(|utc| w::in_utc(&utc.format("%H:%M").to_string())))
    }

    /// The same, by a clinic's clock.
    pub(in crate::pages) fn sentence_in(&self, zone: &Zone, now: Timestamp) -> String {
        self.tell(|at| {
            let (day, time) = moment(zone, at, now);
            Some(w::at_moment(day.as_deref(), &time))
        })
    }

    /// Whether it tells a time.
    pub(in crate::pages) fn tells_a_time(&self) -> bool {
        self.detail().split(' ').any(|word| instant(word).is_some())
    }

    fn tell(&self, clock: impl Fn(Timestamp) -> Option<String>) -> String {
        if let Some((inside, pending)) = self.inside() {
            return w::not_empty(inside, pending);
        }
        let words = self.detail().split(' ').map(|word| {
            let read = instant(word).and_then(|(at, rest)| Some(clock(at)? + rest));
            read.unwrap_or_else(|| word.to_owned())
        });
        let told = words.collect::<Vec<_>>().join(" ");
        let mut letters = told.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        let rest = letters.as_str().trim_end_matches('.');
        format!("{}{rest}.", first.unwrap_or_default())
    }
}

/// The instant that a word is, and the stops behind it.
fn instant(word: &str) -> Option<(Timestamp, &str)> {
    let at = word.trim_end_matches(['.', ',', ';', ':']);
    Some((Timestamp::parse(at)?, word.strip_prefix(at)?))
}
