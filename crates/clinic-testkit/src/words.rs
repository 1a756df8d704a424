//! Texts that are right by construction.

use clinic_domain::text::{Label, Note, Notice, PersonName, Reason, Slug, Title};

pub(crate) fn title(text: &str) -> Title {
    Title::parse(text).expect("a title of the kit is a title")
}

pub(crate) fn person(text: &str) -> PersonName {
    PersonName::parse(text).expect("a name of the kit is a name")
}

pub(crate) fn notice(text: &str) -> Notice {
    Notice::parse(text).expect("a notice of the kit is a notice")
}

pub(crate) fn note(text: &str) -> Note {
    Note::parse(text).expect("a note of the kit is a note")
}

pub(crate) fn reason(text: &str) -> Reason {
    Reason::parse(text).expect("a reason of the kit is a reason")
}

pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).expect("a label of the kit is a label")
}

/// The slug of a name: what is no letter or digit becomes a hyphen.
pub(crate) fn slug(name: &str) -> Slug {
    let letters =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' });
    let text: String = letters.collect();
    let text = text.trim_matches('-').to_ascii_lowercase();
    Slug::parse(&text).expect("a name of the kit gives a slug")
}
