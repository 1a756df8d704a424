//! Whether everybody can use what a person sees: axe-core looks at the page.

use std::path::Path;

use serde_json::{Value, json};

use super::Person;

/// Where npm puts it, from this crate.
const AXE: &str = "tests/browser/node_modules/axe-core/axe.min.js";
const RUN: &str = include_str!("../scripts/axe.js");

impl Person {
    /// No rule of axe-core is broken on the page as it is now, and in this look.
    pub(crate) async fn accessible(&self) {
        let found = self.violations().await;
        if !found.is_empty() {
            self.fails(&format!("is shown what not everybody can use:\n{}", found.join("\n")))
                .await;
        }
    }

    /// The same on a desktop and on a phone, light and dark. After that she is at her desk, in the light.
    pub(crate) async fn accessible_in_every_look(&self) {
        self.on_a_phone().await;
        self.in_the_light().await;
        self.accessible().await;
        self.in_the_dark().await;
        self.accessible().await;
        self.on_a_desktop().await;
        self.accessible().await;
        self.in_the_light().await;
        self.accessible().await;
    }

    /// What axe-core objects to: each rule with its help, and where.
    pub(crate) async fn violations(&self) -> Vec<String> {
        if self.runs("return window.axe === undefined", vec![]).await == json!(true) {
            self.runs(&axe(), vec![]).await;
        }
        let ran = self.sure("run axe-core", self.client().execute_async(RUN, vec![]).await);
        let (checked, found) = (ran["checked"].as_u64(), ran["violations"].as_array());
        match (checked, found) {
            (Some(1..), Some(found)) => found.iter().map(told).collect(),
            (None | Some(0), _) | (_, None) => panic!("axe-core has checked nothing: {ran}"),
        }
    }
}

/// A script of the driver is none of the page's, so its policy does not keep this one out.
fn axe() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(AXE);
    std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("no axe-core ({error}): `cargo xtask test` installs what is missing")
    })
}

fn told(violation: &Value) -> String {
    let text = |of: &Value, key: &str| of[key].as_str().unwrap_or_default().to_owned();
    let nodes = violation["nodes"].as_array().map_or(&[][..], Vec::as_slice);
    let at = nodes.iter().map(|node| {
        format!("    {}: {}\n      {}", text(node, "target"), text(node, "html"), text(node, "why"))
    });
    let at: Vec<String> = at.collect();
    format!("{}: {}\n{}", text(violation, "id"), text(violation, "help"), at.join("\n"))
}
