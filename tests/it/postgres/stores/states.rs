//! Saved states that all nodes share.

use clinic_domain::ids::{ClinicId, Position};
use clinic_engine::ports::{FoldId, SavedState, SavedStates as _};
use clinic_postgres::limits;
use clinic_postgres::states::PgStates;

use super::{CLINIC, OTHER};
use crate::postgres::fixture::{database, lent};

const BOARDS: FoldId = FoldId { name: "boards", version: 2 };

fn state(position: u64, text: &str) -> SavedState {
    SavedState { position: Position(position), state: text.as_bytes().to_vec() }
}

async fn latest(at: &PgStates, clinic: ClinicId, fold: FoldId, until: u64) -> Option<SavedState> {
    at.latest(clinic, fold, Position(until)).await.unwrap()
}

#[tokio::test]
async fn what_one_node_saves_another_finds_by_clinic_fold_version_and_position() {
    let lent = lent();
    let (here, there) = (
        PgStates::open(&database(&lent.url()).await),
        PgStates::open(&database(&lent.url()).await),
    );
    assert_eq!(latest(&there, CLINIC, BOARDS, u64::MAX).await, None);
    for (position, text) in [(10, "ten"), (20, "twenty"), (10, "ten anew")] {
        here.save(CLINIC, BOARDS, state(position, text)).await.unwrap();
    }
    assert_eq!(latest(&there, CLINIC, BOARDS, u64::MAX).await, Some(state(20, "twenty")));
    assert_eq!(latest(&there, CLINIC, BOARDS, 19).await, Some(state(10, "ten anew")));
    assert_eq!(latest(&there, CLINIC, BOARDS, 9).await, None);
    assert_eq!(latest(&there, OTHER, BOARDS, 20).await, None);
    let other = FoldId { name: "all", ..BOARDS };
    assert_eq!(latest(&there, CLINIC, other, 20).await, None);
    // A newer version of the fold takes the place of the older; an older node finds nothing, and folds.
    let newer = FoldId { version: 3, ..BOARDS };
    there.save(CLINIC, newer, state(15, "new form")).await.unwrap();
    assert_eq!(latest(&here, CLINIC, BOARDS, u64::MAX).await, None);
    assert_eq!(latest(&here, CLINIC, newer, u64::MAX).await, Some(state(15, "new form")));
    there.drop_before(CLINIC, newer, Position(15)).await.unwrap();
    assert!(latest(&here, CLINIC, newer, u64::MAX).await.is_some());
    there.drop_before(CLINIC, newer, Position(16)).await.unwrap();
    assert_eq!(latest(&here, CLINIC, newer, u64::MAX).await, None);
}

#[tokio::test]
async fn a_state_beyond_the_limit_is_neither_kept_nor_fetched() {
    let lent = lent();
    let states = PgStates::open(&database(&lent.url()).await);
    let large = SavedState { position: Position(2), state: vec![b' '; limits::STATE_BYTES + 1] };
    let error = states.save(CLINIC, BOARDS, large).await.unwrap_err().to_string();
    assert!(error.contains("the limit is"), "{error}");
    states.save(CLINIC, BOARDS, state(1, "small")).await.unwrap();
    let by_hand = format!(
        "INSERT INTO clinic_states SELECT clinic, fold, version, 2, \
         convert_to(repeat(' ', {}), 'UTF8') FROM clinic_states",
        limits::STATE_BYTES + 1
    );
    lent.sql(&by_hand).unwrap();
    assert_eq!(latest(&states, CLINIC, BOARDS, 9).await, Some(state(1, "small")));
}
