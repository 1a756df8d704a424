//! What a person does.

use std::time::Duration;

use fantoccini::actions::{
    InputSource as _, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction,
};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use serde_json::{Value, json};

use super::Person;
use crate::command::Label;
use crate::limits::TAB_STOPS;

const FIND: &str = include_str!("../scripts/find.js");
/// Under which the driver sends an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What something on a page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It is pressed or followed.
    Control,
    /// It is filled in.
    Field,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Field => "field",
        }
    }
}

impl Person {
    /// Clicks on the one button or link of this name, as soon as it is there.
    pub(crate) async fn clicks(&self, name: &str) {
        self.clicks_at(None, name).await;
    }

    /// The same, in the smallest part of the page (a row, an item, a section, a form) that has the text `place`.
    pub(crate) async fn clicks_in(&self, place: &str, name: &str) {
        self.clicks_at(Some(place), name).await;
    }

    /// Clicks on it twice, where it was, whatever it has become by the second time.
    pub(crate) async fn clicks_twice(&self, name: &str, apart: Duration) {
        let clicked = self.soon(async || {
            let element = self.one(Kind::Control, None, name).await?;
            let moved = PointerAction::MoveToElement { element, duration: None, x: 0.0, y: 0.0 };
            let down = || PointerAction::Down { button: MOUSE_BUTTON_LEFT };
            let up = || PointerAction::Up { button: MOUSE_BUTTON_LEFT };
            let mouse = MouseActions::new("mouse".to_owned()).then(moved).then(down()).then(up());
            let mouse =
                mouse.then(PointerAction::Pause { duration: apart }).then(down()).then(up());
            self.client().perform_actions(mouse).await.map_err(said)
        });
        self.must(&format!("click on `{name}` twice"), clicked.await).await;
    }

    /// Writes into the field of this name, in place of what is there.
    pub(crate) async fn fills(&self, name: &str, text: &str) {
        let filled = self.soon(async || {
            let field = self.one(Kind::Field, None, name).await?;
            field.clear().await.map_err(said)?;
            field.send_keys(text).await.map_err(said)
        });
        self.must(&format!("fill in `{name}`"), filled.await).await;
    }

    /// Chooses an option of the list of this name.
    pub(crate) async fn chooses(&self, name: &str, option: &str) {
        let chosen = self.soon(async || {
            let list = self.one(Kind::Field, None, name).await?;
            list.select_by_label(option).await.map_err(said)
        });
        self.must(&format!("choose `{option}` as `{name}`"), chosen.await).await;
    }

    /// Ticks the box of this name, or takes the tick away; picks one of several.
    pub(crate) async fn ticks(&self, name: &str) {
        let ticked = self.soon(async || {
            let field = self.one(Kind::Field, None, name).await?;
            field.click().await.map_err(said)
        });
        self.must(&format!("tick `{name}`"), ticked.await).await;
    }

    /// What stands in the field of this name.
    pub(crate) async fn reads(&self, name: &str) -> String {
        let read = self.soon(async || {
            let field = self.one(Kind::Field, None, name).await?;
            field.prop("value").await.map_err(said)
        });
        self.must(&format!("read `{name}`"), read.await).await.unwrap_or_default()
    }

    /// Whether there is a button or link of this name that she can use.
    pub(crate) async fn can(&self, name: &str) -> bool {
        self.one(Kind::Control, None, name).await.is_ok()
    }

    /// Presses a key and lets it go.
    pub(crate) async fn presses(&self, key: Key) {
        let value = key.chars().next().unwrap_or_default();
        self.types_chars(std::iter::once(value)).await;
    }

    /// Types where the focus is.
    pub(crate) async fn types(&self, text: &str) {
        self.types_chars(text.chars()).await;
    }

    /// Goes on by the Tab key until the focus is on what has this name.
    pub(crate) async fn tabs_to(&self, name: &str) {
        let mut passed = vec![];
        for _step in 0..TAB_STOPS {
            self.presses(Key::Tab).await;
            let focused = self.focus().await;
            if focused.starts_with(name) {
                return;
            }
            passed.push(focused);
        }
        self.fails(&format!("does not come to `{name}` by the Tab key, but to {passed:?}")).await;
    }

    /// The same, if the focus is not there already.
    pub(crate) async fn comes_to(&self, name: &str) {
        if self.focus().await.starts_with(name) {
            return;
        }
        self.tabs_to(name).await;
    }

    /// The name of what has the focus, as somebody who listens is told it.
    pub(crate) async fn focus(&self) -> String {
        let focused = self.sure("find the focus", self.client().active_element().await);
        let id = focused.element_id();
        let label = self.client().issue_cmd(Label(id.to_string())).await;
        let label = self.sure("hear what has the focus", label);
        label.as_str().unwrap_or_default().to_owned()
    }

    /// Moves the pointer onto the button or link of this name, in the part of the page that has the text `place`.
    pub(crate) async fn points_at(&self, place: &str, name: &str) {
        let pointed = self.soon(async || {
            let element = self.one(Kind::Control, Some(place), name).await?;
            let moved = PointerAction::MoveToElement { element, duration: None, x: 0.0, y: 0.0 };
            let mouse = MouseActions::new("mouse".to_owned()).then(moved);
            self.client().perform_actions(mouse).await.map_err(said)
        });
        self.must(&format!("point at `{name}` of `{place}`"), pointed.await).await;
    }

    async fn types_chars(&self, chars: impl Iterator<Item = char>) {
        let mut keys = KeyActions::new("keyboard".to_owned());
        for value in chars {
            keys = keys.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        let typed = self.client().perform_actions(keys).await;
        self.sure("type", typed);
    }

    async fn clicks_at(&self, place: Option<&str>, name: &str) {
        let clicked = self.soon(async || {
            let control = self.one(Kind::Control, place, name).await?;
            control.click().await.map_err(said)
        });
        let there = place.map(|place| format!(" of `{place}`")).unwrap_or_default();
        self.must(&format!("click on `{name}`{there}"), clicked.await).await;
    }

    /// The one that has this name, or why there is none.
    async fn one(&self, kind: Kind, place: Option<&str>, name: &str) -> Result<Element, String> {
        let words = vec![json!(kind.word()), json!(name), json!(place)];
        let answer = self.client().execute(FIND, words).await.map_err(said)?;
        let none = vec![];
        let found = answer["found"].as_array().unwrap_or(&none);
        match found.as_slice() {
            [one] if answer["off"] == json!(false) => self.element(one),
            [_] => Err("it is disabled".to_owned()),
            [] => Err(format!("there is none; there are {}", answer["names"])),
            several => Err(format!("there are {} of that name", several.len())),
        }
    }

    fn element(&self, sent: &Value) -> Result<Element, String> {
        let id = sent[ELEMENT].as_str().ok_or_else(|| format!("no element: {sent}"))?;
        Ok(Element::from_element_id(self.client().clone(), ElementRef::from(id.to_owned())))
    }

    async fn must<T>(&self, what: &str, done: Result<T, String>) -> T {
        match done {
            Ok(done) => done,
            Err(why) => self.fails(&format!("cannot {what}: {why}")).await,
        }
    }
}

/// A page changes while it is clicked on: what went wrong is said when trying again has not helped.
#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn said(error: CmdError) -> String {
    error.to_string()
}
