//! What `run` tells of each line: whom a refusal lists, and headings of any length.

use crate::support::{clinic_reading, day};

#[test]
fn case_06_a_room_that_is_not_empty_lists_who_is_inside_and_who_may_come_back() {
    let lines = r#"{"do":"check-in","handle":"m","room":"reception","name":"Kim Ito"}
{"do":"check-in","handle":"n","room":"reception","name":"Kim Ito"}
{"do":"check-in","handle":"o","room":"reception","name":"Ole Berg"}
{"by":"member:ada","do":"open-room","handle":"lab","name":"Lab","slug":"lab"}
{"by":"member:ada","do":"assign-member","room":"lab","member":"ada"}
{"by":"member:ada","do":"set-policy","room":"lab","accept_window":"05:00"}
{"by":"member:rita","do":"transfer","visit":"o","to":"lab"}
{"by":"member:ada","do":"unassign-member","room":"reception","member":"rita","expect":"Room.LastMember"}
{"by":"member:ada","do":"archive-room","room":"reception","expect":"Room.NotEmpty"}"#;
    let ran = clinic_reading(&["run", "-", "--width", "80"], day(lines).as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.out);
    let printed = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let inside = "inside: Kim Ito (m), Kim Ito (n)";
    assert!(printed.contains(&format!("{inside} (Room.LastMember)")), "{printed}");
    let both = format!("{inside}; may come back: Ole Berg (o) (Room.NotEmpty)");
    assert!(printed.contains(&both), "{printed}");
}

#[test]
fn headings_go_on_below_when_they_are_longer_than_the_line() {
    let lines = day(r#"{"do":"wait","say":"SAY"}"#);
    let lines = lines.replace("Harbour Clinic", "A clinic of quite a long name at the harbour");
    let lines = lines.replace("SAY", &"step by step ".repeat(15));
    let ran = clinic_reading(&["run", "-", "--width", "80"], lines.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
}
