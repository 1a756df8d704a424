//! The journey is the one that is asked for, and stock stores what the clinic decides.

use std::fs;

use sqlx::SqlitePool;

use crate::Synchronous;
use crate::measure::measure;
use crate::plan::plan;
use crate::sqlite::Sqlite;

#[test]
fn a_visit_is_nine_commands_in_eleven_commits_and_thirteen_events() {
    let plan = plan(3, 2, 7).expect("the domain grants every journey");
    let asks = || plan.clients.iter().flatten();
    assert_eq!(plan.clients.len(), 3, "clients");
    assert_eq!(asks().count(), 7 * 9, "commands");
    assert_eq!(asks().map(|ask| ask.steps.len()).sum::<usize>(), 7 * 11, "commits");
    assert_eq!(plan.events, 7 * 13, "events");
}

#[tokio::test]
async fn stock_stores_the_events_of_the_journey() {
    let path = std::env::temp_dir().join(format!("stock-{}.db", std::process::id()));
    let store = Sqlite::create(&path, Synchronous::Full, 10).await.expect("the file is new");
    let plan = plan(4, 2, 4).expect("the domain grants every journey");
    let figures = measure(&store, plan).await.expect("every command is granted");
    assert!(figures.store.ends_with("journal_mode=wal, synchronous=FULL"), "{}", figures.store);
    assert_eq!((figures.commands, figures.events), (4 * 9, 4 * 13));

    let pool = SqlitePool::connect(&format!("sqlite:{}", path.display())).await;
    let pool = pool.expect("the file is there");
    let query = "SELECT group_concat(event_type, ' ') FROM (
                     SELECT * FROM events ORDER BY aggregate_type, aggregate_id, sequence
                 ) GROUP BY aggregate_type, aggregate_id";
    let streams: Vec<String> = sqlx::query_scalar(query).fetch_all(&pool).await.expect("it is SQL");
    let visit = "CheckedIn CallStarted CallPaused CallResumed Transferred CallStarted Transferred \
                 CallStarted VisitClosed";
    let transfer = "TransferRequested TransferCompleted";
    assert_eq!(streams, [[visit; 4].as_slice(), [transfer; 8].as_slice()].concat());

    pool.close().await;
    for suffix in ["", "-wal", "-shm"] {
        let _gone = fs::remove_file(format!("{}{suffix}", path.display()));
    }
}
