//! What is wrong with a day file: which line, which field, which limit.

use std::fmt;

use crate::failure::Failure;
use crate::limits;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    line: usize,
    field: Option<String>,
    message: String,
}

/// Everything that is wrong with a file. Of many problems the first ones are kept.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    file: String,
    listed: Vec<Problem>,
    unlisted: usize,
}

impl Problems {
    /// None yet, with `file`.
    pub(crate) fn of(file: &str) -> Self {
        Self { file: file.to_owned(), ..Self::default() }
    }

    /// Something is wrong with a line as a whole.
    pub(crate) fn line(&mut self, line: usize, message: impl fmt::Display) {
        self.add(line, None, &message);
    }

    /// Something is wrong with a field.
    pub(crate) fn field(&mut self, line: usize, field: &str, message: impl fmt::Display) {
        self.add(line, Some(field.to_owned()), &message);
    }

    fn add(&mut self, line: usize, field: Option<String>, message: &dyn fmt::Display) {
        if self.listed.len() < limits::PROBLEMS {
            self.listed.push(Problem { line, field, message: message.to_string() });
        } else {
            self.unlisted += 1;
        }
    }

    /// `Ok` as long as nothing is wrong.
    pub(crate) fn none(&self) -> Result<(), Failure> {
        if self.listed.is_empty() { Ok(()) } else { Err(Failure::Usage(self.to_string())) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Problem { line, field, message } in &self.listed {
            write!(f, "{}:{line}: ", one_line(&self.file))?;
            if let Some(field) = field {
                write!(f, "field \"{}\": ", one_line(field))?;
            }
            writeln!(f, "{}", one_line(message))?;
        }
        match self.unlisted {
            0 => {}
            1 => writeln!(f, "and 1 more problem")?,
            more => writeln!(f, "and {more} more problems")?,
        }
        f.write_str("nothing was played")
    }
}

/// A problem takes one line, whatever it quotes.
fn one_line(text: &str) -> std::borrow::Cow<'_, str> {
    crate::out::clean(text)
}
