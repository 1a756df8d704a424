//! The commands of a day file: one entry each, with its word, who may stand in `by`, what it says
//! when the day is played, and how its fields are read.

mod clinic;
mod closing;
mod moves;
mod policies;
mod presence;
mod rooms;
mod settings;
mod visits;

use clinic_domain::actor::PolicyName;

use super::Deed;
use super::fields::Fields;

/// A command of a day file.
pub(super) struct Command {
    /// What `do` holds.
    pub(super) word: &'static str,
    /// Who asks.
    pub(super) asker: Asker,
    /// What is asked, in words; a field's name in braces stands for what the field holds.
    pub(super) phrase: &'static str,
    /// Reads the fields that are its own.
    pub(super) read: fn(&mut Fields<'_>) -> Option<Deed>,
}

/// Who stands in `by`.
#[derive(Clone, Copy)]
pub(super) enum Asker {
    /// Whoever the line says.
    Said,
    /// The patient who checks in, unless the line says somebody else.
    Patient,
    /// This policy, unless the line says somebody else.
    Policy(PolicyName),
    /// Nobody: there is no `by`.
    Nobody,
}

const fn said(
    word: &'static str,
    phrase: &'static str,
    read: fn(&mut Fields<'_>) -> Option<Deed>,
) -> Command {
    Command { word, asker: Asker::Said, phrase, read }
}

const fn policy(
    word: &'static str,
    name: PolicyName,
    phrase: &'static str,
    read: fn(&mut Fields<'_>) -> Option<Deed>,
) -> Command {
    Command { word, asker: Asker::Policy(name), phrase, read }
}

const fn nobody(
    word: &'static str,
    phrase: &'static str,
    read: fn(&mut Fields<'_>) -> Option<Deed>,
) -> Command {
    Command { word, asker: Asker::Nobody, phrase, read }
}

/// Every command, in the order of the rules' own actions.
pub(super) const COMMANDS: &[Command] = &[
    said("found-clinic", "found the clinic {name}", clinic::found),
    said("set-zone", "set the clinic's zone to {zone}", clinic::set_zone),
    said("set-capabilities", "set what the clinic may use", clinic::set_capabilities),
    said("add-member", "add {name} as a member", clinic::add_member),
    said("rename-member", "rename {member} to {name}", clinic::rename_member),
    said("change-role", "make {member} {role}", clinic::change_role),
    said("disable-member", "disable {member}", clinic::disable_member),
    said("enable-member", "enable {member}", clinic::enable_member),
    said("remove-member", "remove {member}", clinic::remove_member),
    said("open-room", "open the room {name}", rooms::open),
    said("rename-room", "rename {room} to {name}", rooms::rename),
    said("change-slug", "change the link of {room} to {slug}", rooms::change_slug),
    said("assign-member", "assign {member} to {room}", rooms::assign),
    said("unassign-member", "unassign {member} from {room}", rooms::unassign),
    said("set-texts", "set what {room} shows to those who wait", rooms::set_texts),
    said("set-hours", "set the hours of {room}", settings::set_hours),
    said("set-policy", "set the policy of {room}", settings::set_policy),
    said("set-checklist", "set the checklist of {room}", rooms::set_checklist),
    said("set-passcode", "set the passcode of {room}", rooms::set_passcode),
    said("suspend-room", "suspend {room}", rooms::suspend),
    said("lift-suspension", "let people into {room} again", rooms::lift_suspension),
    said("archive-room", "archive {room}", rooms::archive),
    Command {
        word: "check-in",
        asker: Asker::Patient,
        phrase: "check in at {room}",
        read: visits::check_in,
    },
    said("start-call", "start the call with {visit}", visits::start_call),
    said("call-next", "call the next in {room}", visits::call_next),
    said("pause-call", "pause the call with {visit}", visits::pause_call),
    said("end-call", "end the call with {visit}", visits::end_call),
    said("transfer", "transfer {visit} to {to}", moves::transfer),
    said("transfer-all", "transfer everybody in {from} to {to}", moves::transfer_all),
    said("accept-transfer", "accept {visit}", moves::accept),
    said("decline-transfer", "decline {visit}", moves::decline),
    said("undo-transfer", "take back the transfer of {visit}", moves::undo),
    said("set-priority", "set the priority of {visit} to {priority}", visits::set_priority),
    said("add-note", "write a note on {visit}", visits::add_note),
    said("tick-checklist", "{mark} {label} for {visit}", visits::tick),
    said("carry-over", "let {visit} stay past the end of the day", visits::carry_over),
    said("close-visit", "close the visit of {visit}: {reason}", visits::close),
    said("close-all", "close every visit in {room}: {reason}", visits::close_all),
    said("reopen-visit", "reopen the visit of {visit}", visits::reopen),
    said("merge-visits", "merge {duplicate} into {survivor}", visits::merge),
    policy("note-presence", PolicyName::Presence, "note a presence", policies::note_presence),
    policy(
        "hold-lost-member",
        PolicyName::MemberLost,
        "put {visit} on hold, {member} being lost",
        policies::hold_lost_member,
    ),
    policy(
        "expire-transfer",
        PolicyName::AcceptWindow,
        "end the accept window of {visit}",
        policies::expire_transfer,
    ),
    policy("end-day", PolicyName::ClosingTime, "note closing time in {room}", policies::end_day),
    policy("close-no-show", PolicyName::NoShow, "close {visit} as a no show", policies::no_show),
    nobody("connect", "connects", presence::connect),
    nobody("disconnect", "closes the page", presence::disconnect),
    nobody("wait", "time passes", presence::wait),
];
