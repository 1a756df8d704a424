//! Counting what comes in.

use clinic_domain::time::Millis;
use clinic_engine::throttle::{Counted, Counts, TooMany};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Guess(&'static str);

impl Counted for Guess {
    fn limit(&self) -> usize {
        2
    }
}

const WINDOW: Millis = Millis::seconds(60);

fn at(seconds: u64) -> Millis {
    Millis::seconds(seconds)
}

fn admit(counts: &Counts<Guess>, name: &'static str, seconds: u64) -> bool {
    counts.admit(vec![Guess(name)], &[], at(seconds)).is_ok()
}

#[test]
fn as_many_as_the_limit_come_in_and_there_is_room_again_when_the_first_is_over() {
    let counts = Counts::new(WINDOW, 10);
    assert!(admit(&counts, "a", 0) && admit(&counts, "a", 10));
    let refused = counts.admit(vec![Guess("a")], &[], at(20));
    assert_eq!(refused, Err(TooMany { key: Guess("a"), retry_after: at(40) }));
    assert!(admit(&counts, "b", 20), "others come in");
    assert!(!admit(&counts, "a", 59));
    assert!(admit(&counts, "a", 60), "the first is over");
    assert!(!admit(&counts, "a", 61), "the second is not");
    assert!(admit(&counts, "a", 70));
}

#[test]
fn what_is_refused_is_not_counted_and_what_is_asked_is_not_either() {
    let counts = Counts::new(WINDOW, 10);
    assert!(admit(&counts, "full", 0) && admit(&counts, "full", 0));
    for _ in 0..5 {
        let both = counts.admit(vec![Guess("other"), Guess("full")], &[], at(1));
        assert_eq!(both.map_err(|many| many.key), Err(Guess("full")));
        let asked = counts.admit(vec![Guess("other")], &[Guess("full")], at(1));
        assert_eq!(asked.map_err(|many| many.key), Err(Guess("full")));
        assert_eq!(counts.admit(vec![], &[Guess("other")], at(1)), Ok(()));
    }
    assert!(admit(&counts, "other", 1) && admit(&counts, "other", 1));
    assert!(!admit(&counts, "other", 1));
}

#[test]
fn what_is_forgiven_leaves_room_and_forgiving_too_often_does_not() {
    let counts = Counts::new(WINDOW, 10);
    assert!(admit(&counts, "a", 0) && admit(&counts, "a", 1));
    counts.forgive(&Guess("a"), at(5));
    assert!(!admit(&counts, "a", 2), "nothing was counted at that instant");
    for _ in 0..3 {
        counts.forgive(&Guess("a"), at(1));
    }
    assert!(admit(&counts, "a", 2));
    assert!(!admit(&counts, "a", 2), "the other one still counts");
    counts.forgive(&Guess("nobody"), at(0));
}

#[test]
fn a_flood_of_names_forgets_the_idlest_and_never_takes_more_room() {
    let counts = Counts::new(WINDOW, 2);
    for name in ["a", "b", "a", "b"] {
        assert!(admit(&counts, name, 1));
    }
    assert!(admit(&counts, "c", 2), "there is room for two: one of the idle is forgotten");
    let still: Vec<bool> =
        ["a", "b"].map(|name| counts.admit(vec![], &[Guess(name)], at(2)).is_ok()).into();
    assert_eq!(still, [true, false], "the first of those that are equally idle");
    for _ in 0..5 {
        counts.count(Guess("d"), at(3));
    }
    assert!(!admit(&counts, "d", 62), "more than the limit tell nothing more");
    assert!(admit(&counts, "d", 63));
    assert!(!format!("{counts:?}").contains("Guess"), "what is counted is nobody's to print");
}
