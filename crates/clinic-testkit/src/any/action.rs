//! Any action. Which one is one roll over all of them, so that none is left out.

use clinic_domain::command::{Action, CheckInForm, Person, Vouched};

use super::dice::{Dice, Pool};
use crate::words;

impl Dice {
    pub(crate) fn action(&mut self, pool: &Pool) -> Action {
        let n = self.roll(Action::NAMES.len());
        let house = self.about_clinic(n, pool).or_else(|| self.about_room(n, pool));
        let visit = house.or_else(|| self.about_visit(n, pool));
        visit.unwrap_or_else(|| self.about_closing(n, pool))
    }

    fn about_clinic(&mut self, n: usize, pool: &Pool) -> Option<Action> {
        Some(match n {
            0 => Action::FoundClinic {
                name: self.title(),
                zone: self.zone(),
                owner_name: self.title(),
                capabilities: self.capabilities(),
                external_ref: None,
            },
            1 => Action::SetZone(self.zone()),
            2 => Action::SetCapabilities(self.capabilities()),
            3 => Action::AddMember { name: self.title(), role: self.role(), external_ref: None },
            4 => Action::RenameMember { member: self.pick(&pool.members), name: self.title() },
            5 => Action::ChangeRole { member: self.pick(&pool.members), role: self.role() },
            6 => Action::DisableMember(self.pick(&pool.members)),
            7 => Action::EnableMember(self.pick(&pool.members)),
            8 => Action::RemoveMember(self.pick(&pool.members)),
            9 => {
                let visit = Person::Patient(self.pick(&pool.visits));
                let member = Person::Member(self.pick(&pool.members));
                let who = self.pick(&[visit, member]);
                Action::NotePresence { who, online: self.flag(), last_seen: self.instant() }
            }
            _ => return None,
        })
    }

    fn about_room(&mut self, n: usize, pool: &Pool) -> Option<Action> {
        let room = self.pick(&pool.rooms);
        Some(match n {
            10 => Action::OpenRoom {
                kind: self.kind(pool),
                name: self.title(),
                slug: self.pick(&pool.slugs),
                external_ref: None,
            },
            11 => Action::RenameRoom(room, self.title()),
            12 => Action::ChangeSlug(room, self.pick(&pool.slugs)),
            13 => Action::AssignMember(room, self.pick(&pool.members)),
            14 => Action::UnassignMember(room, self.pick(&pool.members)),
            15 => Action::SetTexts(room, self.texts()),
            16 => Action::SetHours(room, self.option(Self::hours)),
            17 => Action::SetPolicy(room, Box::new(self.policy())),
            18 => Action::SetChecklist(room, self.labels()),
            19 => Action::SetPasscode(room, self.passcode()),
            20 => Action::SuspendRoom(room, self.notice()),
            21 => Action::LiftSuspension(room),
            22 => Action::ArchiveRoom(room),
            23 => Action::EndDay(room),
            24 => Action::CallNext { room, pausing: self.flag() },
            25 => Action::TransferAll { from: room, to: self.pick(&pool.rooms) },
            26 => {
                let only = self.option(|dice| dice.visits(pool));
                Action::CloseAll { room, only, reason: self.reason(pool) }
            }
            27 => {
                let token = self.pick(&pool.tokens);
                let form = CheckInForm::new(room, token, words::person("Ann"));
                Action::CheckIn(Box::new(CheckInForm {
                    arrival: self.arrival(pool),
                    consent: self.option(Self::count),
                    passcode: Vouched(self.passcode()),
                    ..form
                }))
            }
            _ => return None,
        })
    }

    fn about_visit(&mut self, n: usize, pool: &Pool) -> Option<Action> {
        let visit = self.pick(&pool.visits);
        let seen = self.option(Self::version);
        Some(match n {
            28 => Action::StartCall { visit, pausing: self.flag(), seen },
            29 => Action::PauseCall { visit, seen },
            30 => Action::EndCall { visit, seen },
            31 => {
                let note = self.option(Self::note);
                Action::Transfer { visit, to: self.pick(&pool.rooms), note, seen }
            }
            32 => Action::SetPriority(visit, self.priority()),
            33 => Action::AddNote(visit, self.note()),
            34 => Action::TickChecklist { visit, label: self.label(), done: self.flag() },
            35 => Action::CarryOver(visit),
            36 => Action::CloseVisit { visit, reason: self.reason(pool), seen },
            37 => Action::ReopenVisit(visit),
            38 => {
                let duplicate = self.pick(&pool.visits);
                Action::MergeVisits { survivor: visit, duplicate, seen }
            }
            _ => return None,
        })
    }

    fn about_closing(&mut self, n: usize, pool: &Pool) -> Action {
        let visit = self.pick(&pool.visits);
        let transfer = self.pick(&pool.transfers);
        match n {
            39 => Action::AcceptTransfer(visit, transfer),
            40 => Action::DeclineTransfer { visit, transfer, note: self.option(Self::note) },
            41 => Action::UndoTransfer(visit, transfer),
            42 => Action::ExpireTransfer(visit, transfer),
            43 => Action::HoldLostMember(visit, self.pick(&pool.members)),
            _ => Action::CloseNoShow(visit),
        }
    }
}
