//! Telling what was turn: who asked what, what came of it, and what happened by itself.

use clinic_domain::actor::Actor;
use clinic_domain::clinic::ClinicEvent;
use clinic_domain::command::Person;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::VisitId;
use clinic_domain::refusal::PublicRefusal;
use clinic_domain::room::RoomEvent;
use clinic_domain::visit::VisitEvent;
use clinic_projections::views::Views;

use super::table::columns;
use super::words::{WallClock, positions, several, warnings};
use crate::day::{By, Deed, Kind, Line};
use crate::failure::Failure;
use crate::out::Out;
use crate::play::{Known, Outcome, Player, Turn};

/// Tells line by line.
pub(crate) struct Teller {
    width: u16,
    page: Option<String>,
    /// How many lines came to what.
    pub(crate) count: Count,
}

/// How many lines came to what.
#[derive(Default)]
pub(crate) struct Count {
    lines: usize,
    granted: usize,
    refused: usize,
    /// Lines that came to something else than they expected, with what they came to.
    pub(crate) unexpected: Vec<(usize, String)>,
}

impl Teller {
    /// Tells in `width` columns.
    pub(crate) fn new(width: u16) -> Self {
        Self { width, page: None, count: Count::default() }
    }

    /// Tells of a line: what happened before it, what was asked, what came of it and with it.
    pub(crate) async fn tell(
        &mut self,
        out: &mut Out,
        player: &Player,
        line: &Line,
        turn: &Turn,
    ) -> Result<(), Failure> {
        let clock = player.clock(turn.clinic).await?;
        let known = player.known();
        self.by_themselves(out, known, &clock, &turn.before)?;
        self.turn_page(out, known, &clock, turn)?;
        let mut came = self.came(line, turn, known, &clock);
        if let Some(reads) = reads(player, line, turn, &clock).await? {
            came = format!("{came}; reads: \"{reads}\"");
        }
        if let Some(expected) = &line.expect
            && let Err(unexpected) = turn.outcome.check(expected)
        {
            came = format!("{came} -- {unexpected}");
            self.count.unexpected.push((line.number, unexpected));
        }
        let time = clock.time(turn.at);
        if !matches!(line.deed, Deed::Wait) {
            self.row(out, &time, &turn.who, &turn.what, &came)?;
        }
        if let Outcome::Passed = turn.outcome {
            return Ok(()); // what came with it is what came of it
        }
        self.by_themselves(out, known, &clock, &turn.after)
    }

    /// A heading wherever the clinic, the date or the zone changes.
    fn turn_page(
        &mut self,
        out: &mut Out,
        known: &Known,
        clock: &WallClock,
        turn: &Turn,
    ) -> Result<(), Failure> {
        let name = known.name(turn.clinic.0).unwrap_or("No clinic");
        let zone = clock.zone().map_or("UTC", |zone| zone.as_str());
        let page = format!("{name}, {} ({zone})", clock.date(turn.at));
        if self.page.as_ref() != Some(&page) {
            for line in columns(&[(&page, self.width)]) {
                out.line(&line)?;
            }
            self.page = Some(page);
        }
        Ok(())
    }

    /// What came of a line, in words.
    fn came(&mut self, line: &Line, turn: &Turn, known: &Known, clock: &WallClock) -> String {
        self.count.lines += 1;
        match &turn.outcome {
            Outcome::Passed if turn.after.is_empty() => String::new(),
            Outcome::Passed => format!("noted at {}", positions(&turn.after)),
            Outcome::Granted { events, again } => {
                self.count.granted += 1;
                granted(events.iter().map(AsRef::as_ref), *again)
            }
            Outcome::Refused { path, said, against, .. } => {
                self.count.refused += 1;
                let words = known.in_words(said, clock.zone(), line.at);
                let lists = against.iter().map(|(what, visits)| {
                    let names: Vec<String> =
                        visits.iter().map(|visit| by_name_and_handle(*visit, known)).collect();
                    format!("; {what}: {}", several(&names))
                });
                format!("refused: {words}{} ({path})", lists.collect::<String>())
            }
        }
    }

    /// What policies did by themselves, command by command.
    fn by_themselves(
        &mut self,
        out: &mut Out,
        known: &Known,
        clock: &WallClock,
        events: &[Recorded],
    ) -> Result<(), Failure> {
        for events in events.chunk_by(|a, b| a.cause.command_id == b.cause.command_id) {
            let Some(first) = events.first() else { continue };
            let who = match &first.cause.actor {
                Actor::Policy { name, .. } => format!("{name} policy"),
                Actor::Member(_) | Actor::Patient(_) | Actor::Import | Actor::Host => String::new(),
            };
            let time = clock.time(first.occurred_at);
            let came = format!("noted at {}", positions(events));
            self.row(out, &time, &who, &happened(first, known), &came)?;
        }
        Ok(())
    }

    fn row(
        &self,
        out: &mut Out,
        time: &str,
        who: &str,
        what: &str,
        came: &str,
    ) -> Result<(), Failure> {
        const TIME: u16 = 10;
        const WHO: u16 = 22;
        const WIDE: u16 = 100;
        let rest = self.width.saturating_sub(TIME);
        let lines = if self.width >= WIDE {
            let what_width = (rest - WHO) / 2 - 5;
            let came_width = rest - WHO - what_width;
            columns(&[(time, TIME), (who, WHO), (what, what_width), (came, came_width)])
        } else {
            let asked = format!("{who}: {what}");
            let asked = columns(&[(time, TIME), (&asked, rest)]);
            let came = if came.is_empty() { vec![] } else { columns(&[("", TIME), (came, rest)]) };
            asked.into_iter().chain(came).collect()
        };
        for line in lines {
            out.line(&line)?;
        }
        Ok(())
    }
}

impl Count {
    /// How many lines came to what, in a sentence.
    pub(crate) fn sentence(&self) -> String {
        let Self { lines, granted, refused, .. } = self;
        let lines = if *lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") };
        let commands = if *granted == 1 { "command" } else { "commands" };
        format!("{lines} played: {granted} {commands} granted, {refused} refused.")
    }
}

/// What a patient reads on her page who has just come to it, or who was not let in.
async fn reads(
    player: &Player,
    line: &Line,
    turn: &Turn,
    clock: &WallClock,
) -> Result<Option<String>, Failure> {
    let patient = match (&line.deed, &line.by) {
        (Deed::Connect(named), _) if named.kind == Kind::Visit => player.known().person(named),
        (Deed::CheckIn { .. }, By::Patient(handle)) => {
            Person::Patient(player.known().visit(handle))
        }
        (_, _) => return Ok(None),
    };
    let Person::Patient(visit) = patient else { return Ok(None) };
    Ok(match &turn.outcome {
        Outcome::Refused { public, .. } => public.as_ref().map(|public| told(public, clock)),
        Outcome::Granted { .. } | Outcome::Passed => {
            let page = |views: &Views| views.census.waiting_room(visit, player.now());
            let page = player.views(turn.clinic, page).await?;
            page.map(|page| page.to_string())
        }
    })
}

/// A refusal as a patient reads it, with what helps her on.
fn told(public: &PublicRefusal, clock: &WallClock) -> String {
    let PublicRefusal::Shut { reopens_at, emergency } = public else { return public.to_string() };
    let opens = reopens_at.map(|at| format!(", it opens at {}", clock.minute(at)));
    let emergency = emergency.as_ref().map(|text| format!(". {text}"));
    let parts = [opens, emergency].map(Option::unwrap_or_default);
    format!("{public}{}", parts.concat()).replace('\n', " / ")
}

fn granted<'a>(events: impl Iterator<Item = &'a Recorded>, again: bool) -> String {
    let events: Vec<&Recorded> = events.collect();
    if events.is_empty() {
        return "granted: it is so already".to_owned();
    }
    let warned: Vec<&str> = events.iter().flat_map(|recorded| warnings(&recorded.event)).collect();
    let at = positions(events);
    let warned = warned.iter().map(|warning| format!("; warning: {warning}"));
    let said = if again { "the first answer again: granted at" } else { "granted at" };
    format!("{said} {at}{}", warned.collect::<String>())
}

/// A visit as a day file and people call it: handles tell two of one name apart.
fn by_name_and_handle(visit: VisitId, known: &Known) -> String {
    let handles = known.handles(Kind::Visit, visit.0).map(ToString::to_string);
    let handles = handles.collect::<Vec<String>>().join(", ");
    match (known.name(visit.0), handles.is_empty()) {
        (Some(name), false) => format!("{name} ({handles})"),
        (Some(name), true) => name.to_owned(),
        (None, false) => handles,
        (None, true) => visit.to_string(),
    }
}

/// What a policy notes, in words.
fn happened(recorded: &Recorded, known: &Known) -> String {
    let called = |id| known.name(id).unwrap_or("somebody");
    match &recorded.event {
        Event::Clinic(_, ClinicEvent::MemberCameOnline { member, .. }) => {
            format!("{} is online", called(member.0))
        }
        Event::Clinic(_, ClinicEvent::MemberWentOffline { member, .. }) => {
            format!("{} is offline", called(member.0))
        }
        Event::Room(room, RoomEvent::DayEnded { inside, .. }) => {
            format!("closing time in {}, with {} inside", called(room.0), inside.len())
        }
        Event::Visit(id, event) => {
            let what = match event {
                VisitEvent::PatientCameOnline { .. } => "is online",
                VisitEvent::PatientWentOffline { .. } => "is offline",
                VisitEvent::CallPaused { .. } => "is on hold, for the member was lost",
                VisitEvent::TransferReversed { .. } => "goes back, for nobody answered",
                VisitEvent::VisitClosed { .. } => "is closed as a no show",
                VisitEvent::CheckedIn { .. }
                | VisitEvent::CallStarted { .. }
                | VisitEvent::CallResumed { .. }
                | VisitEvent::CallEnded { .. }
                | VisitEvent::Transferred { .. }
                | VisitEvent::PriorityChanged { .. }
                | VisitEvent::NoteAdded { .. }
                | VisitEvent::ChecklistTicked { .. }
                | VisitEvent::CarriedOver { .. }
                | VisitEvent::VisitsMerged { .. }
                | VisitEvent::VisitReopened { .. } => event.name(),
            };
            format!("{} {what}", called(id.0))
        }
        Event::Clinic(..) | Event::Room(..) | Event::Transfer(..) => {
            recorded.event.name().to_owned()
        }
    }
}
