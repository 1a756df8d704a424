//! Random whole days, played with the model beside them: it foretells each answer, follows each event,
//! and has the same boards after each.

use std::collections::BTreeSet;

use clinic_domain::command::Command;
use clinic_domain::event::Recorded;
use clinic_domain::state::ClinicState;
use clinic_domain::text::PersonName;
use clinic_domain::time::Timestamp;
use clinic_projections::census::Census;
use clinic_projections::waiting_room::Spot;
use clinic_testkit::day::{Day, days};
use clinic_testkit::model::{Difference, Model, Says};
use clinic_testkit::world::{Answer, World};
use proptest::strategy::{Strategy, ValueTree};
use uuid::Uuid;

use crate::laws::{rounds, runner, seed};

/// Days of the usual run.
const DAYS: usize = 150;

/// The model beside a clinic that is played.
struct Beside {
    model: Model,
    state: ClinicState,
    census: Census,
    counts: Counts,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    granted: usize,
    already: usize,
    refused: usize,
    unjudged: usize,
    events: usize,
    foreseen: usize,
}

impl Beside {
    fn new(world: &World) -> Self {
        Self {
            model: Model::default(),
            state: ClinicState::new(world.state().id()),
            census: Census::default(),
            counts: Counts::default(),
        }
    }

    fn ask(&mut self, world: &mut World, command: &Command) -> Result<Answer, Difference> {
        self.catch_up(world)?;
        let (says, foreseen) = (self.model.says(command), self.model.foresees(command));
        let answer = world.submit(command);
        match says {
            None => self.counts.unjudged += 1,
            Some(says) => {
                self.model.expected(says, &answer)?;
                match says {
                    Says::Granted => self.counts.granted += 1,
                    Says::Already => self.counts.already += 1,
                    Says::Refused(_) => self.counts.refused += 1,
                }
            }
        }
        if let (Some(foreseen), Ok(recorded)) = (foreseen, &answer) {
            self.counts.foreseen += foreseen.len();
            self.model.happened(&foreseen, recorded)?;
        }
        self.catch_up(world)?;
        self.model.compare(&self.census, command.at)?;
        self.tells_of_nobody_else(command.at)?;
        Ok(answer)
    }

    /// Compares after every single event.
    fn catch_up(&mut self, world: &World) -> Result<(), Difference> {
        let seen = usize::try_from(self.model.position().0).expect("a log fits in memory");
        for recorded in &world.log()[seen..] {
            self.follow(recorded)?;
        }
        Ok(())
    }

    /// What a patient is sent names no patient, and nothing but her own visit, rooms and call.
    fn tells_of_nobody_else(&self, now: Timestamp) -> Result<(), Difference> {
        let names = self.census.visits().filter_map(|(_, _, card)| card.name.clear());
        let names: BTreeSet<&str> = names.map(PersonName::as_str).collect();
        for (id, _, _) in self.census.visits() {
            let Some(shown) = self.census.waiting_room(id, now) else { continue };
            let json = serde_json::to_string(&shown).expect("a waiting room can be sent");
            let call = match shown.spot {
                Spot::InCall { call } => Some(call.0),
                Spot::Waiting | Spot::OnHold => None,
            };
            let own = [Some(id.0), Some(shown.room.0), Some(shown.shown.room.0), call];
            let words = json.split(|letter: char| !letter.is_ascii_hexdigit() && letter != '-');
            let mut ids = words.filter_map(|word| Uuid::try_parse(word).ok());
            let other = ids.find(|other| !own.contains(&Some(*other)));
            let name = names.iter().find(|name| json.contains(**name));
            if other.is_some() || name.is_some() {
                let what = format!("the patient of {id} is told of {other:?} {name:?}: {json}");
                return Err(Difference { position: self.model.position(), what });
            }
        }
        Ok(())
    }

    fn follow(&mut self, recorded: &Recorded) -> Result<(), Difference> {
        self.model.follow(recorded)?;
        self.census.apply(recorded);
        self.state.evolve(recorded);
        self.counts.events += 1;
        self.model.compare(&self.census, recorded.occurred_at)?;
        self.model.agrees(&self.state)
    }
}

/// Plays a day beside the model.
fn play(day: &Day) -> Result<Counts, Difference> {
    let mut beside: Option<Beside> = None;
    day.play(|world, command, _| {
        let beside = beside.get_or_insert_with(|| Beside::new(world));
        beside.ask(world, command)
    })?;
    let Some(beside) = beside else { return Ok(Counts::default()) };
    beside.model.settled()?;
    Ok(beside.counts)
}

#[test]
fn whole_days_go_as_the_model_says() {
    let seed = seed();
    let mut runner = runner(seed);
    let mut all = Counts::default();
    for n in 0..DAYS * rounds() {
        let day = days(1..200).new_tree(&mut runner);
        let mut day = day.expect("a day is never refused").current();
        // Thousands of members say nothing of visits, and each is an event to compare after.
        day.setup.crowded = false;
        match play(&day) {
            Ok(counts) => all = all.and(counts),
            Err(first) => {
                let day = day.shrunk(|day| play(day).is_err());
                let difference = play(&day).err().unwrap_or(first);
                panic!("seed {seed}, day {n}: {difference}\n{}\n{day:?}", day.story());
            }
        }
    }
    println!("seed {seed}: {all:?}");
}

impl Counts {
    fn and(self, other: Self) -> Self {
        Self {
            granted: self.granted + other.granted,
            already: self.already + other.already,
            refused: self.refused + other.refused,
            unjudged: self.unjudged + other.unjudged,
            events: self.events + other.events,
            foreseen: self.foreseen + other.foreseen,
        }
    }
}
