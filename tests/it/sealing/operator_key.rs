//! The operator's key file: whose it is, what it looks like, and what is refused.

use std::fs;

use clinic_sqlite::{FileError, operator_key};

use super::fixture::{Folder, mode, set_mode};

fn refused(text: impl AsRef<[u8]>) -> String {
    let folder = Folder::new();
    fs::write(folder.key_file(), text).unwrap();
    set_mode(&folder.key_file(), 0o600);
    operator_key::load(&folder.key_file()).unwrap_err().to_string()
}

#[tokio::test]
async fn a_first_start_makes_a_key_for_its_owner_only() {
    let folder = Folder::new();
    let keys = folder.keys().await;
    assert_eq!(
        folder.names().iter().filter(|name| !name.ends_with("-shm")).collect::<Vec<_>>(),
        ["clinic.keys.db", "clinic.keys.db-wal", "clinic.operator.key"]
    );
    for name in folder.names() {
        assert_eq!(mode(&folder.file(&name)), 0o600, "{name}");
    }
    let text = fs::read_to_string(folder.key_file()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0], lines[1].len()), (2, "clinic operator key 1", 43));
    drop(keys);
    folder.keys().await;
    assert_eq!(fs::read_to_string(folder.key_file()).unwrap(), text);
}

#[tokio::test]
async fn two_first_starts_make_two_keys() {
    let (one, other) = (Folder::new(), Folder::new());
    let _open = (one.keys().await, other.keys().await);
    assert_ne!(fs::read(one.key_file()).unwrap(), fs::read(other.key_file()).unwrap());
}

#[tokio::test]
async fn a_key_that_others_can_read_is_refused_with_the_command_that_helps() {
    let folder = Folder::new();
    drop(folder.keys().await);
    for exposed in [0o640, 0o604, 0o620, 0o610, 0o666] {
        set_mode(&folder.key_file(), exposed);
        let error = folder.try_keys().await.unwrap_err().to_string();
        assert!(error.contains(&format!("mode {exposed:04o}")), "{error}");
        assert!(error.contains(&format!("chmod 600 '{}'", folder.key_file().display())), "{error}");
    }
    for kept in [0o600, 0o400] {
        set_mode(&folder.key_file(), kept);
        folder.keys().await;
    }
    set_mode(&folder.store(), 0o644);
    let error = folder.try_keys().await.unwrap_err().to_string();
    assert!(error.contains("clinic.keys.db") && error.contains("mode 0644"), "{error}");
}

#[test]
fn what_is_no_operator_key_is_refused_and_says_why() {
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    for (text, why) in [
        (String::new(), "its first line"),
        (format!("clinic operator key 2\n{key}\n"), "its first line"),
        ("clinic operator key 1\n".to_owned(), "its second line"),
        (format!("clinic operator key 1\n{}\n", &key[..42]), "its second line"),
        (format!("clinic operator key 1\n{key}A\n"), "its second line"),
        (format!("clinic operator key 1\n{}!\n", &key[..42]), "its second line"),
        (format!("clinic operator key 1\n{key}\n{key}\n"), "something follows"),
        (format!("clinic operator key 1\n{key}\n{}", "\n".repeat(2_000)), "too long"),
    ] {
        let error = refused(&text);
        assert!(error.contains(why), "{text:?}: {error}");
        assert!(!error.contains(&key[..8]), "the key is in the error: {error}");
    }
    assert!(refused([0xff, 0xfe]).contains("not text"));
}

#[test]
fn a_key_may_have_been_through_an_editor() {
    let folder = Folder::new();
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    for text in
        [format!("clinic operator key 1\n{key}"), format!("clinic operator key 1\r\n{key}\r\n\r\n")]
    {
        fs::write(folder.key_file(), text).unwrap();
        set_mode(&folder.key_file(), 0o600);
        let loaded = operator_key::load(&folder.key_file()).unwrap();
        assert_eq!(format!("{loaded:?}"), "OperatorKey");
    }
    let missing = operator_key::load(&folder.file("elsewhere"));
    assert!(matches!(missing, Err(FileError::Missing { .. })));
}
