//! Pages that connect and close, and time that passes.

use crate::day::Deed;
use crate::day::fields::Fields;
use crate::day::handles::{Kind, Named};

/// A member or the patient of a visit: the line names one of the two.
pub(super) fn person(fields: &mut Fields<'_>) -> Option<Named> {
    let both = fields.has("member") && fields.has("visit");
    if both || !fields.has("member") && !fields.has("visit") {
        fields.wrong("member", "or \"visit\" must stand here, one of the two");
    }
    let member = fields.reference_if("member", Kind::Member);
    let visit = fields.reference_if("visit", Kind::Visit);
    let member = member.map(|handle| Named { kind: Kind::Member, handle });
    let visit = visit.map(|handle| Named { kind: Kind::Visit, handle });
    member.or(visit)
}

pub(super) fn connect(fields: &mut Fields<'_>) -> Option<Deed> {
    person(fields).map(Deed::Connect)
}

pub(super) fn disconnect(fields: &mut Fields<'_>) -> Option<Deed> {
    person(fields).map(Deed::Disconnect)
}

#[expect(clippy::unnecessary_wraps, reason = "every command is read alike")]
pub(super) fn wait(_: &mut Fields<'_>) -> Option<Deed> {
    Some(Deed::Wait)
}
