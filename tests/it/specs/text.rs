//! What people may type, and that nothing they typed is told by accident (case 33).

use clinic_domain::actor::{Actor, Standing, TokenHash};
use clinic_domain::command::{Action, CheckInForm, Command};
use clinic_domain::ids::{CommandId, Fresh};
use clinic_domain::limits;
use clinic_domain::personal::Personal;
use clinic_domain::text::{
    ExternalRef, Label, LinkTemplate, Note, Notice, PersonName, PhoneTail, Reason, Slug, TextError,
    Title,
};
use clinic_domain::visit::{CloseReason, VisitAct, VisitCommand};
use clinic_testkit::spec::id;

use super::{ANNA, ANNAS, RECEPTION, RITA, at, by};

#[track_caller]
fn name(text: &str) -> String {
    PersonName::parse(text).expect("it is a name").as_str().to_owned()
}

#[track_caller]
fn no_name(text: &str) -> TextError {
    PersonName::parse(text).expect_err("it is no name")
}

#[test]
fn a_name_is_trimmed_and_composed() {
    assert_eq!(name("  Anna \t"), "Anna");
    assert_eq!(name("Jose\u{301}"), "Jos\u{e9}");
    assert_eq!(name("A\u{30a}sa"), "\u{c5}sa");
    // Hangul composes from three letters to one character.
    assert_eq!(name("\u{1112}\u{1161}\u{11ab}"), "\u{d55c}");
    // What is written alike is alike, whatever it was typed on.
    assert_eq!(PersonName::parse("\u{212b}sa"), PersonName::parse("A\u{30a}sa"));
}

#[test]
fn a_name_has_one_to_a_hundred_characters_as_they_are_kept() {
    assert_eq!(name("X"), "X");
    assert_eq!(no_name(""), TextError::Empty);
    assert_eq!(no_name(" \u{3000}\u{a0} "), TextError::Empty);
    assert_eq!(name(&"\u{4e2d}".repeat(100)).chars().count(), 100);
    assert_eq!(name(&"e\u{301}".repeat(100)).chars().count(), 100, "counted after composing");
    let too_long = TextError::TooLong { unit: "characters", found: 101, limit: 100 };
    assert_eq!(no_name(&"\u{4e2d}".repeat(101)), too_long);
    assert_eq!(name(&format!("  {}  ", "x".repeat(100))).len(), 100, "counted after trimming");
}

#[test]
fn a_text_of_megabytes_is_refused_by_its_length_before_it_is_composed() {
    let text = "e\u{301}".repeat(1_000_000);
    let too_long = TextError::TooLong { unit: "characters", found: 2_000_000, limit: 100 };
    assert_eq!(no_name(&text), too_long);
}

#[test]
fn a_text_may_come_with_sixteen_bytes_for_each_character_and_no_more() {
    let padded = |bytes: usize| format!("{:>bytes$}", "Anna");
    assert_eq!(name(&padded(100 * 16 + 15)), "Anna");
    let too_long = TextError::TooLong { unit: "characters", found: 1_616, limit: 100 };
    assert_eq!(no_name(&padded(101 * 16)), too_long);
}

#[test]
fn a_name_holds_no_control_character() {
    let controls = ['\0', '\u{1}', '\u{8}', '\n', '\r', '\u{1b}', '\u{7f}', '\u{80}', '\u{9f}'];
    for control in controls {
        let code = u32::from(control);
        assert_eq!(no_name(&format!("An{control}na")), TextError::Forbidden { code });
    }
    assert_eq!(no_name("An\r\nna"), TextError::Forbidden { code: 0x0a });
}

#[test]
fn no_text_reorders_what_stands_around_it() {
    let marks = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
    let marks = marks.chain(['\u{200e}', '\u{200f}', '\u{61c}', '\u{2028}', '\u{2029}']);
    for mark in marks {
        let forbidden = TextError::Forbidden { code: u32::from(mark) };
        let text = format!("Anna{mark}gpj.exe");
        assert_eq!(no_name(&text), forbidden);
        assert_eq!(Title::parse(&text), Err(forbidden.clone()));
        assert_eq!(Reason::parse(&text), Err(forbidden.clone()));
        assert_eq!(Note::parse(&text), Err(forbidden.clone()));
        assert_eq!(Notice::parse(&text), Err(forbidden.clone()));
        assert_eq!(Label::parse(&text), Err(forbidden));
    }
}

#[test]
fn a_name_that_shows_nothing_is_empty() {
    let invisible = [
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{2060}',
        '\u{2065}',
        '\u{206f}',
        '\u{feff}',
        '\u{ad}',
        '\u{34f}',
        '\u{180e}',
        '\u{115f}',
        '\u{1160}',
        '\u{3164}',
        '\u{ffa0}',
        '\u{fe0f}',
        '\u{2800}',
        '\u{fff9}',
        '\u{1bca0}',
        '\u{1d173}',
        '\u{e0041}',
        '\u{e01ef}',
    ];
    for letter in invisible {
        let code = u32::from(letter);
        assert_eq!(no_name(&letter.to_string()), TextError::Empty, "U+{code:04X}");
        assert_eq!(no_name(&format!(" {letter}\u{200b} ")), TextError::Empty, "U+{code:04X}");
    }
    let all: String = invisible.iter().collect();
    assert_eq!(no_name(&all), TextError::Empty);
}

#[test]
fn scripts_that_need_joiners_keep_them() {
    // Persian writes a non-joiner inside words, and families are joined from single emoji.
    let persian = "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}";
    assert_eq!(name(persian), persian);
    assert_eq!(name("\u{0627}\u{062d}\u{0645}\u{062f}").chars().count(), 4);
}

#[test]
fn several_lines_are_for_reasons_notes_and_notices_only() {
    let lines = "first\r\nsecond\n\tthird";
    assert_eq!(
        Reason::parse(lines).map(|text| text.as_str().to_owned()).as_deref(),
        Ok("first\nsecond\n\tthird")
    );
    assert!(Note::parse(lines).is_ok() && Notice::parse(lines).is_ok());
    for code in [0, 0x0d, 0x0b, 0x1b] {
        let control = char::from_u32(code).expect("it is a character");
        let forbidden = TextError::Forbidden { code };
        assert_eq!(Note::parse(&format!("a{control}b")), Err(forbidden));
    }
    assert!(Title::parse(lines).is_err() && Label::parse(lines).is_err());
}

#[test]
fn every_text_has_its_limit() {
    let text = |count| "x".repeat(count);
    let too_long = |limit| TextError::TooLong { unit: "characters", found: limit + 1, limit };
    macro_rules! limited {
        ($($name:ident: $limit:expr, $number:literal;)*) => {$(
            assert_eq!($limit, $number);
            assert!($name::parse(&text($limit)).is_ok());
            assert_eq!($name::parse(&text($limit + 1)), Err(too_long($limit)));
        )*};
    }
    limited! {
        PersonName: limits::NAME_CHARS, 100;
        Title: limits::TITLE_CHARS, 100;
        Reason: limits::REASON_CHARS, 500;
        Note: limits::NOTE_CHARS, 2_000;
        Notice: limits::TEXT_CHARS, 4_000;
        Label: limits::LABEL_CHARS, 60;
    }
}

#[test]
fn a_slug_is_fit_for_a_link() {
    for slug in ["a", "reception", "dr-dana-2", "0"] {
        assert!(Slug::parse(slug).is_ok(), "{slug}");
    }
    let form = TextError::Form { form: "lower-case letters, digits and inner hyphens" };
    for text in ["Reception", "dr dana", "-dana", "dana-", "dr_dana", "d\u{e4}na", "a/b", "..", "-"]
    {
        assert_eq!(Slug::parse(text), Err(form.clone()), "{text}");
    }
    assert_eq!(Slug::parse(""), Err(TextError::Empty));
    assert!(Slug::parse(&"a".repeat(63)).is_ok());
    let too_long = TextError::TooLong { unit: "bytes", found: 64, limit: 63 };
    assert_eq!(Slug::parse(&"a".repeat(64)), Err(too_long));
}

#[test]
fn a_phone_tail_is_four_digits() {
    assert!(PhoneTail::parse("0815").is_ok());
    for text in ["081", "08155", "08a5", "", "\u{661}\u{662}", "    ", "\u{ff11}2"] {
        assert!(PhoneTail::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_hosts_own_id_is_opaque_and_bounded() {
    let text = "urn:ehr:\u{e9}/77 =1+1";
    assert_eq!(ExternalRef::parse(text).map(|own| own.as_str().to_owned()).as_deref(), Ok(text));
    assert!(ExternalRef::parse(&"x".repeat(128)).is_ok());
    let too_long = TextError::TooLong { unit: "bytes", found: 129, limit: 128 };
    assert_eq!(ExternalRef::parse(&"x".repeat(129)), Err(too_long));
    assert_eq!(ExternalRef::parse("a\0b"), Err(TextError::Forbidden { code: 0 }));
    assert_eq!(ExternalRef::parse(""), Err(TextError::Empty));
}

#[test]
fn calls_meet_behind_https_only() {
    assert!(LinkTemplate::parse("https://meet.example/{call}").is_ok());
    for text in ["http://meet.example", "javascript:alert(1)", "meet.example", "HTTPS://x", ""] {
        assert!(LinkTemplate::parse(text).is_err(), "{text}");
    }
    assert!(LinkTemplate::parse(&format!("https://{}", "x".repeat(2_000))).is_err());
}

#[test]
fn what_a_cell_or_a_terminal_might_execute_is_kept_as_typed_and_left_to_its_sink() {
    for text in ["=1+1", "+49 30", "-1", "@home", "<script>alert(1)</script>", "'; drop table"] {
        assert_eq!(name(text), text);
    }
}

#[test]
fn stored_texts_are_read_as_they_are_whatever_the_limits_have_become() {
    let stored = format!("\"{}\"", "x".repeat(5_000));
    let read: PersonName = serde_json::from_str(&stored).expect("history is never refused");
    assert_eq!(read.as_str().len(), 5_000);
}

const SECRET: &str = "Zarathustra";

#[test]
fn an_error_tells_the_length_the_limit_or_the_character_and_never_the_text() {
    let errors = [
        PersonName::parse(&SECRET.repeat(50)).expect_err("too long"),
        PersonName::parse(&format!("{SECRET}\0")).expect_err("NUL"),
        PersonName::parse("\u{200b}").expect_err("nothing to see"),
        Slug::parse(&SECRET.repeat(9)).expect_err("too long"),
        Slug::parse(SECRET).expect_err("a capital"),
        PhoneTail::parse(SECRET).expect_err("letters"),
        LinkTemplate::parse(SECRET).expect_err("no address"),
    ];
    for error in errors {
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
    }
}

#[test]
fn personal_data_is_in_no_debug_of_a_command_or_an_event() {
    let name = PersonName::parse(SECRET).expect("a name");
    let note = || Personal::Clear(Note::parse(SECRET).expect("a note"));
    let mut form = CheckInForm::new(RECEPTION, ANNAS, name);
    form.reason = Reason::parse(SECRET).ok().map(Personal::Clear);
    let check_in = Action::CheckIn(Box::new(form));
    let removed = CloseReason::Removed { why: note() };
    let close = Action::CloseVisit { visit: ANNA, reason: removed.clone(), seen: None };
    for action in [check_in, close, Action::AddNote(ANNA, note())] {
        let command = Command {
            id: CommandId(id(1)),
            actor: Actor::Patient(TokenHash([0; 32])),
            at: at(0),
            fresh: Fresh(id(2)),
            action,
        };
        let shown = format!("{command:?} {command:#?}");
        assert!(!shown.contains(SECRET), "{shown}");
    }
    let act = VisitAct::AddNote(note());
    let (at, by, standing, seen) = (at(0), by(RITA), Standing::Host, None);
    let command = VisitCommand { at, by, standing, seen, act };
    let event = clinic_domain::visit::VisitEvent::NoteAdded { note: note(), by: by_rita() };
    let shown = format!("{command:?} {event:?} {removed:?}");
    assert!(!shown.contains(SECRET), "{shown}");
    assert!(shown.contains("Personal(clear)"));
}

#[test]
fn a_bare_personal_text_tells_its_type_in_debug_and_its_text_only_to_an_edge() {
    let name = PersonName::parse(SECRET).expect("a name");
    let phone = PhoneTail::parse("1234").expect("a phone");
    assert_eq!((name.to_string().as_str(), phone.to_string().as_str()), (SECRET, "1234"));
    let reason = Reason::parse(SECRET).expect("a reason");
    let note = Note::parse(SECRET).expect("a note");
    let shown = format!("{:?}", (name, reason, note, phone));
    assert_eq!(shown, "(PersonName(..), Reason(..), Note(..), PhoneTail(..))");
    let slug = Slug::parse("reception").expect("a slug");
    assert_eq!(format!("{slug:?}"), "\"reception\"", "of nobody");
}

fn by_rita() -> Actor {
    by(RITA)
}

#[test]
fn personal_data_leaves_no_trace_in_the_digest_of_a_command() {
    let digest = |name: &str, room| {
        let name = PersonName::parse(name).expect("a name");
        let action = Action::CheckIn(Box::new(CheckInForm::new(room, ANNAS, name)));
        let (id, actor) = (CommandId(id(1)), Actor::Patient(ANNAS));
        Command { id, actor, at: at(0), fresh: Fresh(clinic_testkit::spec::id(2)), action }.digest()
    };
    assert_eq!(digest(SECRET, RECEPTION), digest("Anna", RECEPTION));
    assert_ne!(digest(SECRET, RECEPTION), digest(SECRET, super::DR_DANA));
}

#[test]
fn a_datum_has_three_forms_and_only_the_clear_one_can_be_read() {
    let clear = Personal::Clear(PersonName::parse(SECRET).expect("a name"));
    assert_eq!(clear.clear().map(PersonName::as_str), Some(SECRET));
    let sealed: Personal<PersonName> = Personal::Sealed("bm90aGluZw==".to_owned());
    assert!(sealed.clear().is_none() && Personal::<PersonName>::Erased.clear().is_none());
    assert_eq!(format!("{sealed:?}"), "Personal(sealed)");
    assert_eq!(format!("{:?}", Personal::<PersonName>::Erased), "Personal(erased)");
    for datum in [clear, sealed, Personal::Erased] {
        let json = serde_json::to_string(&datum).expect("it is written");
        let read: Personal<PersonName> = serde_json::from_str(&json).expect("it is read");
        assert_eq!(read, datum);
    }
}
