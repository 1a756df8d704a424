//! Where everything is printed, and where hostile text ends (case 33): whatever could move a cursor,
//! change a colour or turn a line around is shown by its number instead.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};

use clinic_projections::plain::{csv_record, obeyed};
use rustix::event::{PollFd, PollFlags, Timespec};
use serde::Serialize;

/// The output of the program. It writes through one buffer and fails like any writer.
pub(crate) struct Out {
    to: Box<dyn Write>,
    /// What has been stored: whoever cannot be shown it is told so at least.
    stored: Vec<String>,
}

impl Out {
    /// Results.
    pub(crate) fn stdout() -> Self {
        Self { to: Box::new(BufWriter::new(io::stdout().lock())), stored: vec![] }
    }

    /// What went wrong.
    pub(crate) fn stderr() -> Self {
        Self { to: Box::new(BufWriter::new(io::stderr().lock())), stored: vec![] }
    }

    /// Notes that a clinic has been stored, whatever becomes of the output.
    pub(crate) fn has_stored(&mut self, clinic: &str) {
        self.stored.push(clinic.to_owned());
    }

    /// The clinics that have been stored.
    pub(crate) fn stored(&self) -> &[String] {
        &self.stored
    }

    /// A line, or several that are broken already.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        for line in text.split('\n') {
            writeln!(self.to, "{}", clean(line))?;
        }
        Ok(())
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) -> io::Result<()> {
        writeln!(self.to)
    }

    /// A document of its own.
    pub(crate) fn json(&mut self, document: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(document)?;
        writeln!(self.to, "{}", clean_json(&text))
    }

    /// A record for a spreadsheet.
    pub(crate) fn csv<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
        write!(self.to, "{}", csv_record(cells))
    }

    /// Lines that fit already.
    pub(crate) fn lines(&mut self, lines: impl IntoIterator<Item = String>) -> io::Result<()> {
        lines.into_iter().try_for_each(|line| self.line(&line))
    }

    /// Records under the names of their columns.
    pub(crate) fn records(
        &mut self,
        columns: &[&str],
        records: impl IntoIterator<Item = Vec<String>>,
    ) -> io::Result<()> {
        self.csv(columns.iter().copied())?;
        self.more_records(records)
    }

    /// More records of the same columns.
    pub(crate) fn more_records(
        &mut self,
        records: impl IntoIterator<Item = Vec<String>>,
    ) -> io::Result<()> {
        records.into_iter().try_for_each(|record| self.csv(record.iter().map(String::as_str)))
    }

    /// One document on one line, so that many may follow each other.
    pub(crate) fn json_line(&mut self, document: &impl Serialize) -> io::Result<()> {
        writeln!(self.to, "{}", clean_json(&serde_json::to_string(document)?))
    }

    /// The next element of a list.
    pub(crate) fn json_element(
        &mut self,
        list: &mut JsonList,
        element: &impl Serialize,
    ) -> io::Result<()> {
        let indent = "  ".repeat(list.depth + 1);
        let begin = if list.begun { "," } else { "[" };
        list.begun = true;
        let text = serde_json::to_string_pretty(element)?;
        let indented = text.replace('\n', &format!("\n{indent}")); // texts in it hold no line break
        write!(self.to, "{begin}\n{indent}{}", clean_json(&indented))
    }

    /// The end of a list.
    pub(crate) fn json_end(&mut self, list: &JsonList) -> io::Result<()> {
        if list.begun {
            write!(self.to, "\n{}]", "  ".repeat(list.depth))
        } else {
            write!(self.to, "[]")
        }
    }

    /// A piece of a document whose lists are too long to be held.
    pub(crate) fn json_piece(&mut self, piece: &str) -> io::Result<()> {
        write!(self.to, "{}", clean_json(piece))
    }

    /// Notices, with nothing to write, that nobody reads standard output any more.
    pub(crate) fn still_read() -> io::Result<()> {
        let stdout = io::stdout();
        let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
        rustix::event::poll(&mut polled, Some(&Timespec::default()))?;
        let gone = polled[0].revents().intersects(PollFlags::ERR | PollFlags::HUP);
        if gone { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }

    /// Hands on what is still in the buffer.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// A list of documents, so long that each is shown as it comes.
#[derive(Default)]
pub(crate) struct JsonList {
    depth: usize,
    begun: bool,
}

impl JsonList {
    /// A list that stands in `depth` other documents.
    pub(crate) fn within(depth: usize) -> Self {
        Self { depth, begun: false }
    }
}

/// Tells of something that hinders nothing.
pub(crate) fn note(text: &str) {
    let mut err = Out::stderr();
    let _unheard = err.line(text).and_then(|()| err.flush());
}

/// The text with nothing in it that a terminal would obey. A line break is shown, too: what has
/// several lines is split before.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if obeyed(letter) {
            cleaned.extend(letter.escape_default());
        } else {
            cleaned.push(letter);
        }
    }
    Cow::Owned(cleaned)
}

/// JSON escapes the first set of controls by itself; the rest can only stand within its texts.
fn clean_json(text: &str) -> Cow<'_, str> {
    let hostile = |letter: char| letter != '\n' && obeyed(letter);
    if !text.contains(hostile) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if hostile(letter) {
            cleaned.extend([format!("\\u{:04x}", u32::from(letter))]);
        } else {
            cleaned.push(letter);
        }
    }
    Cow::Owned(cleaned)
}

#[cfg(test)]
mod tests {
    use super::{clean, clean_json};

    #[test]
    fn case_33_a_terminal_obeys_nothing_that_a_patient_typed() {
        assert_eq!(clean("Maria \u{1b}[31mred\u{7}"), "Maria \\u{1b}[31mred\\u{7}");
        assert_eq!(clean("\u{9b}2J \u{202e}evil\nnext"), "\\u{9b}2J \\u{202e}evil\\nnext");
        assert_eq!(clean("Zoë 山田 \u{200d}"), "Zoë 山田 \u{200d}");
    }

    #[test]
    fn case_33_json_stays_json_and_says_the_same() {
        let text = serde_json::to_string(&"a\u{9b}b\u{202e}c\u{1b}\n").unwrap();
        let cleaned = clean_json(&text);
        assert!(cleaned.is_ascii(), "{cleaned}");
        assert_eq!(serde_json::from_str::<String>(&cleaned).unwrap(), "a\u{9b}b\u{202e}c\u{1b}\n");
    }
}
