//! Manual pages as plain text, for files, pipes and pagers.

use std::fmt::Write;

use super::markdown::{Block, Span, plain};
use crate::model::text::{width, wrap};

/// The columns of a page.
const COLUMNS: usize = 80;
/// The columns before the text below a heading.
const INDENT: usize = 4;
/// The widest term that has its explanation on the same line.
const TERM: usize = 20;

/// Returns the blocks as text.
pub(super) fn blocks(blocks: &[Block]) -> String {
    let mut text = String::new();
    let mut last = None;
    for block in blocks {
        let is_list = matches!(block, Block::Item(_) | Block::Row(..));
        let goes_on = is_list && last.map(std::mem::discriminant) == Some(std::mem::discriminant(block));
        if last.is_some_and(|last| !matches!(last, Block::Section(_) | Block::Subsection(_))) && !goes_on {
            text.push('\n');
        }
        write_block(&mut text, block);
        last = Some(block);
    }
    text
}

fn write_block(text: &mut String, block: &Block) {
    match block {
        Block::Title(title) => write_lines(text, title, "", 0),
        Block::Section(heading) => write_lines(text, &heading.to_uppercase(), "", 0),
        Block::Subsection(heading) => write_lines(text, heading, "", INDENT / 2),
        Block::Paragraph(spans) => write_lines(text, &quoted(spans), "", INDENT),
        Block::Item(spans) => write_lines(text, &quoted(spans), "* ", INDENT),
        Block::Row(term, explanation) => {
            let (term, explanation) = (plain(term), quoted(explanation));
            if width(&term) > TERM {
                write_lines(text, &term, "", INDENT);
                write_lines(text, &explanation, "", INDENT * 2);
            } else {
                let gap = " ".repeat(TERM + 2 - width(&term));
                write_lines(text, &explanation, &format!("{term}{gap}"), INDENT);
            }
        }
        Block::Listing(code) => code.lines().for_each(|line| {
            let indent = if line.is_empty() { 0 } else { INDENT * 2 };
            writeln!(text, "{:indent$}{line}", "").expect("a string takes everything");
        }),
    }
}

/// Returns the text of spans, with code in backquotes.
fn quoted(spans: &[Span]) -> String {
    let quoted = |span: &Span| match span {
        Span::Literal(code) => format!("`{code}`"),
        span => span.text().to_owned(),
    };
    spans.iter().map(quoted).collect()
}

/// Writes words in lines that begin with spaces, and the first of them with a mark behind those.
fn write_lines(text: &mut String, words: &str, mark: &str, indent: usize) {
    let inner = indent + width(mark);
    for (row, line) in wrap(words, COLUMNS - inner).into_iter().enumerate() {
        let written = match row {
            0 => writeln!(text, "{:indent$}{mark}{line}", ""),
            _ => writeln!(text, "{:inner$}{line}", ""),
        };
        written.expect("a string takes everything");
    }
}

#[cfg(test)]
mod tests {
    use super::{super::markdown::parse, *};

    #[test]
    fn a_page_reads_as_text() {
        let markdown = "# A page\n\nSome `words` of it.\n\n## One\n\n* first\n* second\n\n| a | b |\n|---|---|\n| `x` | y |\n| `a long term, over there` | z |\n\n```sh\nrun it\n```\n";
        let text = blocks(&parse(markdown, |_| Vec::new()));
        assert_eq!(
            text,
            "A page\n\n    Some `words` of it.\n\nONE\n    * first\n    * second\n\n    x                     y\n    a long term, over there\n        z\n\n        run it\n"
        );
    }
}
