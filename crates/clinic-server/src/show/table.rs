//! Tables in plain box drawing. What goes into a cell is cleaned before its width is counted.

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle, Table,
    TableStyle, Width,
};

use crate::out::clean;

/// Lines around everything and a line below the header.
const LIST: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('┌', '─', '┬', '┐'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('├', '─', '┼', '┤'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .bottom_border(LineStyle::new('└', '─', '┴', '┘'));

/// The same, with a line between rows.
const CARDS: TableStyle = LIST.row_separator(LineStyle::new('├', '╌', '┼', '┤'));

/// A cell: its lines, from top to bottom.
pub(crate) type Cell = Vec<String>;

/// A cell of one line.
#[expect(clippy::needless_pass_by_value, reason = "so that it maps over values and references")]
pub(crate) fn cell(text: impl ToString) -> Cell {
    vec![text.to_string()]
}

/// Where the columns of a table stand.
#[derive(Clone, Copy)]
pub(crate) enum Align {
    /// To the left, as text.
    Left,
    /// To the right, as numbers.
    Right,
}

/// Rows under a header, as wide as they need to be and never wider than `width`.
pub(crate) fn list(
    width: u16,
    header: &[(&str, Align)],
    rows: impl IntoIterator<Item = Vec<Cell>>,
) -> Vec<String> {
    let mut table = begun(LIST, width, ContentArrangement::Dynamic);
    table.set_header(header.iter().map(|(title, _)| *title));
    let mut words: Vec<u16> = header.iter().map(|(title, _)| longest_word(title)).collect();
    for row in rows {
        for (longest, cell) in words.iter_mut().zip(&row) {
            let here = cell.iter().map(|line| longest_word(line));
            *longest = here.max().unwrap_or(0).max(*longest);
        }
        table.add_row(row.iter().map(text));
    }
    // No word is broken as long as there is room for each column's longest one.
    let borders = 1 + 3 * u16::try_from(header.len()).unwrap_or(u16::MAX / 3);
    if words.iter().fold(borders, |sum, word| sum.saturating_add(*word)) <= width {
        let least = |word: &u16| ColumnConstraint::LowerBoundary(Width::Fixed(word + 2));
        table.set_constraints(words.iter().map(least));
    }
    for (column, (_, align)) in table.column_iter_mut().zip(header) {
        column.set_cell_alignment(match align {
            Align::Left => CellAlignment::Left,
            Align::Right => CellAlignment::Right,
        });
    }
    table.lines().collect()
}

/// Rows of three columns and several lines, exactly `width` wide: a mark, what there is to say, and
/// numbers. The one in the middle takes what the others leave.
pub(crate) fn cards(width: u16, header: &[Cell; 3], rows: &[[Cell; 3]]) -> Vec<String> {
    const BORDERS: u16 = 4;
    const PADDING: u16 = 2;
    let widest = |n: usize| {
        let cells = rows.iter().chain([header]).flat_map(|row| &row[n]);
        cells.map(|line| u16::try_from(line.len()).unwrap_or(u16::MAX)).max().unwrap_or(0)
    };
    let (mark, numbers) = (widest(0) + PADDING, widest(2) + PADDING);
    let middle = width.saturating_sub(BORDERS + mark + numbers);
    let mut table = begun(CARDS, width, ContentArrangement::Dynamic);
    table.set_header(header.each_ref().map(text));
    for row in rows {
        table.add_row(row.each_ref().map(text));
    }
    let widths =
        [mark, middle, numbers].map(|width| ColumnConstraint::Absolute(Width::Fixed(width)));
    table.set_constraints(widths);
    for (n, column) in table.column_iter_mut().enumerate() {
        if n != 1 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().collect()
}

/// Columns without lines, each with its own width; what is longer goes on below.
pub(crate) fn columns(texts: &[(&str, u16)]) -> Vec<String> {
    let width = texts.iter().map(|(_, width)| width).sum();
    let mut table = begun(TableStyle::new(), width, ContentArrangement::Dynamic);
    table.add_row(texts.iter().map(|(text, _)| clean(text)));
    table.set_constraints(
        texts.iter().map(|(_, width)| ColumnConstraint::Absolute(Width::Fixed(*width))),
    );
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// Blocks of `each` columns: two beside each other if they fit into `width`, else one under the other.
pub(crate) fn beside(width: u16, each: u16, blocks: Vec<Vec<String>>) -> Vec<String> {
    const GAP: u16 = 2;
    if each * 2 + GAP > width {
        return blocks.into_iter().flatten().collect();
    }
    let (blank, gap) = (" ".repeat(usize::from(each)), " ".repeat(usize::from(GAP)));
    let mut lines = vec![];
    let mut blocks = blocks.into_iter();
    while let Some(left) = blocks.next() {
        let Some(right) = blocks.next() else {
            lines.extend(left);
            break;
        };
        for n in 0..left.len().max(right.len()) {
            let left = left.get(n).unwrap_or(&blank);
            match right.get(n) {
                Some(right) => lines.push(format!("{left}{gap}{right}")),
                None => lines.push(left.clone()),
            }
        }
    }
    lines
}

/// The letters of the longest word, which is not to be broken unless it is one that nobody would type.
fn longest_word(line: &str) -> u16 {
    const USUAL: u16 = 20;
    let letters = |word: &str| u16::try_from(word.chars().count()).unwrap_or(u16::MAX);
    clean(line).split(' ').map(letters).max().unwrap_or(0).min(USUAL)
}

fn begun(style: TableStyle, width: u16, arrangement: ContentArrangement) -> Table {
    let mut table = Table::new();
    table.load_style(style).set_content_arrangement(arrangement).set_width(width);
    table
}

fn text(cell: &Cell) -> String {
    cell.iter().map(|line| clean(line)).collect::<Vec<_>>().join("\n")
}
