//! A link for a room that has only a name.

use clinic_domain::limits;
use clinic_domain::text::Slug;

/// The characters that a number behind the name may take: `-1000`, the last room of a clinic.
const NUMBER: usize = 5;

/// A lawful slug that resembles `name` and is not taken.
pub(super) fn slug(name: &str, taken: impl Fn(&Slug) -> bool) -> Option<Slug> {
    let mut letters = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            letters.push(c.to_ascii_lowercase());
        } else if !letters.is_empty() && !letters.ends_with('-') {
            letters.push('-');
        }
        if letters.len() == limits::SLUG_BYTES - NUMBER {
            break;
        }
    }
    let letters = letters.trim_end_matches('-');
    let name = if letters.is_empty() { "room" } else { letters };
    let numbered = (2..=limits::ROOMS).map(|n| format!("{name}-{n}"));
    let slugs = std::iter::once(name.to_owned()).chain(numbered);
    slugs.filter_map(|slug| Slug::parse(&slug).ok()).find(|slug| !taken(slug))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_resembles_the_name_and_is_lawful() {
        for (name, expected) in [
            ("52", "52"),
            ("Ward 7 (East)", "ward-7-east"),
            ("--", "room"),
            ("\u{547c}\u{5438}", "room"),
            ("Stra\u{df}e 1", "stra-e-1"),
            ("a-", "a"),
        ] {
            assert_eq!(slug(name, |_| false).unwrap().as_str(), expected);
        }
        assert_eq!(slug(&"x".repeat(100), |_| false).unwrap().as_str().len(), 58);
    }

    #[test]
    fn two_rooms_of_like_names_have_two_slugs() {
        let taken = ["ward-a", "ward-a-2"];
        let third = slug("WARD A", |slug| taken.contains(&slug.as_str()));
        assert_eq!(third.unwrap().as_str(), "ward-a-3");
        assert_eq!(slug("full", |_| true), None);
    }
}
