//! A page as a browser without a script has it: what it says, and the forms and links that stand on it.

use std::collections::BTreeSet;
use std::fmt::Display;

use axum::http::{HeaderMap, StatusCode, header};

/// A page that was opened, or a part of one.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) html: String,
}

impl Opened {
    /// Where it leads, if it leads elsewhere.
    pub(super) fn location(&self) -> Option<&str> {
        self.headers.get(header::LOCATION).map(|at| at.to_str().expect("text"))
    }

    pub(super) fn has(&self, text: &str) -> bool {
        self.html.contains(text)
    }

    /// What stands on it, without its tags.
    pub(super) fn text(&self) -> String {
        text_of(&self.html)
    }

    /// It says all of this.
    #[track_caller]
    pub(super) fn says<'s>(&self, said: impl IntoIterator<Item = &'s str>) {
        let text = self.text();
        for said in said {
            assert!(text.contains(said), "{said:?} in {text}");
        }
    }

    /// Nothing of this stands on it, not even where it cannot be seen.
    #[track_caller]
    pub(super) fn lacks<'s>(&self, lacking: impl IntoIterator<Item = &'s str>) {
        for lacking in lacking {
            assert!(!self.has(lacking), "{lacking:?} in {}", self.html);
        }
    }

    /// What stands between two marks, the first time.
    pub(super) fn part(&self, from: &str, to: &str) -> Self {
        Self { html: between(&self.html, from, to).to_owned(), ..self.clone() }
    }

    /// The part that has this id and is a section.
    pub(super) fn section(&self, id: &str) -> Self {
        self.part(&format!("id=\"{id}\""), "</section>")
    }

    /// The row of a visit on a board.
    pub(super) fn row(&self, visit: impl Display) -> Self {
        let (_, rest) = self.html.split_once(&format!("id=\"row-{visit}\"")).expect("a row");
        let rest = rest.split_once("<li class=\"visit\"").map_or(rest, |(row, _)| row);
        let row = rest.split_once("</ol>").map_or(rest, |(row, _)| row);
        Self { html: row.to_owned(), ..self.clone() }
    }

    pub(super) fn forms(&self) -> Vec<Form> {
        let forms = self.html.split("<form ").skip(1).filter_map(|form| form.split_once('>'));
        let form = |(head, rest): (&str, &str)| {
            let inside = rest.split_once("</form>").map_or(rest, |(inside, _)| inside);
            Form::read(attribute(head, "action").expect("an action"), inside)
        };
        forms.map(form).collect()
    }

    /// The first form whose action ends so, with what its fields hold.
    #[track_caller]
    pub(super) fn form(&self, action: &str) -> Form {
        let found = self.forms().into_iter().find(|form| form.action.ends_with(action));
        found.unwrap_or_else(|| panic!("no form {action} in {}", self.html))
    }

    pub(super) fn links(&self) -> Vec<String> {
        let links = self.html.split("<a ").skip(1).filter_map(|link| link.split_once('>'));
        links.filter_map(|(head, _)| attribute(head, "href")).collect()
    }

    /// What may be done here, by the last words of addresses.
    pub(super) fn offers(&self) -> BTreeSet<String> {
        let last = |at: &String| at.rsplit('/').next().unwrap_or_default().to_owned();
        let links = self.links().into_iter().filter(|at| at.starts_with("/desk/visits/"));
        let forms = self.forms().into_iter().map(|form| form.action);
        links.chain(forms).map(|at| last(&at)).collect()
    }

    /// The ids of all its elements.
    pub(super) fn ids(&self) -> BTreeSet<String> {
        let tags = self.html.split('<').filter_map(|tag| tag.split_once('>'));
        tags.filter_map(|(head, _)| attribute(head, " id")).collect()
    }
}

/// A form as it stands on its page.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    pub(super) action: String,
    pub(super) fields: Vec<(String, String)>,
    /// What can be chosen, by the name of its field.
    pub(super) choices: Vec<(String, String)>,
    /// What its button says.
    pub(super) button: String,
}

impl Form {
    fn read(action: String, html: &str) -> Self {
        let button = html.rsplit_once("<button").and_then(|(_, rest)| rest.split_once('>'));
        let button = button.map(|(_, rest)| rest.split("</button>").next().unwrap_or_default());
        let button = text_of(button.unwrap_or_default());
        let mut form = Self { action, button, ..Self::default() };
        form.read_fields(html);
        form
    }

    fn read_fields(&mut self, html: &str) {
        let mut select = None;
        for tag in html.split('<').skip(1) {
            let (head, text) = tag.split_once('>').unwrap_or((tag, ""));
            let name = attribute(head, " name");
            let value = attribute(head, " value").unwrap_or_default();
            let kind = attribute(head, " type").unwrap_or_default();
            let chosen = kind == "radio" || kind == "checkbox";
            match (head.split(' ').next(), name, &select) {
                (Some("input"), Some(name), _) => {
                    if chosen {
                        self.choices.push((name.clone(), value.clone()));
                    }
                    if !chosen || head.contains(" checked") {
                        self.fields.push((name, value));
                    }
                }
                (Some("textarea"), Some(name), _) => self.fields.push((name, plain(text))),
                (Some("select"), Some(name), _) => select = Some((name, self.fields.len())),
                // The first one, until another is selected.
                (Some("option"), _, Some((name, at))) => {
                    self.choices.push((name.clone(), value.clone()));
                    if self.fields.len() == *at || head.contains(" selected") {
                        self.fields.truncate(*at);
                        self.fields.push((name.clone(), value));
                    }
                }
                (Some("/select"), ..) => select = None,
                _ => {}
            }
        }
    }

    /// Types something into a field that is there.
    #[track_caller]
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(field, _)| field == name);
        value.clone_into(&mut field.unwrap_or_else(|| panic!("no field {name}")).1);
        self
    }

    /// Chooses what can be chosen there.
    #[track_caller]
    pub(super) fn choosing(mut self, name: &str, value: impl Display) -> Self {
        let value = value.to_string();
        assert!(self.offered(name).contains(&value), "{value} among {:?}", self.choices);
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value));
        self
    }

    /// What can be chosen in a field.
    pub(super) fn offered(&self, name: &str) -> Vec<String> {
        let offered = self.choices.iter().filter(|(field, _)| field == name);
        offered.map(|(_, value)| value.clone()).collect()
    }

    /// What a field holds.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let mut found = self.fields.iter().filter(|(field, _)| field == name);
        found.next().map(|(_, value)| value.as_str())
    }
}

fn attribute(head: &str, name: &str) -> Option<String> {
    let (_, rest) = head.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| plain(value))
}

fn plain(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&amp;", "&")
}

/// What stands between two marks, the first time.
#[track_caller]
pub(super) fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from} in {text}"));
    rest.split_once(to).unwrap_or_else(|| panic!("{to} behind {from}")).0
}

/// The text of some HTML, with a blank where a tag was.
pub(super) fn text_of(html: &str) -> String {
    let pieces = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    pieces.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The cells of the rows of the part of a page that has this name.
pub(super) fn rows(page: &str, part: &str) -> Vec<Vec<String>> {
    let part = between(page, &format!("aria-labelledby=\"{part}\""), "</section>");
    let rows = part.split("<tr>").skip(1).map(|row| row.split("</tr>").next().unwrap_or_default());
    let cells = |row: &str| {
        let cells = row.split("</td>").flat_map(|cell| cell.split("</th>"));
        cells.map(text_of).filter(|text| !text.is_empty()).collect()
    };
    rows.map(cells).collect()
}
