//! A visit's story for other programs: the API's own JSON, and its lines for a spreadsheet.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use clinic_domain::ids::VisitId;
use clinic_projections::plain::csv_record;
use clinic_projections::timeline::{Line, Timeline};
use uuid::Uuid;

use super::super::Pages;
use super::super::layout::{self, Tab};
use super::super::signed::Signed;
use crate::reads::Fresh;
use crate::reads::timeline::{read, timeline};
use crate::reads::words::clear_if;
use crate::{Path, Query};

/// As the command line has them, too.
const COLUMNS: [&str; 7] = ["position", "at", "room", "event", "who", "sentence", "note"];

pub(super) async fn json(
    State(pages): State<Pages>,
    signed: Signed,
    Path(visit): Path<Uuid>,
) -> Response {
    let path = Path((signed.clinic.0, visit));
    let told = timeline(State(pages.http), signed.caller(), path, Query(Fresh::default())).await;
    match told {
        Ok(shown) => attached(shown.into_response(), visit, "json"),
        Err(problem) => layout::failed_for(&signed, Tab::Desk, &problem, "/desk"),
    }
}

pub(super) async fn csv(
    State(pages): State<Pages>,
    signed: Signed,
    Path(visit): Path<Uuid>,
) -> Response {
    let told = read(&pages.http, signed.caller(), signed.clinic, VisitId(visit), None).await;
    match told {
        Ok(timeline) => {
            let kind = [(header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present")];
            attached((kind, records(&timeline)).into_response(), visit, "csv")
        }
        Err(problem) => layout::failed_for(&signed, Tab::Desk, &problem, "/desk"),
    }
}

fn records(timeline: &Timeline) -> String {
    let lines = timeline.lines.iter().map(|line| {
        let cells = record(line);
        csv_record(cells.iter().map(String::as_str))
    });
    std::iter::once(csv_record(COLUMNS)).chain(lines).collect()
}

fn record(line: &Line) -> [String; COLUMNS.len()] {
    [
        line.position.to_string(),
        line.at.to_string(),
        line.room_name.as_ref().map(ToString::to_string).unwrap_or_default(),
        line.event.to_owned(),
        line.who.to_string(),
        line.sentence.clone(),
        clear_if(line.note.as_ref()).unwrap_or_default(),
    ]
}

/// A file to be kept. Its name names nobody.
fn attached(mut response: Response, visit: Uuid, kind: &str) -> Response {
    let said = format!("attachment; filename=\"visit-{visit}.{kind}\"");
    if let Ok(said) = HeaderValue::try_from(said) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, said);
    }
    response
}
