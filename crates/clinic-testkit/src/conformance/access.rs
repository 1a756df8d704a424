//! The promises of every access log.

use std::sync::Arc;

use clinic_domain::ids::{ClinicId, MemberId, RoomId, VisitId};
use clinic_domain::time::Timestamp;
use clinic_engine::ports::{Access, AccessLog, Accessed, Reader, Subject};
use uuid::Uuid;

/// Makes a test of every promise that an access log keeps. `$make` is an async closure that gives an empty
/// one, and whatever has to live as long:
///
/// ```
/// mod my_access_log {
///     use clinic_engine::ports::MemoryAccess as MyAccess;
///
///     clinic_testkit::access_conformance!(async || (std::sync::Arc::new(MyAccess::default()), ()));
/// }
/// ```
#[macro_export]
macro_rules! access_conformance {
    ($make:expr) => {
        $crate::access_conformance!(@each $make,
            what_is_recorded_is_read_back_as_it_is_in_order,
            a_page_goes_on_behind_a_number,
            readings_in_two_clinics_do_not_mix,
            of_many_who_record_at_once_all_are_kept,
        );
    };
    (@each $make:expr, $($promise:ident,)*) => {$(
        #[tokio::test]
        async fn $promise() {
            let make = $make;
            let (access, _kept) = make().await;
            $crate::conformance::access::$promise(access).await;
        }
    )*};
}

type Log = Arc<dyn AccessLog>;

const HERE: ClinicId = ClinicId(Uuid::from_u128(1));
const THERE: ClinicId = ClinicId(Uuid::from_u128(2));

fn access(clinic: ClinicId, n: i64) -> Access {
    let who = Reader::Member(MemberId(Uuid::from_u128(3)));
    let (at, subject) = (Timestamp(n), Subject::Clinic);
    Access { at, clinic, who, model: "visits".into(), subject }
}

async fn page(log: &Log, clinic: ClinicId, after: u64, limit: usize) -> Vec<Accessed> {
    log.read(clinic, after, limit).await.expect("an access log that works")
}

/// Whoever read, whatever was read, and of whom.
///
/// # Panics
/// If the promise is not kept.
pub async fn what_is_recorded_is_read_back_as_it_is_in_order(log: Log) {
    let mut kept = vec![];
    let (room, visit) = (RoomId(Uuid::from_u128(4)), VisitId(Uuid::from_u128(5)));
    for who in [Reader::Host, Reader::Member(MemberId(Uuid::from_u128(6)))] {
        let account = Subject::Account(MemberId(Uuid::from_u128(7)));
        for subject in [Subject::Clinic, Subject::Room(room), Subject::Visit(visit), account] {
            // The later one is the older one by the clock: the order is that of the records.
            let at = 10 - i64::try_from(kept.len()).expect("a few");
            let access = Access { who, subject, model: "timeline".into(), ..access(HERE, at) };
            log.record(access.clone()).await.expect("an access log that works");
            kept.push(access);
        }
    }
    let found = page(&log, HERE, 0, 100).await;
    assert!(found.windows(2).all(|pair| pair[0].number < pair[1].number));
    let found: Vec<Access> = found.into_iter().map(|one| one.access).collect();
    assert_eq!(found, kept);
}

/// No record is read twice and none is left out.
///
/// # Panics
/// If the promise is not kept.
pub async fn a_page_goes_on_behind_a_number(log: Log) {
    for n in 0..10 {
        log.record(access(HERE, n)).await.expect("an access log that works");
    }
    let (mut after, mut read) = (0, vec![]);
    loop {
        let found = page(&log, HERE, after, 3).await;
        assert!(found.len() <= 3);
        let Some(last) = found.last() else { break };
        after = last.number;
        read.extend(found.into_iter().map(|one| one.access.at.0));
    }
    assert_eq!(read, (0..10).collect::<Vec<_>>());
    assert_eq!(page(&log, HERE, u64::MAX, 3).await, []);
}

/// Nobody reads what was read elsewhere.
///
/// # Panics
/// If the promise is not kept.
pub async fn readings_in_two_clinics_do_not_mix(log: Log) {
    for n in 0..4 {
        let clinic = if n % 2 == 0 { HERE } else { THERE };
        log.record(access(clinic, n)).await.expect("an access log that works");
    }
    for (clinic, wanted) in [(HERE, [0, 2]), (THERE, [1, 3])] {
        let found = page(&log, clinic, 0, 100).await;
        assert!(found.iter().all(|one| one.access.clinic == clinic));
        assert_eq!(found.iter().map(|one| one.access.at.0).collect::<Vec<_>>(), wanted);
    }
}

/// Each under a number of its own.
///
/// # Panics
/// If the promise is not kept.
pub async fn of_many_who_record_at_once_all_are_kept(log: Log) {
    let crowd = (0..100).map(|n| {
        let log = Arc::clone(&log);
        tokio::spawn(async move { log.record(access(HERE, n)).await })
    });
    let crowd: Vec<_> = crowd.collect();
    for one in crowd {
        one.await.expect("nobody panics").expect("an access log that works");
    }
    let found = page(&log, HERE, 0, 1_000).await;
    assert!(found.windows(2).all(|pair| pair[0].number < pair[1].number));
    let mut instants: Vec<i64> = found.iter().map(|one| one.access.at.0).collect();
    instants.sort_unstable();
    assert_eq!(instants, (0..100).collect::<Vec<_>>());
}
