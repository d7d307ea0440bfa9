//! Manual pages in roff.

use clap_mangen::{
    Man,
    roff::{Inline, Roff, bold, roman},
};

use super::markdown::{Block, Span};

/// The longest line that mandoc does not complain about, in bytes.
const COLUMNS: usize = 80;

/// The source of the pages, for their footers.
const SOURCE: &str = concat!("whosin ", env!("CARGO_PKG_VERSION"));

/// Returns the title line of a page.
pub(super) fn title(name: &str, section: &str) -> Roff {
    let manual = match section {
        "1" => "User Commands",
        "5" => "File Formats",
        _ => "Miscellaneous Information",
    };
    let mut roff = Roff::new();
    roff.control("TH", [name.to_uppercase().as_str(), section, env!("WHOSIN_DATE"), SOURCE, manual]);
    roff
}

/// Returns the parts of a command's page that follow from its options.
pub(super) fn command(command: &clap::Command) -> Vec<u8> {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    let rendered = man
        .render_name_section(&mut page)
        .and_then(|()| man.render_synopsis_section(&mut page))
        .and_then(|()| man.render_description_section(&mut page))
        .and_then(|()| man.render_options_section(&mut page))
        .and_then(
            |()| if command.has_subcommands() { man.render_subcommands_section(&mut page) } else { Ok(()) },
        );
    rendered.expect("a vector takes everything");
    page
}

/// Returns examples with what follows them. Indented lines stay as they are; the rest is text.
pub(super) fn examples(text: &str) -> Roff {
    let mut roff = Roff::new();
    let (examples, words): (Vec<_>, Vec<_>) = text.lines().skip(1).partition(|line| line.starts_with("  "));
    if examples.is_empty() {
        return roff;
    }
    roff.control("SH", ["EXAMPLES"]).control("nf", []);
    for example in examples {
        roff.text([roman(example.trim_start())]);
    }
    roff.control("fi", []);
    let words = words.join("\n");
    if !words.trim().is_empty() {
        roff.control("PP", []).text([roman(words.trim())]);
    }
    roff
}

/// Returns the blocks of a page.
pub(super) fn blocks(blocks: &[Block]) -> Roff {
    let mut roff = Roff::new();
    // A paragraph right below a heading needs no macro, and the linter wants none.
    let mut is_below_heading = true;
    for block in blocks {
        match block {
            Block::Title(_) => continue,
            Block::Section(heading) => {
                roff.control("SH", [heading.to_uppercase().as_str()]);
            }
            Block::Subsection(heading) => {
                roff.control("SS", [heading.as_str()]);
            }
            Block::Paragraph(spans) => {
                if !is_below_heading {
                    roff.control("PP", []);
                }
                roff.text(inlines(spans));
            }
            Block::Item(spans) => {
                roff.control("IP", [r"\(bu", "2"]).text(inlines(spans));
            }
            Block::Row(term, explanation) => {
                let term: Vec<Inline> = term.iter().map(|span| bold(span.text())).collect();
                roff.control("TP", []).text(term).text(inlines(explanation));
            }
            Block::Listing(code) => {
                if !is_below_heading {
                    roff.control("PP", []);
                }
                roff.control("RS", ["4"]).control("nf", []);
                for line in code.lines() {
                    roff.text([roman(line)]);
                }
                roff.control("fi", []).control("RE", []);
            }
        }
        is_below_heading = matches!(block, Block::Section(_) | Block::Subsection(_));
    }
    roff
}

fn inlines(spans: &[Span]) -> Vec<Inline> {
    let inline = |span: &Span| match span {
        Span::Plain(text) => roman(text),
        Span::Strong(text) | Span::Literal(text) => bold(text),
    };
    spans.iter().map(inline).collect()
}

/// Breaks long lines, and removes what clap's pages have that no line needs.
pub(super) fn tidy(page: &str) -> String {
    let page = page.replace("\n.br\n\n.br\n", "\n.sp\n");
    let (preamble, rest) = page.split_at(page.find(".TH").unwrap_or_default());
    let page = rest.replace(preamble, "");
    let mut tidy = preamble.to_owned();
    let mut is_filled = true;
    for line in page.lines() {
        match line {
            ".nf" => is_filled = false,
            ".fi" => is_filled = true,
            _ => {}
        }
        let line = line.trim_end();
        if line.starts_with('.') {
            tidy.push_str(line);
            tidy.push('\n');
        } else if is_filled {
            break_line(&verbatim(line), &mut tidy);
        } else {
            tidy.push_str(&verbatim(line));
            tidy.push('\n');
        }
    }
    tidy
}

/// Spells the characters that roff would replace by typographic ones.
fn verbatim(line: &str) -> String {
    line.replace('~', r"\(ti").replace('^', r"\(ha").replace('`', r"\(ga")
}

/// Breaks a line of text at spaces. No part begins with a character that would make it a request.
fn break_line(line: &str, tidy: &mut String) {
    let mut length = 0;
    for word in line.split(' ') {
        let bytes = bytes(word);
        if length > 0 && length + 1 + bytes > COLUMNS {
            tidy.push('\n');
            length = 0;
        } else if length > 0 {
            tidy.push(' ');
            length += 1;
        }
        if length == 0 && word.starts_with(['.', '\'']) {
            tidy.push_str(r"\&");
            length += 2;
        }
        tidy.push_str(word);
        length += bytes;
    }
    tidy.push('\n');
}

/// Returns how long mandoc takes a word for: it reads a character beyond ASCII as `\[u2026]`.
fn bytes(word: &str) -> usize {
    word.chars().map(|c| if c.is_ascii() { 1 } else { r"\[u2026]".len() }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_broken_and_no_part_becomes_a_request() {
        let line = format!("{} .TH 'x {}", "a".repeat(78), "b".repeat(76));
        let tidy = tidy(&format!(".\n.TH\n{line}\n.nf\n{line}\n.fi\n"));
        let broken = format!("{}\n\\&.TH 'x\n{}\n", "a".repeat(78), "b".repeat(76));
        assert_eq!(tidy, format!(".\n.TH\n{broken}.nf\n{line}\n.fi\n"));
    }
}
