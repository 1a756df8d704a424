//! The pages keep what they promise: nothing becomes HTML but by maud and by one place of a script, nothing runs
//! and nothing is styled inline, and all that is said to people stands in the words.
//!
//! That every word is used is held by the compiler, to which an unused constant is dead code.

use super::assert_none;
use super::code::{code_and_texts, first_word, words};
use super::workspace::{entries, read, root, shown};

const PAGES: &str = "crates/clinic-http/src/pages";

/// By these a script makes HTML or code of text.
const UNSAFE: [&str; 12] = [
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "createContextualFragment",
    "setHTMLUnsafe",
    "document.write",
    "srcdoc",
    "eval(",
    "new Function",
    "setTimeout(\"",
    "javascript:",
    "<script",
];

/// Attributes that are read aloud or shown.
const SAID: [&str; 5] = ["aria-label", "aria-description", "title", "placeholder", "alt"];

/// A file of Rust that makes pages.
struct Page {
    path: String,
    code: String,
    /// What it writes as texts, by the offset of each in the code.
    texts: Vec<(usize, String)>,
}

impl Page {
    fn read(path: String, source: &str) -> Self {
        // Its own tests show nothing to anybody.
        let source = source.split("\n#[cfg(test)]").next().unwrap_or_default();
        let (code, texts) = code_and_texts(source);
        let texts = texts.into_iter().map(|(at, text)| (at, text.trim_matches('"').to_owned()));
        Self { path, texts: texts.collect(), code }
    }

    /// Where an offset is, for somebody who has to mend it.
    fn at(&self, offset: usize) -> String {
        format!("{}:{}", self.path, self.code[..offset].matches('\n').count() + 1)
    }

    /// The parts of the code that are HTML: from and to.
    fn html(&self) -> Vec<(usize, usize)> {
        let mut found: Vec<(usize, usize)> = vec![];
        for at in words(&self.code, "html") {
            let Some(inside) = self.code[at..].strip_prefix("html! {") else { continue };
            // One within another belongs to the outer one.
            if found.iter().all(|(_, end)| at >= *end) {
                found.push((at, at + "html! {".len() + block(inside)));
            }
        }
        found
    }

    /// The texts in its HTML, each with where it stands there.
    fn in_html(&self) -> impl Iterator<Item = (usize, &str, Stands)> {
        let html = self.html();
        self.texts.iter().filter_map(move |(at, text)| {
            let (start, _) = *html.iter().find(|(start, end)| (*start..*end).contains(at))?;
            Some((*at, text.as_str(), Stands::of(&self.code[start..*at])))
        })
    }
}

/// Where a text stands in HTML.
#[derive(Debug, PartialEq, Eq)]
enum Stands {
    /// It is shown.
    Shown,
    /// It is the value of this attribute, or a part of it.
    Attribute(String),
    /// It is given to a function, or compared.
    Given,
}

impl Stands {
    /// By the code between the start of the HTML and the text.
    fn of(before: &str) -> Self {
        // The braces and brackets that are open here, each with what stood before it.
        let mut open = vec![];
        for (at, letter) in before.char_indices() {
            match letter {
                '{' | '(' | '[' => open.push((letter, at)),
                '}' | ')' | ']' => drop(open.pop()),
                _ => {}
            }
        }
        let attribute = |ahead: &str| {
            let name = ahead.strip_suffix('=')?;
            let start = name.rfind(|letter: char| !letter.is_alphanumeric() && letter != '-');
            Some(Self::Attribute(name[start.map_or(0, |start| start + 1)..].to_owned()))
        };
        let here = before.trim_end();
        if here.ends_with("==") || here.ends_with("!=") {
            return Self::Given;
        }
        if let Some(found) = attribute(here) {
            return found;
        }
        for (bracket, at) in open.into_iter().rev() {
            let ahead = before[..at].trim_end();
            if let Some(found) = attribute(ahead) {
                return found;
            }
            // HTML within HTML: what stands around it is no matter.
            if bracket == '{' && ahead.ends_with("html!") {
                return Self::Shown;
            }
            // Behind a name it is a call; what stands alone in brackets is shown.
            let call = ahead.ends_with(|last: char| last.is_alphanumeric() || "_!>".contains(last));
            if bracket != '{' && (call || here.len() != at + 1) {
                return Self::Given;
            }
        }
        Self::Shown
    }
}

/// How long a block is whose brace is open already.
fn block(inside: &str) -> usize {
    let mut depth = 1_usize;
    let end = inside.find(|letter| {
        depth = match letter {
            '{' => depth + 1,
            '}' => depth - 1,
            _ => depth,
        };
        depth == 0
    });
    end.unwrap_or(inside.len())
}

/// Every file of the pages with this ending, and what is in it.
fn files(ending: &str) -> Vec<(String, String)> {
    let (mut found, mut folders) = (vec![], vec![root().join(PAGES)]);
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push((shown(&path), read(&path)));
            }
        }
    }
    assert!(!found.is_empty(), "no .{ending} below {PAGES}: this test sees nothing");
    found
}

fn pages() -> Vec<Page> {
    files("rs").into_iter().map(|(path, source)| Page::read(path, &source)).collect()
}

fn lines(path: &str, source: &str, words: &[&str]) -> Vec<String> {
    let lines = (1..).zip(source.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"));
    let found = lines.flat_map(|(n, line)| {
        let here = words.iter().filter(move |word| line.contains(**word));
        here.map(move |word| format!("{path}:{n}: {word}"))
    });
    found.collect()
}

/// Names of attributes that a browser runs, such as `onclick`.
fn handler(name: &str) -> bool {
    name.strip_prefix("on").is_some_and(|rest| {
        !rest.is_empty() && rest.chars().all(|letter| letter.is_ascii_lowercase())
    })
}

#[test]
fn no_script_makes_html_or_code_of_text() {
    let mut offenders = vec![];
    for (path, source) in files("js") {
        offenders.extend(lines(&path, &source, &UNSAFE));
        offenders.extend(lines(&path, &source, &["setAttribute(\"on", "setAttribute(\"style"]));
        // The one place: what it parses runs nothing, and the policy lets in nothing else.
        if !path.ends_with("/patch.js") {
            offenders.extend(lines(&path, &source, &["DOMParser", "createPolicy"]));
        }
    }
    for (path, source) in files("svg") {
        offenders.extend(lines(&path, &source, &["<script", "style=", "href=", " on"]));
    }
    for (path, source) in files("css") {
        offenders.extend(lines(&path, &source, &["@import", "url(", "expression("]));
    }
    assert_none("text that becomes HTML or code", &offenders);
}

#[test]
fn no_page_runs_or_styles_anything_inline() {
    let (mut offenders, mut scripts) = (vec![], 0);
    for page in pages() {
        for (start, end) in page.html() {
            let html = &page.code[start..end];
            for at in words(html, "script").chain(words(html, "style")) {
                let (word, rest) = (first_word(&html[at..]), &html[at..]);
                let value = rest[word.len()..].trim_start().starts_with('=');
                let element = rest[word.len()..].starts_with([' ', '{']) && !value;
                if value && !html[..at].ends_with('-') {
                    offenders.push(format!("{}: {word}=", page.at(start + at)));
                } else if element {
                    scripts += 1;
                    let body = rest.find('{').map(|open| rest[open + 1..].trim_start());
                    if word == "style" || !body.is_some_and(|body| body.starts_with('}')) {
                        offenders.push(format!("{}: <{word}> with a body", page.at(start + at)));
                    }
                }
            }
        }
        for (at, _, stands) in page.in_html() {
            if let Stands::Attribute(name) = stands
                && handler(&name)
            {
                offenders.push(format!("{}: {name}=", page.at(at)));
            }
        }
        // Our own sign, which is read above, is all that is not escaped.
        let escaped = words(&page.code, "PreEscaped").count();
        if escaped > if page.path.ends_with("/layout.rs") { 2 } else { 0 } {
            offenders.push(format!("{}: PreEscaped", page.path));
        }
    }
    assert!(scripts >= 2, "every page has a script, and this test sees {scripts}");
    assert_none("what a content policy would not run", &offenders);
}

#[test]
fn whatever_a_page_says_stands_in_the_words() {
    let (mut offenders, mut seen) = (vec![], 0);
    for page in pages().iter().filter(|page| !page.path.contains("/words")) {
        for (at, text, stands) in page.in_html() {
            seen += 1;
            // An address is the same in every language.
            let address = text.starts_with("https://");
            let letters = !address && text.chars().any(char::is_alphabetic);
            let sentence = letters && text.trim().contains(' ');
            let says = match &stands {
                Stands::Shown => letters,
                Stands::Attribute(name) => letters && SAID.contains(&name.as_str()),
                // Addresses, classes and wishes are words; what people read has blanks.
                Stands::Given => sentence && !text.contains('{'),
            };
            if says {
                offenders.push(format!("{}: {text:?} ({stands:?})", page.at(at)));
            }
        }
    }
    assert!(seen > 300, "pages are full of texts, and this test sees {seen}");
    assert_none("words outside words.rs", &offenders);
}

#[test]
fn these_tests_see_what_is_shown_and_what_is_not() {
    let source = r#"fn f() -> Markup { let a = "no"; html! {
        p title="one" id={ "two" (x) } { "three" (call("four")) ("five") @if a == "six" { "seven" } }
        button onclick="run()" class=("eight") for=(if a { "for" } else { b }) { (w::WORD) }
        @match a { A => "nine", B => { "ten" } }
        (ask(x, &html! { "eleven" }, "twelve"))
    } }"#;
    let page = Page::read("f.rs".to_owned(), source);
    let attribute = |name: &str| Stands::Attribute(name.to_owned());
    let found: Vec<_> = page.in_html().map(|(_, text, stands)| (text, stands)).collect();
    let wanted = [
        ("one", attribute("title")),
        ("two", attribute("id")),
        ("three", Stands::Shown),
        ("four", Stands::Given),
        ("five", Stands::Shown),
        ("six", Stands::Given),
        ("seven", Stands::Shown),
        ("run()", attribute("onclick")),
        ("eight", attribute("class")),
        ("for", attribute("for")),
        ("nine", Stands::Shown),
        ("ten", Stands::Shown),
        ("eleven", Stands::Shown),
        ("twelve", Stands::Given),
    ];
    assert_eq!(found, wanted);
    assert!(handler("onclick") && !handler("one-off") && !handler("on"));
}
