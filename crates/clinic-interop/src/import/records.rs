//! The records of a CSV file (RFC 4180), one after another, in memory that does not depend on the
//! file: a line without an end is noticed at the limit and not read to its end.

use std::io::{BufRead, BufReader, Chain, Cursor, Read};

use csv_core::ReadRecordResult;

use super::problem::{Column, Unreadable};
use super::shown;
use crate::limits;

/// A CSV file, read as far as it has been asked.
pub(super) struct Records<R> {
    source: BufReader<Chain<Cursor<Vec<u8>>, R>>,
    parser: csv_core::Reader,
    header: Vec<String>,
    /// The fields of the present record, one behind the other, and where each ends.
    text: Vec<u8>,
    ends: Vec<usize>,
    /// The line that is read next, and the bytes before it.
    line: u64,
    after_cr: bool,
    /// Quotes of the present record. An odd one is never closed, and would swallow rows.
    quotes: u64,
    bytes: u64,
}

/// A record: as many fields as the header has, all of them text.
pub(super) struct Record<'r> {
    /// The line on which it begins, from 1.
    pub(super) line: u64,
    fields: Vec<&'r str>,
}

impl Record<'_> {
    /// A field, without blanks around it.
    pub(super) fn field(&self, place: usize) -> &str {
        self.fields.get(place).copied().unwrap_or_default().trim()
    }
}

impl<R: Read> Records<R> {
    /// Reads the header.
    pub(super) fn open(source: R) -> Result<Self, Unreadable> {
        let mut records = Self {
            source: BufReader::new(without_mark(source)?),
            parser: csv_core::Reader::new(),
            header: vec![],
            // The parser stops as soon as a buffer is full, so one more than may be used.
            text: vec![0; limits::RECORD_BYTES + 1],
            ends: vec![0; limits::COLUMNS + 1],
            line: 1,
            after_cr: false,
            quotes: 0,
            bytes: 0,
        };
        let header = records.next()?.ok_or(Unreadable::Empty)?;
        records.header = header.fields.iter().map(|name| name.trim().to_owned()).collect();
        Ok(records)
    }

    /// The names of the columns.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// How much of the file has been read.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A column, by its name.
    pub(super) fn column(&self, place: usize) -> Column {
        column(&self.header, place)
    }

    /// The next record; none behind the last.
    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>, Unreadable> {
        if !self.skip_line_ends()? {
            return Ok(None);
        }
        let line = self.line;
        self.quotes = 0;
        let columns = self.take()?;
        let header = &self.header;
        if !self.quotes.is_multiple_of(2) {
            return Err(Unreadable::Quote { line });
        }
        if columns > limits::COLUMNS {
            return Err(Unreadable::TooWide { line });
        }
        if !header.is_empty() && columns != header.len() {
            return Err(Unreadable::Ragged { line, found: columns, columns: header.len() });
        }
        let mut begin = 0;
        let mut fields = Vec::with_capacity(columns);
        for (place, &end) in self.ends[..columns].iter().enumerate() {
            let field = &self.text[begin..end];
            let column = || column(header, place);
            if field.contains(&0) {
                return Err(Unreadable::Nul { line, column: column() });
            }
            let text = std::str::from_utf8(field);
            fields.push(text.map_err(|_| Unreadable::NotUtf8 { line, column: column() })?);
            begin = end;
        }
        Ok(Some(Record { line, fields }))
    }

    /// Passes over line ends and empty lines; whether anything follows.
    fn skip_line_ends(&mut self) -> Result<bool, Unreadable> {
        loop {
            let input = self.source.fill_buf()?;
            let ends = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let more = ends < input.len();
            if input.is_empty() || more {
                self.pass(ends);
                return Ok(more);
            }
            self.pass(ends);
        }
    }

    /// Takes one record from the source; the number of its fields.
    fn take(&mut self) -> Result<usize, Unreadable> {
        let (line, mut length, mut columns) = (self.line, 0, 0);
        loop {
            let input = self.source.fill_buf()?;
            let (text, ends) = (&mut self.text[length..], &mut self.ends[columns..]);
            let (result, taken, written, ended) = self.parser.read_record(input, text, ends);
            self.pass(taken);
            (length, columns) = (length + written, columns + ended);
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => return Ok(columns),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    return Err(Unreadable::TooLong { line, column: self.column(columns) });
                }
                ReadRecordResult::OutputEndsFull => return Err(Unreadable::TooWide { line }),
            }
        }
    }

    fn pass(&mut self, bytes: usize) {
        for byte in &self.source.buffer()[..bytes] {
            // A line ends with LF, CR or both, as the parser has it.
            self.line += u64::from(*byte == b'\r' || (*byte == b'\n' && !self.after_cr));
            self.after_cr = *byte == b'\r';
            self.quotes += u64::from(*byte == b'"');
        }
        self.source.consume(bytes);
        self.bytes += bytes as u64;
    }
}

fn column(header: &[String], place: usize) -> Column {
    Column(header.get(place).map_or_else(|| (place + 1).to_string(), |name| shown(name)))
}

/// The source without the mark that some programs put before UTF-8.
fn without_mark<R: Read>(mut source: R) -> Result<Chain<Cursor<Vec<u8>>, R>, Unreadable> {
    let mut first = vec![];
    source.by_ref().take(3).read_to_end(&mut first)?;
    match first[..] {
        [0xff, 0xfe, ..] => Err(Unreadable::Encoding { encoding: "UTF-16, little-endian" }),
        [0xfe, 0xff, ..] => Err(Unreadable::Encoding { encoding: "UTF-16, big-endian" }),
        [0xef, 0xbb, 0xbf] => Ok(Cursor::new(vec![]).chain(source)),
        _ => Ok(Cursor::new(first).chain(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line and fields of every row.
    fn rows(file: &str) -> Vec<(u64, String)> {
        let mut records = Records::open(file.as_bytes()).unwrap();
        let mut rows = vec![];
        while let Some(record) = records.next().unwrap() {
            rows.push((record.line, record.fields.join("|")));
        }
        rows
    }

    #[test]
    fn a_row_knows_its_line_whatever_ends_the_lines_before() {
        let file = "a,b\n1,2\n\n\n\"3\n4\",5\n\"6\"\"\",7";
        let expected = [(2, "1|2"), (5, "3\n4|5"), (7, "6\"|7")];
        assert_eq!(rows(file), expected.map(|(line, row)| (line, row.to_owned())));
        let crlf = file.replace('\n', "\r\n");
        let expected = [(2, "1|2"), (5, "3\r\n4|5"), (7, "6\"|7")];
        assert_eq!(rows(&crlf), expected.map(|(line, row)| (line, row.to_owned())));
        let cr = file.replace('\n', "\r");
        let expected = [(2, "1|2"), (5, "3\r4|5"), (7, "6\"|7")];
        assert_eq!(rows(&cr), expected.map(|(line, row)| (line, row.to_owned())));
    }

    #[test]
    fn a_mark_before_utf_8_is_no_part_of_the_first_name() {
        let records = Records::open("\u{feff}a,b\n".as_bytes()).unwrap();
        assert_eq!(records.header(), ["a", "b"]);
    }

    #[test]
    fn a_record_may_be_as_long_as_the_limit_and_no_longer() {
        let file = |bytes: usize| format!("a,b\n{},1\n2,3\n", "x".repeat(bytes - 1));
        assert_eq!(rows(&file(limits::RECORD_BYTES)).len(), 2);
        let too_long = file(limits::RECORD_BYTES + 1);
        let error = Records::open(too_long.as_bytes()).unwrap().next().err().unwrap();
        assert_eq!(error.to_string(), "line 2, column \"b\": the row is longer than 65536 bytes");
    }
}
