//! The saved form of a state, pinned to a file.

use clinic_domain::actor::Actor;
use clinic_domain::command::{Action, Person};
use clinic_domain::hours::{Hours, Interval, Zone};
use clinic_domain::room::Texts;
use clinic_domain::state::ClinicState;
use clinic_domain::time::Millis;
use clinic_domain::visit::{CloseReason, Priority};
use clinic_testkit::spec::Scene;

use super::{label, note, notice, slug, title};

const PINNED: &str = include_str!("saved.json");

/// A morning on which somebody is in each place, and each window is open.
fn morning() -> Scene {
    let mut scene = Scene::new();
    let (ada, rita, reception) = (scene.ada, scene.rita, scene.reception);
    let hours = Hours {
        zone: Zone::parse("Europe/Berlin").expect("this build knows Berlin"),
        week: vec![vec![Interval { from: 480, until: 1_080 }]; 7],
        exceptions: [("2026-12-24".parse().expect("a date"), vec![])].into(),
    };
    let texts = Texts { emergency: Some(notice("Call 112.")), ..Texts::default() };
    scene.grant(ada, Action::SetHours(reception, Some(hours)));
    scene.grant(ada, Action::SetTexts(reception, texts));
    scene.grant(ada, Action::SetChecklist(reception, vec![label("payment")]));
    scene.grant(ada, Action::ChangeSlug(reception, slug("front-desk")));
    scene.grant(ada, Action::SuspendRoom(scene.dr_omar, notice("Back at noon.")));
    scene.set_policy(reception, |policy| policy.no_show_after = Some(Millis::minutes(45)));
    scene.ask_for_answers(scene.dr_dana, 10);
    let lab = scene.open_room("Lab", "lab");
    scene.grant(ada, Action::ArchiveRoom(lab));

    let [anna, ben, cleo, dora, emil] =
        ["Anna", "Ben", "Cleo", "Dora", "Emil"].map(|name| scene.arrive(reception, name));
    let start = |visit| Action::StartCall { visit, pausing: true, seen: None };
    scene.grant(rita, start(anna));
    scene.grant(rita, start(ben));
    scene.grant(rita, Action::TickChecklist { visit: ben, label: label("payment"), done: true });
    scene.grant(rita, Action::SetPriority(cleo, Priority::Urgent));
    let note = Some(note("fasting").into());
    scene.grant(rita, Action::Transfer { visit: cleo, to: scene.dr_dana, note, seen: None });
    scene.connect(Person::Patient(dora), false);
    scene.grant(rita, Action::CarryOver(dora));
    let reason = CloseReason::Left;
    scene.grant(Actor::Host, Action::CloseVisit { visit: emil, reason, seen: None });
    scene.connect(Person::Member(scene.omar), false);
    scene.grant(ada, Action::RenameMember { member: scene.omar, name: title("Omar Haddad") });
    scene.grant(ada, Action::DisableMember(scene.omar));
    scene
}

/// Whoever changes this file - because a fold makes another state of the same events, or a state is
/// saved in another form - raises `FOLD_VERSION`, or states of an older build would be taken for
/// states of this one.
#[test]
fn the_saved_form_belongs_to_its_version() {
    let scene = morning();
    let saved = serde_json::to_value(scene.state()).expect("a state is JSON");
    let fields = saved.as_object().into_iter().flatten();
    let fields: Vec<String> = fields.map(|(name, value)| format!("\"{name}\":{value}")).collect();
    let version = ClinicState::FOLD_VERSION;
    let found = format!("{{\"version\":{version},\n{}}}\n", fields.join(",\n"));
    let advice = "raise FOLD_VERSION if it has not been raised, and put this into saved.json";
    assert!(found == PINNED, "{advice}:\n{found}");
}

#[test]
fn a_saved_form_that_was_cut_or_is_none_is_refused_and_not_guessed() {
    let saved = serde_json::to_string(morning().state()).expect("a state is JSON");
    assert!(serde_json::from_str::<ClinicState>(&saved).is_ok());
    for broken in [&saved[..saved.len() / 2], "{}", "null", "[]"] {
        assert!(serde_json::from_str::<ClinicState>(broken).is_err(), "{broken}");
    }
}
