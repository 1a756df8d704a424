//! What a person's browser says of the pages, which nobody sees who does not look.

use serde_json::Value;

use super::Person;
use crate::command::Extra;

impl Person {
    /// From here on her browser may complain in such words: for a line that is cut, or an answer that is a no.
    pub(crate) fn expects_complaint(&self, part: &str) {
        self.expected.borrow_mut().push(part.to_owned());
    }

    /// What her browser complained about, and nobody expected: a breach of the content security policy, an error that
    /// nobody caught, a resource that did not come.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        if self.dead.get() {
            return vec![];
        }
        let log = self.client().issue_cmd(Extra::log()).await;
        let log = self.sure("read the log of her browser", log);
        let entries = log.as_array().map_or(&[][..], Vec::as_slice);
        let expected = self.expected.borrow();
        let bad = entries.iter().filter(|entry| complains(entry)).map(said);
        bad.filter(|entry| !expected.iter().any(|part| entry.contains(part))).collect()
    }
}

/// A breach of a policy that is only watched comes as a warning or as information.
fn complains(entry: &Value) -> bool {
    let message = entry["message"].as_str().unwrap_or_default();
    entry["level"] == "SEVERE"
        || entry["source"] == "security"
        || ["Content Security Policy", "TrustedHTML", "TrustedScript"]
            .iter()
            .any(|words| message.contains(words))
}

fn said(entry: &Value) -> String {
    let text = |key: &str| entry[key].as_str().unwrap_or_default();
    format!("{} {}: {}", text("level"), text("source"), text("message"))
}
