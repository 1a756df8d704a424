//! What a person sees.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::Person;
use crate::limits::{AT_ONCE, LOOK_EVERY, SHOWN_CHARS};

const PAGE: &str = include_str!("../scripts/page.js");

/// A page, as somebody sees it.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) title: String,
    /// All text that is shown, in one line.
    pub(crate) text: String,
}

impl Person {
    /// She sees this text at once.
    pub(crate) async fn sees(&self, text: &str) {
        self.sees_within(AT_ONCE, text).await;
    }

    /// She sees this text after so long at most: for what only time changes.
    pub(crate) async fn sees_within(&self, patience: Duration, text: &str) {
        self.sees_page(patience, &format!("see `{text}`"), |page| page.text.contains(text)).await;
    }

    /// This text is gone at once.
    pub(crate) async fn does_not_see(&self, text: &str) {
        self.misses_within(AT_ONCE, text).await;
    }

    /// This text is gone after so long at most.
    pub(crate) async fn misses_within(&self, patience: Duration, text: &str) {
        let what = format!("miss `{text}`");
        self.sees_page(patience, &what, |page| !page.text.is_empty() && !page.text.contains(text))
            .await;
    }

    /// The title of her tab has this text at once.
    pub(crate) async fn sees_title(&self, text: &str) {
        self.sees_page(AT_ONCE, &format!("have the title `{text}`"), |page| {
            page.title.contains(text)
        })
        .await;
    }

    /// These texts stand on her page in this order, at once.
    pub(crate) async fn sees_in_order(&self, texts: &[&str]) {
        let ordered = |page: &Page| {
            let mut rest = page.text.as_str();
            texts.iter().all(|text| match rest.split_once(text) {
                Some((_, behind)) => {
                    rest = behind;
                    true
                }
                None => false,
            })
        };
        self.sees_page(AT_ONCE, &format!("see in this order: {texts:?}"), ordered).await;
    }

    /// How often a page has been loaded in the tab she looks at, as far as she has looked. It stays what it was over
    /// any number of patches.
    pub(crate) async fn page_loads(&self) -> u32 {
        let _page = self.page().await;
        self.loads.get()
    }

    /// What she sees right now.
    pub(crate) async fn page(&self) -> Page {
        let mark = self.loads.get().saturating_add(1);
        // Between two pages there is none; then she sees nothing.
        let Ok(seen) = self.client().execute(PAGE, vec![json!(mark)]).await else {
            return Page::default();
        };
        if seen["kept"] == json!(false) {
            self.loads.set(mark);
        }
        let text = |key: &str| seen[key].as_str().unwrap_or_default().to_owned();
        Page { title: text("title"), text: text("text") }
    }

    /// Looks until the page is as it has to be.
    async fn sees_page(&self, patience: Duration, what: &str, right: impl Fn(&Page) -> bool) {
        let begun = Instant::now();
        loop {
            let page = self.page().await;
            if right(&page) {
                return;
            }
            if begun.elapsed() > patience {
                self.fails(&format!("does not {what} within {patience:?}")).await;
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Fails the test: with what she sees, and a picture of it.
    pub(crate) async fn fails(&self, why: &str) -> ! {
        let (path, page, picture) =
            (self.path().await, self.page().await, self.screenshot("failed").await);
        let text: String = page.text.chars().take(SHOWN_CHARS).collect();
        panic!(
            "{} {why}.\nShe is at {path}, `{}`, and sees:\n{text}\n{}",
            self.name,
            page.title,
            picture.display()
        );
    }
}
