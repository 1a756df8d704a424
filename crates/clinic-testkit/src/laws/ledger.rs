//! A ledger of who is where, written without the rules: events are bookings, and every booking must
//! fit what was booked before.

mod account;
mod compare;

use std::collections::{BTreeMap, BTreeSet};

use clinic_domain::actor::TokenHash;
use clinic_domain::clinic::ClinicEvent;
use clinic_domain::event::{Event, Recorded};
use clinic_domain::ids::{CallId, CommandId, MemberId, Position, RoomId, TransferId, VisitId};
use clinic_domain::room::RoomEvent;
use clinic_domain::time::Timestamp;
use clinic_domain::visit::{CloseReason, Priority, VisitEvent};

use super::{Law, Verdict, Violation};

/// The instant and the position at which somebody joined a queue.
type Entry = (Timestamp, Position);

/// Bookings of a clinic's log.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    position: Position,
    check_ins: usize,
    closings: usize,
    reopenings: usize,
    open: BTreeMap<VisitId, Account>,
    closed: BTreeMap<VisitId, Account>,
    rooms: BTreeMap<RoomId, InUse>,
    /// Tokens that lead nowhere now, and members who were in a call once: what an index may have
    /// kept too long.
    spent: BTreeSet<TokenHash>,
    served: BTreeSet<MemberId>,
    /// What the present command still has to book, for it is one half of something.
    command: Option<CommandId>,
    owed: BTreeSet<Owed>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InUse {
    Yes,
    Archived,
}

/// The other half of a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owed {
    /// A visit was closed as a duplicate: the survivor takes over its tokens.
    Takeover { duplicate: VisitId, survivor: VisitId },
    /// A member may no longer act: nobody stays in a call with her.
    Hold(MemberId),
}

/// An open visit.
#[derive(Clone, Debug)]
struct Account {
    room: RoomId,
    doing: Doing,
    priority: Priority,
    entry: Entry,
    check_in: Entry,
    tokens: Vec<TokenHash>,
    /// What a reversal of the latest leg restores.
    leg: Option<(TransferId, RoomId, Entry)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Waiting,
    InCall(CallId, MemberId),
    OnHold(CallId),
}

/// Entering events.
impl Ledger {
    /// Books an event.
    ///
    /// # Errors
    /// Why it does not fit what was booked before.
    pub fn enter(&mut self, recorded: &Recorded) -> Verdict {
        if self.command != Some(recorded.cause.command_id) {
            self.settled()?;
            self.command = Some(recorded.cause.command_id);
        }
        self.position = recorded.position;
        let now = (recorded.occurred_at, recorded.position);
        match &recorded.event {
            Event::Visit(id, event) => self.enter_visit(*id, event, now),
            Event::Room(id, RoomEvent::RoomOpened { .. }) => {
                self.rooms.insert(*id, InUse::Yes);
                Ok(())
            }
            Event::Room(id, RoomEvent::RoomArchived) => {
                self.rooms.insert(*id, InUse::Archived);
                match self.open.iter().find(|(_, account)| account.room == *id) {
                    None => Ok(()),
                    Some((visit, _)) => Err(self.lost(format!("{visit} in an archived room"))),
                }
            }
            Event::Clinic(
                _,
                ClinicEvent::MemberDisabled { member } | ClinicEvent::MemberRemoved { member },
            ) => {
                if self.call_of(*member).is_some() {
                    self.owed.insert(Owed::Hold(*member));
                }
                Ok(())
            }
            Event::Clinic(..) | Event::Room(..) | Event::Transfer(..) => Ok(()),
        }
    }

    /// Whether the last command has booked all of what it began.
    ///
    /// # Errors
    /// What is missing.
    pub fn settled(&self) -> Verdict {
        match self.owed.first() {
            None => Ok(()),
            Some(owed) => Err(self.lost(format!("one half of a command: {owed:?}"))),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest are about an open visit")]
    fn enter_visit(&mut self, id: VisitId, event: &VisitEvent, now: Entry) -> Verdict {
        match event {
            VisitEvent::CheckedIn { room, token, .. } => {
                if self.open.contains_key(&id) || self.closed.contains_key(&id) {
                    return Err(self.lost(format!("a second check-in of {id}")));
                }
                self.check_ins = self.check_ins.saturating_add(1);
                let account = Account {
                    room: *room,
                    doing: Doing::Waiting,
                    priority: Priority::default(),
                    entry: now,
                    check_in: now,
                    tokens: vec![*token],
                    leg: None,
                };
                self.open(id, account)
            }
            VisitEvent::VisitReopened { .. } => {
                let Some(mut account) = self.closed.remove(&id) else {
                    return Err(self.lost(format!("a reopening of {id}, which is not closed")));
                };
                self.reopenings = self.reopenings.saturating_add(1);
                if let Doing::InCall(..) = account.doing {
                    account.doing = Doing::Waiting;
                }
                self.open(id, account)
            }
            VisitEvent::VisitClosed { reason, .. } => self.close(id, reason),
            _ => {
                let Some(mut account) = self.open.remove(&id) else {
                    let name = event.name();
                    return Err(self.lost(format!("{name} of {id}, which is not open")));
                };
                self.change(&mut account, event, now)?;
                self.open(id, account)
            }
        }
    }

    /// Books a visit as open, in a room in use.
    fn open(&mut self, id: VisitId, account: Account) -> Verdict {
        let room = account.room;
        if self.rooms.get(&room) != Some(&InUse::Yes) {
            return Err(self.lost(format!("{id} in {room:?}, which is not in use")));
        }
        for token in &account.tokens {
            self.spent.remove(token);
        }
        if let Doing::InCall(_, member) = account.doing {
            self.served.insert(member);
        }
        self.open.insert(id, account);
        Ok(())
    }

    fn close(&mut self, id: VisitId, reason: &CloseReason) -> Verdict {
        let Some(account) = self.open.remove(&id) else {
            return Err(self.lost(format!("a close of {id}, which is not open")));
        };
        self.closings = self.closings.saturating_add(1);
        self.spent.extend(&account.tokens);
        self.closed.insert(id, account);
        if let CloseReason::Merged { into } = reason {
            self.owed.insert(Owed::Takeover { duplicate: id, survivor: *into });
        }
        Ok(())
    }
}

impl Ledger {
    fn call_of(&self, member: MemberId) -> Option<VisitId> {
        let in_call =
            |account: &Account| matches!(account.doing, Doing::InCall(_, m) if m == member);
        self.open.iter().find(|(_, account)| in_call(account)).map(|(id, _)| *id)
    }

    fn lost(&self, found: impl Into<String>) -> Violation {
        Violation::new(Law::Conservation, self.position, found)
    }
}
