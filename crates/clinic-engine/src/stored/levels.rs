//! Levels of forms, for nodes that are upgraded one after another while they share a log.
//!
//! An older node cannot read a form that is new, and would stop serving every clinic that has one. So what a
//! new version adds is written only from the level on that all nodes have agreed on. To add an event or a
//! form: raise [`LEVEL`] once for the release, and name it in [`LEVELS`].

use clinic_domain::event::Event;

/// The level that this version can write.
pub const LEVEL: u32 = 1;

/// A form that needs more than level 1.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    /// The event's name.
    pub event: &'static str,
    /// The version of its form.
    pub version: &'static str,
    /// The level that it needs.
    pub level: u32,
}

/// Every form that needs more than level 1: none, for every event is as old as the first log.
pub const LEVELS: &[Level] = &[];

/// The level that an event needs to be written.
#[must_use]
pub fn level_of(event: &Event) -> u32 {
    level(event.name(), event.version(), LEVELS)
}

fn level(event: &str, version: &str, levels: &[Level]) -> u32 {
    let needs = levels.iter().find(|needs| needs.event == event && needs.version == version);
    needs.map_or(1, |needs| needs.level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_needs_its_own_level_and_every_other_the_first() {
        let levels = [Level { event: "NoteAdded", version: "2", level: 3 }];
        assert_eq!(level("NoteAdded", "2", &levels), 3);
        assert_eq!(level("NoteAdded", "1", &levels), 1);
        assert_eq!(level("CheckedIn", "2", &levels), 1);
        assert!(
            LEVELS.iter().all(|needs| needs.level <= LEVEL),
            "no version writes what it cannot"
        );
    }
}
