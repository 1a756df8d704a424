//! The promises of every store of credentials.

use std::sync::Arc;

use clinic_domain::ids::{ClinicId, MemberId, PasscodeId, RoomId};
use clinic_domain::time::{Millis, Timestamp};
use clinic_engine::limits::SESSIONS_PER_MEMBER;
use clinic_engine::ports::{
    Accepted, Account, Credentials, Invitation, Inviter, KeptAccount, KeptPasscode, PasswordId,
    Session,
};
use clinic_engine::secrets::{Password, SecretHash, SignInName};
use uuid::Uuid;

/// Makes a test of every promise that a store of credentials keeps. `$make` is an async closure that gives
/// an empty one, and whatever has to live as long:
///
/// ```
/// mod my_store {
///     use clinic_engine::ports::MemoryCredentials as MyStore;
///
///     clinic_testkit::credentials_conformance!(async || (std::sync::Arc::new(MyStore::default()), ()));
/// }
/// ```
#[macro_export]
macro_rules! credentials_conformance {
    ($make:expr) => {
        $crate::credentials_conformance!(@each $make,
            a_passcode_never_changes_under_its_id,
            a_passcode_is_known_in_its_room_only_and_until_it_is_forgotten,
            an_account_is_found_by_its_name_its_member_and_its_password,
            a_name_is_one_members_in_all_clinics,
            a_member_has_one_account,
            a_new_password_ends_all_sessions_but_the_one_kept,
            a_password_is_changed_by_whoever_showed_the_one_in_force,
            a_session_is_kept_for_a_password_in_force_only,
            a_session_is_kept_as_it_is_and_touched_forwards_only,
            sessions_of_one_member_end_and_no_others,
            sessions_that_are_over_or_too_many_are_forgotten,
            an_invitation_is_good_until_it_expires,
            an_invitation_is_accepted_once,
            of_many_who_accept_at_once_one_does,
            a_newer_invitation_voids_the_older,
            a_taken_name_leaves_the_invitation,
            an_accepted_invitation_replaces_the_account_and_ends_its_sessions,
            whatever_ends_her_sessions_voids_her_invitation,
            a_removed_account_leaves_nothing,
        );
    };
    (@each $make:expr, $($promise:ident,)*) => {$(
        #[tokio::test]
        async fn $promise() {
            let make = $make;
            let (store, _kept) = make().await;
            $crate::conformance::credentials::$promise(store).await;
        }
    )*};
}

type Store = Arc<dyn Credentials>;

const HERE: ClinicId = ClinicId(Uuid::from_u128(1));
const THERE: ClinicId = ClinicId(Uuid::from_u128(2));
const RITA: MemberId = MemberId(Uuid::from_u128(3));
const DANA: MemberId = MemberId(Uuid::from_u128(4));
const NOON: Timestamp = Timestamp(1_000_000);
const HOUR: Millis = Millis::minutes(60);

fn name(text: &str) -> SignInName {
    SignInName::parse(text).expect("a lawful name")
}

fn password(text: &str) -> Password {
    Password::typed(text).expect("a lawful password")
}

fn token(n: u8) -> SecretHash {
    SecretHash([n; 32])
}

fn session(member: MemberId, at: Timestamp) -> Session {
    let expires_at = at.plus(HOUR);
    Session { clinic: HERE, member, started_at: at, expires_at, seen_at: at }
}

fn invitation(member: MemberId) -> Invitation {
    Invitation { clinic: HERE, member, by: Inviter::Host, expires_at: NOON.plus(HOUR) }
}

async fn account(store: &Store, typed: &str, clinic: ClinicId, member: MemberId) -> Account {
    let kept = store.keep_account(&name(typed), clinic, member, &password(typed)).await;
    match kept.expect("a store that works") {
        KeptAccount::Kept(account) => account,
        KeptAccount::NameTaken => panic!("{typed} is free"),
    }
}

async fn open(store: &Store, n: u8, session: Session, by: PasswordId) -> bool {
    store.keep_session(token(n), session, by).await.expect("a store that works")
}

async fn is_open(store: &Store, n: u8) -> bool {
    store.session(token(n)).await.expect("a store that works").is_some()
}

async fn accept(store: &Store, n: u8, at: Timestamp, typed: &str) -> Accepted {
    let accepted = store.accept_invitation(token(n), at, &name(typed), &password(typed)).await;
    accepted.expect("a store that works")
}

/// Who signs in by this name, the password being the same.
async fn who(store: &Store, typed: &str, password: &str) -> Option<MemberId> {
    let password = self::password(password);
    let found = store.check_password(&name(typed), &password).await.expect("a store that works");
    found.map(|account| account.member)
}

const ROOM: RoomId = RoomId(Uuid::from_u128(5));
const CODE: PasscodeId = PasscodeId(Uuid::from_u128(6));

/// What is kept under an id stays, and a retry is told so.
///
/// # Panics
/// If the promise is not kept.
pub async fn a_passcode_never_changes_under_its_id(store: Store) {
    for (typed, kept) in [
        ("kiwi", KeptPasscode::New),
        ("kiwi", KeptPasscode::Same),
        ("plum", KeptPasscode::Other),
        ("kiwi", KeptPasscode::Same),
    ] {
        assert_eq!(store.keep_passcode(HERE, ROOM, CODE, typed).await, Ok(kept), "{typed}");
    }
    assert_eq!(store.knows_passcode(HERE, ROOM, CODE, "plum").await, Ok(false));
}

/// A passcode opens the door it was made for.
///
/// # Panics
/// If the promise is not kept.
pub async fn a_passcode_is_known_in_its_room_only_and_until_it_is_forgotten(store: Store) {
    store.keep_passcode(HERE, ROOM, CODE, "kiwi").await.expect("a store that works");
    let other = RoomId(Uuid::from_u128(7));
    assert_eq!(store.knows_passcode(HERE, ROOM, CODE, "kiwi").await, Ok(true));
    assert_eq!(store.knows_passcode(HERE, other, CODE, "kiwi").await, Ok(false));
    assert_eq!(store.knows_passcode(THERE, ROOM, CODE, "kiwi").await, Ok(false));
    store.forget_passcode(HERE, other, CODE).await.expect("a store that works");
    assert_eq!(store.knows_passcode(HERE, ROOM, CODE, "kiwi").await, Ok(true));
    store.forget_passcode(HERE, ROOM, CODE).await.expect("a store that works");
    assert_eq!(store.knows_passcode(HERE, ROOM, CODE, "kiwi").await, Ok(false));
    assert_eq!(store.keep_passcode(HERE, ROOM, CODE, "plum").await, Ok(KeptPasscode::New));
}

/// Three ways lead to an account, and none to another.
///
/// # Panics
/// If the promise is not kept.
pub async fn an_account_is_found_by_its_name_its_member_and_its_password(store: Store) {
    let rita = account(&store, "rita", HERE, RITA).await;
    let dana = account(&store, "dana", HERE, DANA).await;
    assert_eq!((&rita.name, rita.clinic, rita.member), (&name("Rita"), HERE, RITA));
    assert_eq!(store.account(&name("rita")).await, Ok(Some(rita.clone())));
    assert_eq!(store.account(&name("nobody")).await, Ok(None));
    assert_eq!(store.account_of(HERE, DANA).await, Ok(Some(dana)));
    assert_eq!(store.account_of(THERE, RITA).await, Ok(None));
    let checked = store.check_password(&name("rita"), &password("rita")).await;
    assert_eq!(checked, Ok(Some(rita)));
    for (typed, secret) in [("rita", "dana"), ("dana", "rita"), ("nobody", "rita"), ("rita", "")] {
        assert_eq!(who(&store, typed, secret).await, None, "{typed} by {secret:?}");
    }
}

/// A name is typed before anybody knows the clinic.
///
/// # Panics
/// If the promise is not kept.
pub async fn a_name_is_one_members_in_all_clinics(store: Store) {
    let rita = account(&store, "rita", HERE, RITA).await;
    for (clinic, member) in [(THERE, RITA), (HERE, DANA)] {
        let taken = store.keep_account(&name("rita"), clinic, member, &password("x")).await;
        assert_eq!(taken, Ok(KeptAccount::NameTaken));
        assert_eq!(store.account_of(clinic, member).await, Ok(None));
    }
    assert_eq!(store.account(&name("rita")).await, Ok(Some(rita)));
    assert_eq!(who(&store, "rita", "rita").await, Some(RITA));
}

/// Another name takes the place of the first, which is free then; sessions end.
///
/// # Panics
/// If the promise is not kept.
pub async fn a_member_has_one_account(store: Store) {
    let rita = account(&store, "rita", HERE, RITA).await;
    assert!(open(&store, 1, session(RITA, NOON), rita.password).await);
    let renamed = account(&store, "desk", HERE, RITA).await;
    assert_ne!(renamed.password, rita.password);
    assert_eq!(store.account_of(HERE, RITA).await, Ok(Some(renamed)));
    assert_eq!(store.account(&name("rita")).await, Ok(None));
    assert_eq!(who(&store, "rita", "rita").await, None);
    assert!(!is_open(&store, 1).await);
    account(&store, "rita", HERE, DANA).await;
}

/// Whoever knew the old password is out.
///
/// # Panics
/// If the promise is not kept.
pub async fn a_new_password_ends_all_sessions_but_the_one_kept(store: Store) {
    let rita = account(&store, "rita", HERE, RITA).await;
    let dana = account(&store, "dana", HERE, DANA).await;
    for n in [1, 2] {
        assert!(open(&store, n, session(RITA, NOON), rita.password).await);
    }
    assert!(open(&store, 3, session(DANA, NOON), dana.password).await);
    let changed = store.change_password(HERE, RITA, None, &password("new"), Some(token(2))).await;
    assert_eq!(changed, Ok(true));
    assert_eq!(who(&store, "rita", "rita").await, None);
    assert_eq!(who(&store, "rita", "new").await, Some(RITA));
    let open = [is_open(&store, 1).await, is_open(&store, 2).await, is_open(&store, 3).await];
    assert_eq!(open, [false, true, true]);
    let nobody = store.change_password(THERE, RITA, None, &password("new"), None).await;
    assert_eq!(nobody, Ok(false));
    store.change_password(HERE, RITA, None, &password("newer"), None).await.expect("it works");
    assert!(!is_open(&store, 2).await);
}

/// Whoever changes her password while an operator resets it does not undo what he did.
///
/// # Panics
/// If the promise is not kept.
pub async fn a_password_is_changed_by_whoever_showed_the_one_in_force(store: Store) {
    let shown = account(&store, "rita", HERE, RITA).await.password;
    let reset = store.change_password(HERE, RITA, None, &password("reset"), None).await;
    assert_eq!(reset, Ok(true));
    let now = store.account_of(HERE, RITA).await.expect("it works").expect("an account");
    assert!(open(&store, 1, session(RITA, NOON), now.password).await);
    let late = store.change_password(HERE, RITA, Some(shown), &password("new"), None).await;
    assert_eq!(late, Ok(false));
    assert_eq!(who(&store, "rita", "reset").await, Some(RITA));
    assert!(is_open(&store, 1).await, "nothing changed, and nothing ended");
    let new = store.change_password(HERE, RITA, Some(now.password), &password("new"), None).await;
    assert_eq!(new, Ok(true));
    assert_eq!(who(&store, "rita", "new").await, Some(RITA));
}

/// A change of password ends also those sessions that are just about to begin.
///
/// # Panics
/// If the promise is not kept.
pub async fn a_session_is_kept_for_a_password_in_force_only(store: Store) {
    let before = account(&store, "rita", HERE, RITA).await;
    store.change_password(HERE, RITA, None, &password("new"), None).await.expect("it works");
    assert!(!open(&store, 1, session(RITA, NOON), before.password).await);
    assert!(!is_open(&store, 1).await);
    let now = store.account_of(HERE, RITA).await.expect("it works").expect("an account");
    assert!(open(&store, 1, session(RITA, NOON), now.password).await);
    // Nor for a member who has no account.
    assert!(!open(&store, 2, session(DANA, NOON), now.password).await);
}

/// The store keeps instants and judges none.
///
/// # Panics
/// If the promise is not kept.
pub async fn a_session_is_kept_as_it_is_and_touched_forwards_only(store: Store) {
    let rita = account(&store, "rita", HERE, RITA).await;
    let kept = session(RITA, NOON);
    assert!(open(&store, 1, kept, rita.password).await);
    assert_eq!(store.session(token(1)).await, Ok(Some(kept)));
    assert_eq!(store.session(token(2)).await, Ok(None));
    let later = NOON.plus(HOUR).plus(HOUR);
    for at in [later, NOON] {
        store.touch_session(token(1), at).await.expect("it works");
        assert_eq!(store.session(token(1)).await, Ok(Some(Session { seen_at: later, ..kept })));
    }
    store.touch_session(token(2), later).await.expect("it works");
    assert!(!is_open(&store, 2).await, "a touch opens none");
    store.end_session(token(1)).await.expect("it works");
    store.end_session(token(1)).await.expect("it is so already");
    assert!(!is_open(&store, 1).await);
}

/// All of hers, or all but one.
///
/// # Panics
/// If the promise is not kept.
pub async fn sessions_of_one_member_end_and_no_others(store: Store) {
    let rita = account(&store, "rita", HERE, RITA).await;
    let dana = account(&store, "dana", HERE, DANA).await;
    for n in [1, 2, 3] {
        assert!(open(&store, n, session(RITA, NOON), rita.password).await);
    }
    assert!(open(&store, 4, session(DANA, NOON), dana.password).await);
    store.end_sessions(HERE, RITA, Some(token(2))).await.expect("it works");
    let mut open = vec![];
    for n in 1..=4 {
        open.push(is_open(&store, n).await);
    }
    assert_eq!(open, [false, true, false, true]);
    store.end_sessions(THERE, DANA, None).await.expect("it works");
    store.end_sessions(HERE, RITA, None).await.expect("it works");
    assert!(!is_open(&store, 2).await);
    assert!(is_open(&store, 4).await);
}

/// Nobody's sessions grow without end.
///
/// # Panics
/// If the promise is not kept.
pub async fn sessions_that_are_over_or_too_many_are_forgotten(store: Store) {
    let rita = account(&store, "rita", HERE, RITA).await;
    let dana = account(&store, "dana", HERE, DANA).await;
    assert!(open(&store, 200, session(DANA, NOON), dana.password).await);
    let one_too_many = u8::try_from(SESSIONS_PER_MEMBER).expect("a small limit");
    for n in 0..=one_too_many {
        let at = NOON.plus(Millis(1 + u64::from(n)));
        assert!(open(&store, n, session(RITA, at), rita.password).await);
        if n == 1 {
            store.touch_session(token(0), NOON.plus(HOUR)).await.expect("it works");
        }
    }
    assert!(!is_open(&store, 1).await, "it was seen the longest ago");
    assert!(is_open(&store, 0).await, "it was seen since");
    assert!(is_open(&store, one_too_many).await);
    assert!(is_open(&store, 200).await, "hers are not counted with others'");
    let later = session(RITA, NOON.plus(HOUR));
    assert!(open(&store, 100, later, rita.password).await);
    assert!(!is_open(&store, 200).await, "it is over");
}

/// It is good until its instant, and not at it.
///
/// # Panics
/// If the promise is not kept.
pub async fn an_invitation_is_good_until_it_expires(store: Store) {
    let invited = Invitation { by: Inviter::Member(DANA), ..invitation(RITA) };
    store.keep_invitation(token(1), invited).await.expect("it works");
    let last = Timestamp(invited.expires_at.0 - 1);
    assert_eq!(store.invitation(token(1), last).await, Ok(Some(invited)));
    assert_eq!(store.invitation(token(1), invited.expires_at).await, Ok(None));
    assert_eq!(store.invitation(token(2), NOON).await, Ok(None));
    assert_eq!(accept(&store, 1, invited.expires_at, "rita").await, Accepted::Void);
    assert_eq!(accept(&store, 2, NOON, "rita").await, Accepted::Void);
    assert!(matches!(accept(&store, 1, last, "rita").await, Accepted::Welcome(_)));
}

/// One use.
///
/// # Panics
/// If the promise is not kept.
pub async fn an_invitation_is_accepted_once(store: Store) {
    store.keep_invitation(token(1), invitation(RITA)).await.expect("it works");
    let Accepted::Welcome(welcomed) = accept(&store, 1, NOON, "rita").await else {
        panic!("it is good");
    };
    assert_eq!((&welcomed.name, welcomed.clinic, welcomed.member), (&name("rita"), HERE, RITA));
    assert_eq!(store.account_of(HERE, RITA).await, Ok(Some(welcomed)));
    assert_eq!(store.invitation(token(1), NOON).await, Ok(None));
    assert_eq!(accept(&store, 1, NOON, "thief").await, Accepted::Void);
    assert_eq!(who(&store, "rita", "rita").await, Some(RITA));
}

/// Also when all of them ask at one instant.
///
/// # Panics
/// If the promise is not kept.
pub async fn of_many_who_accept_at_once_one_does(store: Store) {
    store.keep_invitation(token(1), invitation(RITA)).await.expect("it works");
    let crowd = ["one", "two", "three", "four"].map(|typed| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { accept(&store, 1, NOON, typed).await })
    });
    let mut welcomed = vec![];
    for one in crowd {
        match one.await.expect("nobody panics") {
            Accepted::Welcome(account) => welcomed.push(account),
            Accepted::Void => {}
            Accepted::NameTaken => panic!("nobody had a name"),
        }
    }
    assert_eq!(welcomed.len(), 1);
    assert_eq!(store.account_of(HERE, RITA).await, Ok(welcomed.pop()));
}

/// Whoever holds the older one holds nothing.
///
/// # Panics
/// If the promise is not kept.
pub async fn a_newer_invitation_voids_the_older(store: Store) {
    store.keep_invitation(token(1), invitation(RITA)).await.expect("it works");
    store.keep_invitation(token(2), invitation(DANA)).await.expect("it works");
    store.keep_invitation(token(3), invitation(RITA)).await.expect("it works");
    assert_eq!(store.invitation(token(1), NOON).await, Ok(None));
    assert_eq!(store.invitation(token(2), NOON).await, Ok(Some(invitation(DANA))));
    assert_eq!(accept(&store, 1, NOON, "rita").await, Accepted::Void);
    assert!(matches!(accept(&store, 3, NOON, "rita").await, Accepted::Welcome(_)));
}

/// She may choose another name.
///
/// # Panics
/// If the promise is not kept.
pub async fn a_taken_name_leaves_the_invitation(store: Store) {
    account(&store, "rita", THERE, RITA).await;
    store.keep_invitation(token(1), invitation(DANA)).await.expect("it works");
    assert_eq!(accept(&store, 1, NOON, "rita").await, Accepted::NameTaken);
    assert_eq!(store.account_of(HERE, DANA).await, Ok(None));
    assert!(matches!(accept(&store, 1, NOON, "dana").await, Accepted::Welcome(_)));
    assert_eq!(who(&store, "rita", "rita").await, Some(RITA));
}

/// A lost password is replaced, and whoever found it is out.
///
/// # Panics
/// If the promise is not kept.
pub async fn an_accepted_invitation_replaces_the_account_and_ends_its_sessions(store: Store) {
    let before = account(&store, "rita", HERE, RITA).await;
    assert!(open(&store, 1, session(RITA, NOON), before.password).await);
    store.keep_invitation(token(1), invitation(RITA)).await.expect("it works");
    assert!(is_open(&store, 1).await, "an invitation alone ends nothing");
    let accepted = store.accept_invitation(token(1), NOON, &name("rita"), &password("new")).await;
    assert!(matches!(accepted, Ok(Accepted::Welcome(_))), "her own name is free for her");
    assert!(!is_open(&store, 1).await);
    assert_eq!(who(&store, "rita", "rita").await, None);
    assert_eq!(who(&store, "rita", "new").await, Some(RITA));
}

/// Whoever kept an invitation of hers does not come in by it.
///
/// # Panics
/// If the promise is not kept.
pub async fn whatever_ends_her_sessions_voids_her_invitation(store: Store) {
    account(&store, "rita", HERE, RITA).await;
    store.keep_invitation(token(9), invitation(DANA)).await.expect("it works");
    let is_good = async |n| store.invitation(token(n), NOON).await.expect("it works").is_some();
    for (n, ends) in ["a change", "an account", "an end", "an end of none"].iter().enumerate() {
        let n = u8::try_from(n).expect("few");
        store.keep_invitation(token(n), invitation(RITA)).await.expect("it works");
        assert!(is_good(n).await);
        let ended = match n {
            0 => store.change_password(HERE, RITA, None, &password("new"), None).await.map(drop),
            1 => store.keep_account(&name("rita"), HERE, RITA, &password("x")).await.map(drop),
            2 => store.end_sessions(HERE, RITA, None).await,
            _ => store.end_sessions(HERE, RITA, Some(token(50))).await,
        };
        assert_eq!(ended, Ok(()), "{ends}");
        assert!(!is_good(n).await, "{ends}");
    }
    assert!(is_good(9).await, "others' invitations are as they were");
}

/// Neither a session nor an invitation by which to come back.
///
/// # Panics
/// If the promise is not kept.
pub async fn a_removed_account_leaves_nothing(store: Store) {
    let rita = account(&store, "rita", HERE, RITA).await;
    let dana = account(&store, "dana", HERE, DANA).await;
    assert!(open(&store, 1, session(RITA, NOON), rita.password).await);
    store.keep_invitation(token(1), invitation(RITA)).await.expect("it works");
    store.keep_invitation(token(2), invitation(DANA)).await.expect("it works");
    store.remove_account(HERE, RITA).await.expect("it works");
    assert_eq!(store.account(&name("rita")).await, Ok(None));
    assert_eq!(who(&store, "rita", "rita").await, None);
    assert!(!is_open(&store, 1).await);
    assert_eq!(store.invitation(token(1), NOON).await, Ok(None));
    assert_eq!(store.invitation(token(2), NOON).await, Ok(Some(invitation(DANA))));
    assert_eq!(store.account_of(HERE, DANA).await, Ok(Some(dana)));
}
