//! The sample clinic that an empty log gets, so that whoever starts a server for the first time sees it
//! at work: two providers, a receptionist, and who looks after them.

use clinic_domain::actor::Actor;
use clinic_domain::clinic::Role;
use clinic_domain::command::Action;
use clinic_domain::hours::Zone;
use clinic_domain::ids::{MemberId, RoomId};
use clinic_domain::room::{RoomKind, RoomPolicy, Texts};
use clinic_domain::text::{Label, LinkTemplate, Notice, Slug, TextError, Title};
use clinic_engine::{Engine, Ports};

use crate::failure::Failure;
use crate::founder::{self, Founder};

/// Somebody of the sample clinic.
pub(super) struct Person {
    /// Her name.
    pub(super) name: &'static str,
    /// By which she signs in.
    pub(super) sign_in: &'static str,
    /// What she does.
    pub(super) does: &'static str,
    /// Her password, which nobody else knows.
    pub(super) password: String,
}

/// What was made.
pub(super) struct Made {
    /// Who can sign in.
    pub(super) people: Vec<Person>,
    /// The link that every patient gets.
    pub(super) link: String,
}

/// The link of the room that everybody comes to.
const RECEPTION: &str = "reception";

/// Where the calls of the sample meet: a public service that asks for no account of patients. A clinic sets
/// its own.
const CALLS: &str = "https://meet.jit.si/sample-clinic-{call}";

const EMERGENCY: &str = "In an emergency call 112, or the emergency number where you are.";

/// Makes it, unless the log has a clinic.
pub(super) async fn unless_there_is_one(
    engine: &Engine,
    ports: &Ports,
) -> Result<Option<Made>, Failure> {
    if !engine.clinics().await?.is_empty() {
        return Ok(None);
    }
    let founder = Founder::new(engine.clone(), ports);
    let owner = founder.found(title("Sample Clinic")?, zone()?, title("Alex Admin")?).await?;
    let sample = Sample { founder, by: Actor::Member(owner) };
    let mut people = vec![sample.person(owner, "Alex Admin", "admin", "Owner").await?];
    let reception = sample.room(RoomKind::Shared, "Reception", RECEPTION, RECEPTION_TEXTS).await?;
    let labels = ["Payment", "Rebook"].into_iter().map(Label::parse).collect::<Result<_, _>>();
    sample.asks(Action::SetChecklist(reception, labels.map_err(|why| wrong(&why))?)).await?;
    let robin = sample.member("Robin Reception").await?;
    for member in [robin, owner] {
        sample.asks(Action::AssignMember(reception, member)).await?;
    }
    people.push(sample.person(robin, "Robin Reception", "reception", "receptionist").await?);
    for (name, sign_in) in [("Dr. Kim Lee", "kim"), ("Dr. Sam Ortiz", "sam")] {
        let member = sample.member(name).await?;
        let kind = RoomKind::Personal(member);
        let room = sample.room(kind, name, &format!("dr-{sign_in}"), PROVIDER_TEXTS).await?;
        sample.asks(Action::AssignMember(room, member)).await?;
        people.push(sample.person(member, name, sign_in, "provider").await?);
    }
    Ok(Some(Made { people, link: format!("/r/{RECEPTION}") }))
}

/// The zone of the sample clinic: what the environment says, or else UTC.
fn zone() -> Result<Zone, Failure> {
    let said = std::env::var("TZ").ok();
    let said = said.and_then(|said| Zone::parse(said.strip_prefix(':').unwrap_or(&said)));
    said.or_else(|| Zone::parse("UTC")).ok_or_else(|| Failure::Broken("no UTC".to_owned()))
}

/// Greeting, office hours.
type Words = [&'static str; 2];

const RECEPTION_TEXTS: Words = [
    "Welcome. Somebody at the desk will call you soon, and send you on to your provider.",
    "Monday to Friday, 8:00 to 18:00.",
];
const PROVIDER_TEXTS: Words = [
    "Welcome. Your provider will call you as soon as the visit before yours is over.",
    "By appointment.",
];

struct Sample {
    founder: Founder,
    by: Actor,
}

impl Sample {
    async fn asks(&self, action: Action) -> Result<clinic_engine::Receipt, Failure> {
        self.founder.asks(self.by.clone(), action).await
    }

    async fn member(&self, name: &str) -> Result<MemberId, Failure> {
        let add = Action::AddMember { name: title(name)?, role: Role::Member, external_ref: None };
        let member = self.asks(add).await?.member();
        member.ok_or_else(|| Failure::Broken("no member was added".to_owned()))
    }

    async fn room(
        &self,
        kind: RoomKind,
        name: &str,
        slug: &str,
        words: Words,
    ) -> Result<RoomId, Failure> {
        let slug = Slug::parse(slug).map_err(|why| wrong(&why))?;
        let open = Action::OpenRoom { kind, name: title(name)?, slug, external_ref: None };
        let room = self.asks(open).await?.room();
        let room = room.ok_or_else(|| Failure::Broken("no room was opened".to_owned()))?;
        let notice = |text| Notice::parse(text).map(Some).map_err(|why| wrong(&why));
        let [welcome, office_hours] = words;
        let texts = Texts {
            welcome: notice(welcome)?,
            office_hours: notice(office_hours)?,
            emergency: notice(EMERGENCY)?,
        };
        self.asks(Action::SetTexts(room, texts)).await?;
        let call_link = Some(LinkTemplate::parse(CALLS).map_err(|why| wrong(&why))?);
        let policy = RoomPolicy { call_link, ..RoomPolicy::default() };
        self.asks(Action::SetPolicy(room, Box::new(policy))).await?;
        Ok(room)
    }

    async fn person(
        &self,
        member: MemberId,
        name: &'static str,
        sign_in: &'static str,
        does: &'static str,
    ) -> Result<Person, Failure> {
        let by = founder::sign_in_name(sign_in)?;
        let given = founder::fresh(&by)?;
        self.founder.account(member, &by, &given.password).await?;
        Ok(Person { name, sign_in, does, password: given.shown.unwrap_or_default() })
    }
}

fn title(text: &str) -> Result<Title, Failure> {
    Title::parse(text).map_err(|why| wrong(&why))
}

fn wrong(why: &TextError) -> Failure {
    Failure::Broken(format!("the sample's own text {why}"))
}
