//! The digest of a command, pinned to numbers.

use clinic_domain::actor::Actor;
use clinic_domain::clinic::Role;
use clinic_domain::command::{Action, CheckInForm, Command, Person};
use clinic_domain::ids::{CommandId, Fresh, PlaceVersion};
use clinic_domain::room::{RoomKind, Texts};
use clinic_domain::visit::{CloseReason, Priority};
use clinic_testkit::spec::id;

use super::{
    ANNA, ANNAS, BEN, DR_DANA, LEG, PRESENCE, RECEPTION, RITA, at, by, label, note, notice, person,
    slug, title,
};

fn digest(actor: Actor, action: Action) -> u64 {
    Command { id: CommandId(id(1)), actor, at: at(0), fresh: Fresh(id(2)), action }.digest()
}

/// The digest is stored with every event, and a retry is known by it. A build in which one of these
/// numbers changes would take a true retry of an older command for another use of its id, and refuse
/// it. The order of an enum's variants, of a struct's fields and the types of both are part of it:
/// whoever must change them changes how digests of older logs are compared, not these numbers.
#[test]
fn the_digest_of_a_command_is_the_same_in_every_build() {
    let seen = Some(PlaceVersion(3));
    let name = title("Omar");
    let add = Action::AddMember { name, role: Role::Admin, external_ref: None };
    let open = Action::OpenRoom {
        kind: RoomKind::Personal(RITA),
        name: title("Rita"),
        slug: slug("rita"),
        external_ref: None,
    };
    let texts = Texts { emergency: Some(notice("Call 112.")), ..Texts::default() };
    let transfer = Action::Transfer { visit: ANNA, to: DR_DANA, note: None, seen };
    let removed = CloseReason::Removed { why: note("a test").into() };
    let online =
        Action::NotePresence { who: Person::Patient(ANNA), online: true, last_seen: at(5) };
    let form = CheckInForm::new(RECEPTION, ANNAS, person("Anna"));
    let check_in = Action::CheckIn(Box::new(form));
    let tick = Action::TickChecklist { visit: ANNA, label: label("payment"), done: true };
    let found = [
        digest(by(RITA), add),
        digest(by(RITA), open),
        digest(by(RITA), Action::SetTexts(RECEPTION, texts)),
        digest(by(RITA), Action::SetPolicy(RECEPTION, Box::default())),
        digest(Actor::Patient(ANNAS), check_in),
        digest(by(RITA), transfer),
        digest(by(RITA), tick),
        digest(by(RITA), Action::CloseVisit { visit: ANNA, reason: removed, seen: None }),
        digest(Actor::Host, Action::MergeVisits { survivor: ANNA, duplicate: BEN, seen }),
        digest(PRESENCE, online),
        digest(Actor::Import, Action::SetPriority(BEN, Priority::Urgent)),
        digest(by(RITA), Action::UndoTransfer(ANNA, LEG)),
    ];
    let stored = [
        830_498_493_831_128_033,
        5_588_530_165_904_667_767,
        12_757_964_182_396_412_654,
        9_925_914_198_223_434_152,
        12_894_593_943_263_016_855,
        2_982_064_547_843_851_773,
        2_773_280_182_803_491_880,
        6_004_390_218_467_178_375,
        5_607_835_173_652_415_745,
        5_769_569_673_672_807_437,
        14_973_299_608_862_902_366,
        5_835_140_184_999_408_702,
    ];
    assert_eq!(found, stored);
}
