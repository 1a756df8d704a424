//! Reading the fields of a line. Each reader takes one field out; what is wrong with it is noted, and
//! then the line has no value there. What nobody has taken is not a field of that command.

use std::fmt::Display;

use clinic_domain::ids::PlaceVersion;
use clinic_domain::text::TextError;
use clinic_domain::time::{Millis, Timestamp};
use serde_json::Value;

use super::change::Change;
use super::handles::{Handle, Named, Roster};
use super::object::Object;
use super::problem::Problems;
use super::{Shown, time};
use crate::play::Seen;

/// The fields of one line that have not been taken yet, and where problems are noted.
pub(super) struct Fields<'a> {
    pub(super) line: usize,
    /// The name of the object that is read, with a dot, if it is not the line's own.
    within: String,
    left: Vec<(String, Value)>,
    pub(super) asked: Vec<String>,
    pub(super) roster: &'a mut Roster,
    problems: &'a mut Problems,
    /// The line's own instant.
    pub(super) at: Option<Timestamp>,
    /// The line's own command name, for what it brings.
    pub(super) id: Option<String>,
    pub(super) brings: Vec<Named>,
    pub(super) shown: Vec<(&'static str, Shown)>,
}

impl<'a> Fields<'a> {
    /// All fields of a line.
    pub(super) fn of(
        line: usize,
        object: Object,
        roster: &'a mut Roster,
        problems: &'a mut Problems,
    ) -> Self {
        let Object { fields: left, twice } = object;
        for path in twice {
            problems.field(line, &path, "stands here twice");
        }
        let (within, asked, at, id) = (String::new(), vec![], None, None);
        let (brings, shown) = (vec![], vec![]);
        Self { line, within, left, asked, roster, problems, at, id, brings, shown }
    }

    /// Notes that a field is wrong.
    pub(super) fn wrong(&mut self, name: &str, message: impl Display) {
        let name = format!("{}{name}", self.within);
        self.problems.field(self.line, &name, message);
    }

    /// Whether the line has the field.
    pub(super) fn has(&self, name: &str) -> bool {
        self.left.iter().any(|(other, _)| other == name)
    }

    /// The handle that a field holds, without taking it.
    pub(super) fn peek_handle(&self, name: &str) -> Option<Handle> {
        Handle::parse(&self.peek(name)?).ok()
    }

    /// Notes every field that nobody has taken.
    pub(super) fn finish(&mut self, of: &str) {
        let left = std::mem::take(&mut self.left);
        let known = self.asked.join(", ");
        for (name, _) in left {
            self.wrong(&name, format!("is no field of {of}, which has: {known}"));
        }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.asked.push(name.to_owned());
        let at = self.left.iter().position(|(other, _)| other == name)?;
        Some(self.left.remove(at).1)
    }

    /// What `read` makes of a field, if the line has it.
    fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.take(name)?;
        read(&value).map_err(|message| self.wrong(name, message)).ok()
    }

    /// What `read` makes of a field that the line must have.
    pub(super) fn needed<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        if self.has(name) {
            return self.optional(name, read);
        }
        self.take(name);
        self.wrong(name, "is missing");
        None
    }
}

/// Values.
impl Fields<'_> {
    /// A text that the line must have, in a form of its own.
    pub(super) fn text<T, E: Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let shown = self.peek(name);
        let value = self.needed(name, |value| parsed(value, parse))?;
        self.shown.extend(shown.map(|text| (name, Shown::Text(text))));
        Some(value)
    }

    /// A text that the line may have, in a form of its own.
    pub(super) fn text_if<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.optional(name, |value| parsed(value, parse))
    }

    /// A text that the line may have, or `null` to take it away.
    pub(super) fn text_or_null<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Change<T> {
        self.or_null(name, |value| parsed(value, parse))
    }

    /// A list of texts.
    pub(super) fn texts<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        self.needed(name, |value| list(value, &parse))
    }

    /// A list of texts that the line may have.
    pub(super) fn texts_if<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        self.optional(name, |value| list(value, &parse))
    }

    /// Yes or no; the line need not have it.
    pub(super) fn flag(&mut self, name: &str, default: bool) -> bool {
        let read =
            |value: &Value| value.as_bool().ok_or_else(|| "must be true or false".to_owned());
        self.optional(name, read).unwrap_or(default)
    }

    /// A whole number that the line may have.
    pub(super) fn number(&mut self, name: &str) -> Option<u32> {
        self.optional(name, number)
    }

    /// A whole number up to `limit` that the line may have.
    pub(super) fn number_within(&mut self, name: &str, limit: u32) -> Option<u32> {
        self.optional(name, |value| match number(value) {
            Ok(found) if found > limit => Err(format!("is {found}, at most {limit} is allowed")),
            Ok(found) => Ok(found),
            Err(_) => Err(format!("must be a whole number, at most {limit}")),
        })
    }

    /// A whole number that the line may have, or `null`.
    pub(super) fn number_or_null(&mut self, name: &str) -> Change<u32> {
        self.or_null(name, number)
    }

    /// A length of time that the line may have.
    pub(super) fn span(&mut self, name: &str) -> Option<Millis> {
        self.text_if(name, time::span)
    }

    /// A length of time up to `limit` that the line may have.
    pub(super) fn span_within(&mut self, name: &str, limit: Millis) -> Option<Millis> {
        self.text_if(name, |text| time::span_within(text, limit))
    }

    /// A length of time up to `limit` that the line may have, or `null`.
    pub(super) fn span_within_or_null(&mut self, name: &str, limit: Millis) -> Change<Millis> {
        self.text_or_null(name, |text| time::span_within(text, limit))
    }

    /// An instant that the line may have.
    pub(super) fn instant(&mut self, name: &str) -> Option<Timestamp> {
        self.text_if(name, time::instant)
    }

    /// One of a few words that the line must have.
    pub(super) fn word<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> Option<T> {
        self.text(name, |text| one_of(text, words))
    }

    /// One of a few words that the line may have.
    pub(super) fn word_if<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        self.text_if(name, |text| one_of(text, words))
    }

    /// The place version that a screen showed: a number, or `"now"`.
    pub(super) fn seen(&mut self) -> Option<Seen> {
        self.optional("seen", |value| match (value.as_str(), number(value)) {
            (Some("now"), _) => Ok(Seen::Now),
            (_, Ok(version)) if version > 0 => Ok(Seen::Version(PlaceVersion(version))),
            (_, _) => Err("must be a place version, from 1 on, or \"now\"".to_owned()),
        })
    }

    /// An object within the line that it must have.
    pub(super) fn object<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
    ) -> Option<T> {
        let fields = self.needed(name, object)?;
        self.within(name, fields, read)
    }

    /// An object within the line that it may have.
    pub(super) fn object_if<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
    ) -> Option<T> {
        let fields = self.optional(name, object)?;
        self.within(name, fields, read)
    }

    /// An object within the line, or `null` to take it away; the line must have one of the two.
    pub(super) fn object_or_null<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
    ) -> Change<T> {
        if self.peek_null(name) {
            self.take(name);
            return Change::Clear;
        }
        self.object(name, read).map_or(Change::Keep, Change::Set)
    }

    /// The fields of an object whose names are not fixed.
    pub(super) fn names(&self) -> Vec<String> {
        self.left.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Takes a field that holds just this word; another one is left.
    pub(super) fn says(&mut self, name: &str, word: &str) -> bool {
        let says = self.peek(name).is_some_and(|text| text == word);
        if says {
            self.take(name);
        }
        says
    }

    fn within<T>(
        &mut self,
        name: &str,
        fields: Vec<(String, Value)>,
        read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
    ) -> Option<T> {
        let mut inner = Fields {
            line: self.line,
            within: format!("{}{name}.", self.within),
            left: fields,
            asked: vec![],
            roster: &mut *self.roster,
            problems: &mut *self.problems,
            at: self.at,
            id: self.id.clone(),
            brings: vec![],
            shown: vec![],
        };
        let found = read(&mut inner);
        inner.finish(name);
        let Fields { brings, .. } = inner;
        self.brings.extend(brings);
        found
    }

    fn or_null<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Change<T> {
        let null_too = |value: &Value| match value {
            Value::Null => Ok(Change::Clear),
            Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => read(value).map(Change::Set),
        };
        self.optional(name, null_too).unwrap_or(Change::Keep)
    }

    fn peek(&self, name: &str) -> Option<String> {
        let (_, value) = self.left.iter().find(|(other, _)| other == name)?;
        value.as_str().map(str::to_owned)
    }

    fn peek_null(&self, name: &str) -> bool {
        self.left.iter().any(|(other, value)| other == name && value.is_null())
    }
}

pub(super) fn parsed<T, E: Display>(
    value: &Value,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, String> {
    let text = value.as_str().ok_or("must be a text")?;
    // The rules refuse it, too; here it is the file that is wrong.
    if text.contains('\0') {
        return Err(TextError::Forbidden { code: 0 }.to_string());
    }
    parse(text).map_err(|error| error.to_string())
}

fn list<T, E: Display>(
    value: &Value,
    parse: &impl Fn(&str) -> Result<T, E>,
) -> Result<Vec<T>, String> {
    let entries = value.as_array().ok_or("must be a list of texts")?;
    let entry = |(n, value)| parsed(value, parse).map_err(|message| format!("entry {n} {message}"));
    (1..).zip(entries).map(entry).collect()
}

/// More entries than the rules allow.
pub(super) fn too_many(of: &str, found: usize, limit: usize) -> String {
    format!("holds {found} {of}, at most {limit} are allowed")
}

fn number(value: &Value) -> Result<u32, String> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number.ok_or_else(|| format!("must be a whole number, at most {}", u32::MAX))
}

fn object(value: &Value) -> Result<Vec<(String, Value)>, String> {
    let object = value.as_object().ok_or("must be an object in braces")?;
    Ok(object.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn one_of<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, String> {
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        format!("must be one of: {}", words.join(", "))
    })
}
