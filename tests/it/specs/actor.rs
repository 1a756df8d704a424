//! Actors in text, as the log and a day file write them.

use clinic_domain::actor::{Actor, NotAnActor, PolicyName, TokenHash};
use clinic_testkit::any::any_actor;
use proptest::prelude::*;

use super::{RITA, by};

const ZEROS: &str = "00000000000000000000000000000000";

#[test]
fn each_kind_of_actor_has_its_text() {
    let token = TokenHash([0xa7; 32]);
    for (actor, text) in [
        (by(RITA), "member:00000000-0000-0000-0000-000000000002".to_owned()),
        (Actor::Patient(token), format!("patient:{}", "a7".repeat(32))),
        (Actor::policy(PolicyName::MemberLost), "policy:member-lost:1".to_owned()),
        (Actor::Import, "import".to_owned()),
        (Actor::Host, "host".to_owned()),
    ] {
        assert_eq!(actor.to_string(), text);
        assert_eq!(text.parse(), Ok(actor));
    }
}

#[test]
fn what_names_nobody_is_no_actor() {
    for text in [
        "",
        "host:",
        "Host",
        "member",
        "member:",
        "member:rita",
        "patient:",
        &format!("patient:{ZEROS}"),
        &format!("patient:{ZEROS}{ZEROS}00"),
        &format!("patient:{ZEROS}0000000000000000000000000000000g"),
        &format!("patient:{ZEROS}000000000000000000000000000000gg"),
        &format!("patient:{ZEROS}000000000000000000000000000000\u{e9}"),
        "policy:presence",
        "policy:presence:",
        "policy:presence:65536",
        "policy:presence:1:1",
        "policy:nobody:1",
    ] {
        assert_eq!(text.parse::<Actor>(), Err(NotAnActor), "{text}");
    }
}

/// As JSON, wherever it comes from: a text, a value, a text with escapes in it, a reader.
#[test]
fn actors_and_tokens_are_read_from_any_json_that_says_them() {
    let token = TokenHash([0x0a; 32]);
    for actor in [by(RITA), Actor::Patient(token), Actor::policy(PolicyName::NoShow), Actor::Host] {
        let json = format!("\"{actor}\"");
        assert_eq!(serde_json::to_string(&actor).expect("it is JSON"), json);
        let escaped = json.replace(':', "\\u003a").replace("host", "\\u0068ost");
        assert_eq!(serde_json::from_str::<Actor>(&json).expect("an actor"), actor);
        assert_eq!(serde_json::from_str::<Actor>(&escaped).expect("an actor"), actor);
        assert_eq!(serde_json::from_reader::<_, Actor>(json.as_bytes()).expect("an actor"), actor);
        assert_eq!(serde_json::from_value::<Actor>(actor.to_string().into()).expect("one"), actor);
    }
    let json = format!("\"{}\"", "0a".repeat(32));
    assert_eq!(serde_json::to_string(&token).expect("it is JSON"), json);
    assert_eq!(serde_json::from_str::<TokenHash>(&json).expect("a hash"), token);
    assert_eq!(serde_json::from_str::<TokenHash>(&json.to_uppercase()).expect("a hash"), token);
    let wrong = serde_json::from_str::<TokenHash>("\"0a\"").expect_err("too short").to_string();
    assert!(wrong.contains("64 hex digits"), "{wrong}");
    let wrong = serde_json::from_str::<TokenHash>("10").expect_err("a number").to_string();
    assert!(wrong.contains("64 hex digits"), "{wrong}");
    let wrong = serde_json::from_str::<Actor>("{\"member\":1}").expect_err("no text").to_string();
    assert!(wrong.contains("member:<uuid>"), "{wrong}");
}

proptest! {
    #[test]
    fn an_actor_reads_back_from_its_text(actor in any_actor(), token: [u8; 32], version: u16) {
        let policies = PolicyName::ALL.map(|name| Actor::Policy { name, version });
        for actor in policies.into_iter().chain([actor, Actor::Patient(TokenHash(token))]) {
            prop_assert_eq!(actor.to_string().parse::<Actor>(), Ok(actor));
        }
    }
}
