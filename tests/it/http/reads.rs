//! What can be read, by whom, and what it says.

mod boards;
mod doors;
mod history;
mod people;
mod problems;
mod rights;
mod tags;

use clinic_domain::clinic::Role;
use clinic_domain::ids::{MemberId, RoomId, VisitId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::fixture::{Answer, Served};

/// A clinic with Rita at the desk, Dana in her room, Ada who owns it, and two patients.
struct Scene {
    served: Served,
    /// Owner: sees every board.
    ada: MemberId,
    /// Maria Okoye, `patient 1`: waits at the desk.
    maria: VisitId,
    /// Jonas Berg, `patient 2`: waits at the desk, behind her.
    jonas: VisitId,
}

impl Scene {
    async fn new() -> Self {
        let served = Served::new().await;
        let owner = served.house.engine.read(served.house.clinic, None, |views| {
            let clinic = views.census.clinic().founded().expect("it is founded");
            let mut members = clinic.members.iter();
            *members.find(|(_, member)| member.role == Role::Owner).expect("an owner").0
        });
        let ada = owner.await.expect("a clinic");
        let none = VisitId(Uuid::nil());
        let mut scene = Self { served, ada, maria: none, jonas: none };
        let maria = json!({ "name": "Maria Okoye", "reason": "a cough", "phone": "0042",
            "booked": { "member": scene.served.house.dana, "appointment": "2026-03-02T09:30:00Z" } });
        scene.maria = scene.check_in("patient 1", maria).await;
        scene.jonas = scene.check_in("patient 2", json!({ "name": "Jonas Berg" })).await;
        scene
    }

    async fn check_in(&self, who: &str, form: Value) -> VisitId {
        let path = format!("rooms/{}/check-in", self.reception());
        let came = self.ask(who, &path, form).await;
        let visit = came["visit"].as_str().and_then(|id| Uuid::try_parse(id).ok());
        VisitId(visit.unwrap_or_else(|| panic!("a visit in {came}")))
    }

    fn reception(&self) -> RoomId {
        self.served.house.reception
    }

    fn office(&self) -> RoomId {
        self.served.house.office
    }

    fn rita(&self) -> String {
        self.served.member(self.served.house.rita)
    }

    fn dana(&self) -> String {
        self.served.member(self.served.house.dana)
    }

    fn ada(&self) -> String {
        self.served.member(self.ada)
    }

    /// Wishes, and is granted.
    async fn ask(&self, who: &str, path: &str, body: Value) -> Value {
        let key = self.served.house.engine.mint();
        let path = format!("/api/clinics/{{clinic}}/{path}");
        let answer = self.served.post(who, &path, body, key).await;
        assert_eq!(answer.status, 200, "{who}: {path}: {:?}", answer.body);
        answer.body
    }

    async fn get(&self, who: &str, path: &str) -> Answer {
        let path = format!("/api/clinics/{{clinic}}/{path}").replace("/?", "?");
        self.served.get(who, path.trim_end_matches('/')).await
    }

    /// Reads, and is shown.
    async fn read(&self, who: &str, path: &str) -> Value {
        let answer = self.get(who, path).await;
        assert_eq!(answer.status, 200, "{who}: {path}: {:?}", answer.body);
        answer.body
    }

    /// Sends Maria from the desk to Dana, with a note.
    async fn send_maria(&self) {
        let send = json!({ "to": self.office(), "note": "two weeks already" });
        self.ask(&self.rita(), &format!("visits/{}/transfer", self.maria), send).await;
    }
}
