//! From the bytes of a file to a day that may be played, or to everything that is wrong with it.

use std::collections::BTreeSet;

use clinic_domain::actor::PolicyName;
use clinic_domain::clinic::ClinicRefusal;
use clinic_domain::refusal::Refusal;
use clinic_domain::room::RoomRefusal;
use clinic_domain::text::TextError;
use clinic_domain::time::Timestamp;
use clinic_domain::transfer::TransferRefusal;
use clinic_domain::visit::VisitRefusal;

use super::commands::{Asker, COMMANDS, Command};
use super::fields::Fields;
use super::handles::{Handle, Kind, Named, Roster};
use super::problem::Problems;
use super::time::{When, when};
use super::{By, Day, Expected, Line, object, source};
use crate::failure::Failure;
use crate::limits;
use crate::play;

/// Reads a whole day.
pub(crate) fn parse(file: &str, bytes: &[u8]) -> Result<Day, Failure> {
    let mut problems = Problems::of(file);
    let mut reader = Reader::default();
    let mut lines = vec![];
    for (number, text) in source::lines(bytes, &mut problems) {
        match object::parse(text) {
            Err(message) => problems.line(number, message),
            Ok(object) => {
                let mut fields = Fields::of(number, object, &mut reader.roster, &mut problems);
                let times = &mut reader.times;
                lines.extend(line(number, &mut fields, times, &reader.expectable));
            }
        }
    }
    problems.none()?;
    if lines.is_empty() {
        problems.line(1, "no line holds a command");
    }
    problems.none()?;
    Ok(Day { name: file.to_owned(), lines })
}

/// What is known of the lines before.
struct Reader {
    roster: Roster,
    times: Times,
    expectable: BTreeSet<String>,
}

#[derive(Default)]
struct Times {
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl Default for Reader {
    fn default() -> Self {
        let (roster, times) = (Roster::default(), Times::default());
        Self { roster, times, expectable: expectable() }
    }
}

/// Reads one line. Every field is looked at, whatever is wrong with the others.
fn line(
    number: usize,
    fields: &mut Fields<'_>,
    times: &mut Times,
    expectable: &BTreeSet<String>,
) -> Option<Line> {
    let at = time(fields, times);
    fields.at = at;
    let say = fields.text_if("say", sentence);
    let id = fields.text_if("id", Handle::parse).map(|id| id.to_string());
    fields.id.clone_from(&id);
    let expect = fields.text_if("expect", |text| expected(text, expectable));
    let command = fields.text("do", command)?;
    let Command { word, asker, phrase, read } = command;
    let named = fields.reference_if("clinic", Kind::Clinic);
    let by = asked_by(fields, *asker);
    let deed = read(fields);
    fields.finish(&format!("\"{word}\""));
    let clinic = named.or_else(|| fields.roster.last_clinic().cloned());
    if clinic.is_none() {
        fields.wrong("do", "no line before founds a clinic");
    }
    let (brings, shown) = (std::mem::take(&mut fields.brings), std::mem::take(&mut fields.shown));
    let (at, clinic, by, deed) = (at?, clinic?, by?, deed?);
    Some(Line { number, at, clinic, by, id, expect, say, deed, brings, phrase, shown })
}

fn time(fields: &mut Fields<'_>, times: &mut Times) -> Option<Timestamp> {
    let said = fields.has("at");
    let at = match (fields.text_if("at", when), times.last) {
        (Some(When::At(at)), Some(last)) if at < last => {
            fields.wrong("at", format!("goes back: the line before is at {last}"));
            return None;
        }
        (Some(When::At(at)), _) => at,
        (Some(When::After(span)), Some(last)) => last.plus(span),
        (None, Some(last)) if !said => last,
        (None, Some(_)) => return None, // said, and wrong
        (Some(When::After(_)), None) => {
            fields
                .wrong("at", "must be an instant in the first line, such as 2026-03-02T08:55:00Z");
            return None;
        }
        (None, None) => {
            if !said {
                fields.wrong(
                    "at",
                    "is missing: the first line needs an instant, such as 2026-03-02T08:55:00Z",
                );
            }
            return None;
        }
    };
    let first = *times.first.get_or_insert(at);
    times.last = Some(at);
    if at.since(first) > limits::DAY_SPAN {
        let limit = limits::DAY_SPAN;
        fields.wrong("at", format!("is more than {limit} after the first line, which is the most"));
        return None;
    }
    Some(at)
}

/// A sentence of the story: one line of visible text.
fn sentence(text: &str) -> Result<String, TextError> {
    let (found, limit) = (text.chars().count(), limits::SAY_CHARS);
    if found > limit {
        return Err(TextError::TooLong { unit: "characters", found, limit });
    }
    if let Some(bad) = text.chars().find(|letter| letter.is_control()) {
        return Err(TextError::Forbidden { code: u32::from(bad) });
    }
    if text.trim().is_empty() { Err(TextError::Empty) } else { Ok(text.trim().to_owned()) }
}

fn command(word: &str) -> Result<&'static Command, String> {
    let found = COMMANDS.iter().find(|command| command.word == word);
    found.ok_or_else(|| format!("\"{word}\" is no command; docs/day-file.md lists them"))
}

/// Every outcome that a line may expect.
fn expectable() -> BTreeSet<String> {
    let of = |aggregate: &'static str, names: &'static [&'static str]| {
        names.iter().map(move |name| format!("{aggregate}{name}"))
    };
    of("", Refusal::NAMES)
        .chain(of("Clinic.", ClinicRefusal::NAMES))
        .chain(of("Room.", RoomRefusal::NAMES))
        .chain(of("Visit.", VisitRefusal::NAMES))
        .chain(of("Visit.Room.", RoomRefusal::NAMES))
        .chain(of("Transfer.", TransferRefusal::NAMES))
        .chain(of("", &play::NOT_FROM_THE_RULES))
        .filter(|path| !matches!(path.as_str(), "Clinic" | "Room" | "Visit" | "Transfer"))
        .filter(|path| path != "Visit.Room")
        .collect()
}

fn expected(text: &str, expectable: &BTreeSet<String>) -> Result<Expected, String> {
    if text == "granted" {
        return Ok(Expected::Granted);
    }
    if expectable.contains(text) {
        return Ok(Expected::Refused(text.to_owned()));
    }
    Err(format!("\"{text}\" is neither \"granted\" nor a refusal such as \"Visit.Stale\""))
}

const POLICIES: [PolicyName; 5] = [
    PolicyName::Presence,
    PolicyName::MemberLost,
    PolicyName::AcceptWindow,
    PolicyName::ClosingTime,
    PolicyName::NoShow,
];

fn asked_by(fields: &mut Fields<'_>, asker: Asker) -> Option<By> {
    if let Asker::Nobody = asker {
        return Some(By::Nobody);
    }
    if fields.has("by") {
        let by = fields.text_if("by", by)?;
        let named = match &by {
            By::Member(handle) => Some(Named { kind: Kind::Member, handle: handle.clone() }),
            By::Patient(handle) => Some(Named { kind: Kind::Visit, handle: handle.clone() }),
            By::Host | By::Import | By::Policy(_) | By::Nobody => None,
        };
        // A patient who checks in comes into being with this line.
        if let (By::Patient(patient), Asker::Patient) = (&by, asker) {
            if fields.peek_handle("handle").is_some_and(|own| own != *patient) {
                fields.wrong("by", "is another patient than the one who checks in");
            }
            return Some(by);
        }
        let known = named.is_none_or(|named| fields.known("by", &named));
        return known.then_some(by);
    }
    let _none = fields.text_if("by", by);
    match asker {
        Asker::Nobody => Some(By::Nobody),
        Asker::Policy(name) => Some(By::Policy(name)),
        Asker::Patient => fields.peek_handle("handle").map(By::Patient),
        Asker::Said => {
            fields.wrong("by", "is missing: host, import, member:HANDLE or patient:HANDLE");
            None
        }
    }
}

fn by(text: &str) -> Result<By, String> {
    let wrong = || {
        let policies = POLICIES.map(|name| format!("policy:{name}"));
        format!("must be host, import, member:HANDLE, patient:HANDLE or {}", policies.join(", "))
    };
    let handle = |handle: &str| Handle::parse(handle).map_err(|error| error.to_string());
    match text.split_once(':') {
        None if text == "host" => Ok(By::Host),
        None if text == "import" => Ok(By::Import),
        Some(("member", of)) => handle(of).map(By::Member),
        Some(("patient", of)) => handle(of).map(By::Patient),
        Some(("policy", name)) => {
            let found = POLICIES.into_iter().find(|policy| policy.to_string() == name);
            found.map(By::Policy).ok_or_else(wrong)
        }
        Some(_) | None => Err(wrong()),
    }
}
