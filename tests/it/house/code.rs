//! Rust as these tests read it: words and attributes, without comments and literals.

/// `source` without its comments and without what its literals say; lines keep their numbers.
pub(crate) fn code(source: &str) -> String {
    code_and_texts(source).0
}

/// The same, and each text by the offset in the code where its quotes stand.
pub(crate) fn code_and_texts(source: &str) -> (String, Vec<(usize, &str)>) {
    let mut code = String::with_capacity(source.len());
    let mut texts = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let in_word = code.chars().next_back().is_some_and(is_word);
        let raw = if in_word { None } else { raw_text_length(rest) };
        let (length, shown) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), "")
        } else if rest.starts_with("/*") {
            (comment_length(rest), "")
        } else if let Some(length) = raw {
            (length, "\"\"")
        } else if first == '"' {
            (text_length(rest), "\"\"")
        } else if let Some(length) = character_length(rest) {
            (length, "' '")
        } else {
            (first.len_utf8(), &rest[..first.len_utf8()])
        };
        let (taken, after) = rest.split_at(length);
        if shown == "\"\"" {
            texts.push((code.len(), taken));
        }
        code.push_str(shown);
        let lines = if shown == taken { 0 } else { taken.matches('\n').count() };
        code.extend(std::iter::repeat_n('\n', lines));
        rest = after;
    }
    (code, texts)
}

/// Block comments nest.
fn comment_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let (step, opened, closed) = match rest.as_bytes().get(at..at + 2) {
            Some(b"/*") => (2, 1, 0),
            Some(b"*/") => (2, 0, 1),
            _ => (1, 0, 0),
        };
        at += step;
        depth = depth + opened - closed;
        if depth == 0 {
            break;
        }
    }
    at
}

fn text_length(rest: &str) -> usize {
    let mut escaped = true; // so that the opening quote does not close
    for (at, letter) in rest.char_indices() {
        match letter {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

fn raw_text_length(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix(['b', 'c']).unwrap_or(rest).strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let content = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = content.find(&end).map_or(content.len(), |at| at + end.len());
    Some(rest.len() - content.len() + length)
}

/// The length of a character literal; none for a lifetime.
fn character_length(rest: &str) -> Option<usize> {
    let content = rest.strip_prefix('\'')?;
    let first = content.chars().next()?;
    let body = if first == '\\' { 2 } else { first.len_utf8() };
    let end = if first == '\\' { content.get(body..)?.find('\'')? + body } else { body };
    content.get(end..)?.starts_with('\'').then_some(end + 2)
}

/// Every attribute of `code`, by the offset and the text between its brackets.
pub(crate) fn attributes(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let starts = code.match_indices('#').filter_map(|(at, _)| {
        let after = code[at + 1..].strip_prefix('!').unwrap_or(&code[at + 1..]);
        Some((at, after.strip_prefix('[')?))
    });
    starts.map(|(at, inside)| {
        let mut depth = 1_usize;
        let end = inside.find(|letter| {
            depth = match letter {
                '[' => depth + 1,
                ']' => depth - 1,
                _ => depth,
            };
            depth == 0
        });
        (at, &inside[..end.unwrap_or(inside.len())])
    })
}

/// Where `word` stands in `code` as a whole word.
pub(crate) fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = code[..*at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

pub(crate) fn has_word(code: &str, word: &str) -> bool {
    words(code, word).next().is_some()
}

pub(crate) fn first_word(code: &str) -> &str {
    let end = code.find(|letter| !is_word(letter)).unwrap_or(code.len());
    &code[..end]
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[test]
fn these_tests_see_code_and_neither_comments_nor_text() {
    let source = "let a = \"f64 \\\" rand\"; // f64\n/* rand\n/* */ */ let c = ['\"', '\\'']; r#\"f\"64\"#; b'x'";
    assert_eq!(code(source), "let a = \"\"; \n\n let c = [' ', ' ']; \"\"; b' '");
    assert!(has_word("use std::time::Duration;", "std::time"));
    assert!(!has_word("let random = operand;", "rand"));
}
