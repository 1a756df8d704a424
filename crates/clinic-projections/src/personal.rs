//! Where read models hold personal data, and where each datum was recorded: what an edge opens
//! before it shows them to those who may read.

use clinic_domain::ids::VisitId;
use clinic_domain::personal::{HoldsPersonal, Origin, Sealable};

use crate::board::RoomBoard;
use crate::card::{Return, Sending, Written};
use crate::one::OneVisit;
use crate::row::Row;
use crate::sent::Sent;
use crate::timeline::Timeline;

type Look<'l> = &'l mut dyn FnMut(Origin, &mut dyn Sealable);

fn checked_in(visit: VisitId) -> Origin {
    Origin { visit, event: "CheckedIn", field: "name" }
}

impl HoldsPersonal for RoomBoard {
    fn each_personal(&mut self, look: Look<'_>) {
        self.rows.each_personal(look);
    }
}

impl HoldsPersonal for Row {
    fn each_personal(&mut self, look: Look<'_>) {
        let here = checked_in(self.visit);
        here.show("name", Some(&mut self.name), look);
        here.show("reason", self.reason.as_mut(), look);
        here.show("phone", self.phone.as_mut(), look);
        if let Some(sending) = &mut self.transferred {
            sent(sending, self.visit, look);
        }
        if let Some(back) = &mut self.came_back {
            came_back(back, self.visit, look);
        }
        for written in &mut self.notes {
            wrote(written, self.visit, look);
        }
    }
}

fn sent(sending: &mut Sending, visit: VisitId, look: Look<'_>) {
    let here = Origin { visit, event: "Transferred", field: "note" };
    here.show("note", sending.note.as_mut(), look);
}

fn came_back(back: &mut Return, visit: VisitId, look: Look<'_>) {
    sent(&mut back.sending, visit, look);
    let here = Origin { visit, event: "TransferDeclined", field: "note" };
    here.show("note", back.note.as_mut(), look);
}

fn wrote(written: &mut Written, visit: VisitId, look: Look<'_>) {
    let here = Origin { visit, event: "NoteAdded", field: "note" };
    here.show("note", Some(&mut written.note), look);
}

impl HoldsPersonal for OneVisit {
    fn each_personal(&mut self, look: Look<'_>) {
        self.row.each_personal(look);
        let here = Origin { visit: self.row.visit, event: "VisitClosed", field: "why" };
        here.show("why", self.over.as_mut().and_then(|over| over.why.as_mut()), look);
    }
}

impl HoldsPersonal for Sent {
    fn each_personal(&mut self, look: Look<'_>) {
        checked_in(self.visit).show("name", Some(&mut self.name), look);
    }
}

impl HoldsPersonal for Timeline {
    fn each_personal(&mut self, look: Look<'_>) {
        let visit = self.visit;
        checked_in(visit).show("name", self.name.as_mut(), look);
        for line in &mut self.lines {
            let (event, field) = match line.event {
                "VisitClosed" => ("VisitClosed", "why"),
                // The note of a decline stands on the line that tells of its consequence.
                "TransferReversed" => ("TransferDeclined", "note"),
                own => (own, "note"),
            };
            Origin { visit, event, field }.show(field, line.note.as_mut(), look);
        }
    }
}
