//! Tokens, sign-in names, passwords and their slow hashes.

use clinic_domain::text::TextError;
use clinic_engine::limits;
use clinic_engine::secrets::{Hasher, Password, Secret, SignInName, WeakPassword};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;

#[test]
fn a_token_is_read_back_from_its_text_and_from_no_other() {
    let secret = Secret::fresh().unwrap();
    let text = secret.text();
    assert_eq!(text.len(), 43);
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    assert_eq!(Secret::read(&text), Some(secret.clone()));
    assert_ne!(Secret::fresh().unwrap(), secret);
    for other in ["", &text[1..], &format!("{text}="), &format!(" {text}"), &"+".repeat(43)] {
        assert_eq!(Secret::read(other), None, "{other:?}");
    }
    // 43 characters hold two bits more than the token; they are nothing.
    let bent = |last: char| format!("{}{last}", &text[..42]);
    let alphabet = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']);
    assert_eq!(
        alphabet.filter(|last| Secret::read(&bent(*last)) == Some(secret.clone())).count(),
        1
    );
    assert_eq!(format!("{secret:?}{:?}", secret.hash()), "SecretSecretHash");
}

#[test]
fn what_a_store_keeps_of_a_token_is_its_sha_256() {
    let secret = Secret::read(&"A".repeat(43)).unwrap();
    let wanted: [u8; 32] = Sha256::digest([0; 32]).into();
    assert_eq!(secret.hash().0, wanted);
}

#[test]
fn a_sign_in_name_is_the_same_however_it_is_typed() {
    let name = |text: &str| SignInName::parse(text).unwrap();
    assert_eq!(name("  Rita O\u{2019}Shea "), name("rita o\u{2019}shea"));
    assert_eq!(name("JOS\u{c9}"), name("jose\u{301}"));
    assert_eq!(name("rita@harbour.example").as_str(), "rita@harbour.example");
    assert_eq!(SignInName::parse(" \u{200b} "), Err(TextError::Empty));
    assert!(SignInName::parse("rita\u{202e}atir").is_err());
    assert!(SignInName::parse(&"x".repeat(101)).is_err());
    assert!(SignInName::parse(&"\u{130}".repeat(99)).is_err(), "two letters each, in lower case");
    let twice = name("\u{130}stanbul");
    assert_eq!(name(twice.as_str()), twice);
    assert_eq!(format!("{twice:?}"), "SignInName(..)");
}

#[test]
fn a_password_is_counted_in_letters_and_is_not_the_name() {
    let name = SignInName::parse("Rita O'Shea").unwrap();
    let chosen = |text: &str| Password::chosen(text, &name).map(|_| ());
    let short = WeakPassword::TooShort { found: 9, limit: limits::PASSWORD_CHARS_MIN };
    assert_eq!(chosen(&"\u{1f642}".repeat(9)), Err(short));
    assert_eq!(chosen(&"\u{1f642}".repeat(10)), Ok(()));
    assert_eq!(chosen(&"\u{1f642}".repeat(200)), Ok(()));
    let long = WeakPassword::TooLong { found: 201, limit: limits::PASSWORD_CHARS_MAX };
    assert_eq!(chosen(&"\u{1f642}".repeat(201)), Err(long.clone()));
    assert_eq!(chosen(&"x".repeat(201)), Err(long));
    assert_eq!(chosen(" RITA O'SHEA"), Err(WeakPassword::IsTheName));
    let typed = Password::typed("").unwrap();
    assert_eq!(format!("{typed:?}{:?}", Password::typed("kiwi")), "PasswordOk(Password)");
}

#[tokio::test]
async fn a_hash_is_salted_and_knows_its_secret_only() {
    let hasher = Hasher::new();
    let (one, two) = (hasher.hash("kiwi").await.unwrap(), hasher.hash("kiwi").await.unwrap());
    assert_ne!(one, two);
    assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
    assert_eq!(hasher.verify(Some(one.clone()), "kiwi").await, Ok(true));
    assert_eq!(hasher.verify(Some(one), "plum").await, Ok(false));
    assert_eq!(hasher.verify(None, "kiwi").await, Ok(false));
    assert!(hasher.verify(Some("nonsense".to_owned()), "kiwi").await.is_err());
}

#[tokio::test]
async fn a_verifier_of_another_program_is_good_whatever_its_parameters() {
    // By the reference implementation.
    let [now, then] = [
        "m=19456,t=2,p=1$c2l4dGVlbiBieXRlcyEhIQ$3uVWABRRSfjxTuZU18DMZTMhWpg0bey93eS0fUgKkJ4",
        "m=8192,t=1,p=1$c2l4dGVlbiBieXRlcyEhIQ$3e60gjowTK0qFqt/i+KvY65kuQyqUmc4K2SV4je6ShI",
    ]
    .map(|kept| format!("$argon2id$v=19${kept}"));
    let hasher = Hasher::new();
    for kept in [&now, &then, &now] {
        assert_eq!(hasher.verify(Some(kept.clone()), "open sesame").await, Ok(true), "{kept}");
        assert_eq!(hasher.verify(Some(kept.clone()), "open wheat").await, Ok(false), "{kept}");
    }
    let other = now.replace("argon2id", "argon2i");
    assert!(hasher.verify(Some(other), "open sesame").await.is_err());
}

#[tokio::test]
async fn a_flood_is_told_to_come_back_also_where_there_is_nothing_to_verify() {
    let hasher = Hasher::new();
    let mut flood = JoinSet::new();
    let many = limits::HASHES_WAITING + 10;
    for _ in 0..many {
        let hasher = hasher.clone();
        flood.spawn(async move { hasher.verify(None, "guess").await });
    }
    let answers = flood.join_all().await;
    let refused = answers.iter().filter(|answer| answer.is_err()).count();
    // As many as there is no room for, less those for whom a place was free again in time.
    assert!((1..=10).contains(&refused), "{refused} of {many}");
    assert_eq!(hasher.verify(None, "guess").await, Ok(false), "and then there is room again");
}
