//! Files that cannot be read: nothing is stored, and the error names the line, the field and the
//! limit.

use std::cell::Cell;
use std::io::{self, Cursor, Read};
use std::rc::Rc;

use clinic_interop::import::{ImportError, Options};

use super::fixture::{HEADER, imported, options};

/// What the import says to a file that it cannot read.
async fn problem(source: impl Read) -> String {
    let history = imported(source, &options()).await;
    assert!(matches!(history.came, Err(ImportError::Unreadable(_))), "{:?}", history.came);
    assert!(history.refused.is_empty());
    assert!(history.stored_nothing().await);
    history.error()
}

/// A good row, then one that is not.
async fn second_row(row: &[u8]) -> String {
    let file = [HEADER.as_bytes(), b"1,a,in,,Hall,2031-05-04 08:00:00Z\n", row].concat();
    problem(file.as_slice()).await
}

#[tokio::test]
async fn an_empty_file_says_so() {
    for file in ["", "\n", "\r\n\r\n", "\u{feff}"] {
        assert_eq!(
            problem(file.as_bytes()).await,
            "the file is empty; a header and rows are needed"
        );
    }
    assert_eq!(problem(HEADER.as_bytes()).await, "the file has a header and no rows");
}

#[tokio::test]
async fn a_column_that_is_not_there_is_named_with_those_that_are() {
    let file = "stay,patient,event,from,to,at\n1,a,in,,Hall,2031-05-04 08:00:00Z\n";
    assert_eq!(
        problem(file.as_bytes()).await,
        "visit=\"visit\": there is no such column; the header has: stay, patient, event, from, to, at"
    );
    let file = format!("visit,{HEADER}");
    assert_eq!(problem(file.as_bytes()).await, "visit=\"visit\": the header has two such columns");
    let file = format!("{}\u{1b}[2J\n", "column,".repeat(200));
    let said = problem(file.as_bytes()).await;
    assert!(said.len() < 800 && !said.contains('\u{1b}'), "{said}");
}

#[tokio::test]
async fn a_time_that_is_none_is_repeated() {
    assert_eq!(
        second_row(b"1,a,out,,,yesterday\n").await,
        "line 3, column \"at\": \"yesterday\" is no time; known are 2031-05-04T08:30:00Z and \
         2031-05-04 08:30:00, with a fraction or without, with an offset or without"
    );
    assert!(
        second_row(b"1,a,out,,,\n").await.starts_with("line 3, column \"at\": \"\" is no time")
    );
    assert_eq!(
        second_row(b"1,a,out,,,9999-12-31 00:00:00\n").await,
        "line 3, column \"at\": \"9999-12-31 00:00:00\" is not in the years 1971 to 2999"
    );
    // Of a row that would be refused, too.
    assert!(second_row(b",,dance,,,soon\n").await.starts_with("line 3, column \"at\": \"soon\""));
    let long = format!("1,a,out,,,{}\u{1b}[2J\n", "x".repeat(10_000));
    let said = second_row(long.as_bytes()).await;
    assert!(said.len() < 300 && said.contains("xxx\"... is no time"), "{said}");
}

#[tokio::test]
async fn a_row_with_other_fields_than_the_header_says_how_many() {
    assert_eq!(second_row(b"1,a,out,,\n").await, "line 3: the row has 5 fields, the header has 6");
    let cut =
        second_row(b"1,a,out,,,\"2031-05-04 08:00:00Z\n2,b,in,,Hall,2031-05-04 08:00:00Z\n").await;
    assert_eq!(cut, "line 3: a quote (\") is never closed; within quotes it is doubled");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_named_by_line_and_column() {
    let nul = "a NUL byte; the file must be text in UTF-8";
    assert_eq!(second_row(b"1,a,out,\0,,x\n").await, format!("line 3, column \"from\": {nul}"));
    let latin_1 = "bytes that are not UTF-8; the file must be in UTF-8";
    assert_eq!(
        second_row(b"1,J\xfcrgen,out,,,x\n").await,
        format!("line 3, column \"patient\": {latin_1}")
    );
    let archive = problem(&b"PK\x03\x04\x14\0\x08\0\n"[..]).await;
    assert_eq!(archive, format!("line 1, column 1: {nul}"));
}

#[tokio::test]
async fn another_encoding_is_called_by_its_name() {
    let text = format!("{HEADER}1,a,in,,Hall,2031-05-04 08:00:00Z\n");
    let units: Vec<u16> = text.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let marked = [&[0xff, 0xfe], little.as_slice()].concat();
    assert_eq!(
        problem(marked.as_slice()).await,
        "the file is in UTF-16, little-endian; it must be in UTF-8"
    );
    let marked = [&[0xfe, 0xff], big.as_slice()].concat();
    assert_eq!(
        problem(marked.as_slice()).await,
        "the file is in UTF-16, big-endian; it must be in UTF-8"
    );
    let nul = "line 1, column 1: a NUL byte; the file must be text in UTF-8";
    assert_eq!(problem(little.as_slice()).await, nul);
}

const GIBIBYTE: u64 = 1 << 30;

/// Counts what is read.
struct Counted<R>(R, Rc<Cell<u64>>);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1.set(self.1.get() + u64::try_from(read).unwrap());
        Ok(read)
    }
}

/// A line of 1 GiB is noticed at the limit: neither kept nor even read.
#[tokio::test]
async fn a_line_without_an_end_is_read_up_to_the_limit() {
    let too_long =
        |column| format!("line 3, column \"{column}\": the row is longer than 65536 bytes");
    let row = "1,a,in,,Hall,2031-05-04 08:00:00Z\n";
    for (start, byte, said) in [
        ("", b'x', too_long("visit")),
        ("1,a,out,,", b'x', too_long("to")),
        ("1,a,out,,,", b' ', too_long("at")),
        ("1,a,out,,,\"", b'\n', too_long("at")),
        ("1,a,out,,,\"", b'"', too_long("at")),
        ("1,a,out,,,", b'\0', too_long("at")),
        ("1", b',', "line 3: the row has more than 1024 columns".to_owned()),
    ] {
        let line = io::repeat(byte).take(GIBIBYTE);
        let counted = Rc::new(Cell::new(0));
        let source = Cursor::new(format!("{HEADER}{row}{start}")).chain(line);
        assert_eq!(problem(Counted(source, Rc::clone(&counted))).await, said);
        assert!(counted.get() < 200_000, "{} bytes were read", counted.get());
    }
    let header = problem(io::repeat(b'x').take(GIBIBYTE)).await;
    assert_eq!(header, "line 1, column 1: the row is longer than 65536 bytes");
}

#[tokio::test]
async fn a_source_that_fails_is_no_end_of_the_file() {
    struct Torn;
    impl Read for Torn {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let file = format!("{HEADER}1,a,in,,Hall,2031-05-04 08:00:00Z\n");
    let said = problem(Cursor::new(file).chain(Torn)).await;
    assert_eq!(said, "the file cannot be read: the disk is gone");
}

/// What a spreadsheet or another system may write is read all the same.
#[tokio::test]
async fn files_in_other_habits_are_read() {
    let file = "\u{feff}at;,\" event \",visit,to,rest\r\n\
                2031-05-04T10:00:00.5+02:00,in,\"1,\"\"x\"\"\",\"Hall\r\n\",\r\n\
                \r\n\
                2031-05-04 08:01:00 Z,out,\"1,\"\"x\"\"\",,\"two\r\nlines\"";
    let options =
        Options { columns: "visit=visit,event=event,to=to,at=at;".parse().unwrap(), ..options() };
    let history = imported(file.as_bytes(), &options).await;
    assert_eq!(history.listed(), []);
    assert_eq!(history.report().granted, 2);
    let visits = super::fixture::visits(&history.events().await);
    assert_eq!(visits.keys().collect::<Vec<_>>(), ["1,\"x\""]);
}
