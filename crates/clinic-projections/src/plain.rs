//! Text as people typed it, made harmless for what reads it later: terminals and spreadsheets (case 33).

/// Whether a terminal obeys a letter instead of showing it: controls of both sets, and what changes the
/// direction of the text around it.
#[must_use]
pub fn obeyed(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}')
        || matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A record of RFC 4180, with its line break: every cell quoted, so that no reader has to guess.
#[must_use]
pub fn csv_record<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(csv_cell).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell that no spreadsheet takes for a formula and no terminal for a command. Line breaks and
/// tabs stay: between quotes they are data.
fn csv_cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mut cell = String::with_capacity(text.len().saturating_add(2));
    cell.push('"');
    cell.push_str(if formula { "'" } else { "" });
    for letter in text.chars() {
        match letter {
            '"' => cell.push_str("\"\""),
            '\n' | '\t' => cell.push(letter),
            letter if obeyed(letter) => cell.extend(letter.escape_default()),
            letter => cell.push(letter),
        }
    }
    cell.push('"');
    cell
}

#[cfg(test)]
mod tests {
    use super::csv_record;

    #[test]
    fn case_33_a_spreadsheet_calculates_nothing_that_a_patient_typed() {
        for (typed, cell) in [
            ("=1+1", "\"'=1+1\""),
            ("+49", "\"'+49\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\tx", "\"'\tx\""),
            ("say \"hi\", then\ngo", "\"say \"\"hi\"\", then\ngo\""),
            ("\u{1b}[2J", "\"\\u{1b}[2J\""),
            ("", "\"\""),
        ] {
            assert_eq!(csv_record([typed]), format!("{cell}\r\n"), "{typed:?}");
        }
        assert_eq!(csv_record(["a", "b"]), "\"a\",\"b\"\r\n");
    }
}
