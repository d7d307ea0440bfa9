//! The Markdown of the manual, as blocks.

use std::mem;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// The title: the page in one line.
    Title(String),
    Section(String),
    Subsection(String),
    Paragraph(Vec<Span>),
    Item(Vec<Span>),
    /// A row of a table: the cells before the last one, and the last one, which explains them.
    Row(Vec<Span>, Vec<Span>),
    Listing(String),
}

/// Text of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Span {
    Plain(String),
    Strong(String),
    Literal(String),
}

impl Span {
    /// Returns the text.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Strong(text) | Self::Literal(text) => text,
        }
    }
}

/// Parses Markdown. `included` returns what stands in the place of a comment, by its text.
pub(super) fn parse(markdown: &str, included: impl Fn(&str) -> Vec<Block>) -> Vec<Block> {
    let mut reader = Reader::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Html(html) => {
                let comment = html.trim().strip_prefix("<!--").and_then(|html| html.strip_suffix("-->"));
                reader.blocks.extend(comment.map(|comment| included(comment.trim())).unwrap_or_default());
            }
            event => reader.read(event),
        }
    }
    reader.blocks
}

/// Returns the text of spans.
pub(super) fn plain(spans: &[Span]) -> String {
    spans.iter().map(Span::text).collect()
}

/// The blocks so far, and the parts of the next one.
#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    spans: Vec<Span>,
    cells: Vec<Vec<Span>>,
    /// Inside emphasis.
    is_strong: bool,
    /// Inside a list item.
    in_item: bool,
    /// The target of the link around the text.
    target: Option<String>,
}

impl Reader {
    fn read(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) if self.is_strong => self.spans.push(Span::Strong(text.into_string())),
            Event::Text(text) => self.spans.push(Span::Plain(text.into_string())),
            Event::Code(text) => self.spans.push(Span::Literal(text.into_string())),
            Event::SoftBreak | Event::HardBreak => self.spans.push(Span::Plain(" ".to_owned())),
            Event::Start(Tag::Emphasis | Tag::Strong) => self.is_strong = true,
            Event::End(TagEnd::Emphasis | TagEnd::Strong) => self.is_strong = false,
            Event::Start(Tag::Link { dest_url, .. }) => self.target = Some(dest_url.into_string()),
            Event::End(TagEnd::Link) => self.link(),
            Event::Start(Tag::Item) => self.in_item = true,
            Event::End(end) => self.end(end),
            _ => {}
        }
    }

    /// Ends a link. An address of the web follows its text; a page is named by the command that shows it.
    fn link(&mut self) {
        let Some(target) = self.target.take() else { return };
        match target.strip_suffix(".md") {
            Some(page) => {
                self.spans.pop();
                self.spans.push(Span::Literal(format!("whosin man {page}")));
            }
            None => self.spans.push(Span::Plain(format!(" ({target})"))),
        }
    }

    fn end(&mut self, end: TagEnd) {
        let spans = match end {
            TagEnd::Heading(_)
            | TagEnd::Paragraph
            | TagEnd::Item
            | TagEnd::CodeBlock
            | TagEnd::TableCell
            | TagEnd::TableHead
            | TagEnd::TableRow => mem::take(&mut self.spans),
            _ => return,
        };
        let block = match end {
            TagEnd::Heading(HeadingLevel::H1) => Block::Title(plain(&spans)),
            TagEnd::Heading(HeadingLevel::H2) => Block::Section(plain(&spans)),
            TagEnd::Heading(_) => Block::Subsection(plain(&spans)),
            TagEnd::CodeBlock => Block::Listing(plain(&spans)),
            TagEnd::TableCell => return self.cells.push(spans),
            // The names of the columns help nobody once each row is a term with its explanation.
            TagEnd::TableHead => return self.cells.clear(),
            TagEnd::TableRow => {
                let explanation = self.cells.pop().unwrap_or_default();
                Block::Row(mem::take(&mut self.cells).join(&Span::Plain("  ".to_owned())), explanation)
            }
            TagEnd::Item => {
                self.in_item = false;
                Block::Item(spans)
            }
            _ if self.in_item => Block::Item(spans),
            _ => Block::Paragraph(spans),
        };
        if block != Block::Item(Vec::new()) {
            self.blocks.push(block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(markdown: &str) -> Vec<Block> {
        parse(markdown, |name| vec![Block::Title(name.to_owned())])
    }

    #[test]
    fn paragraphs_items_and_code_are_blocks() {
        let text = |text: &str| vec![Span::Plain(text.to_owned())];
        assert_eq!(
            parsed("# A\n## B\n### C\n\nd\n\n* e\n* f\n\n```sh\ng\n```\n<!-- h -->\n"),
            [
                Block::Title("A".to_owned()),
                Block::Section("B".to_owned()),
                Block::Subsection("C".to_owned()),
                Block::Paragraph(text("d")),
                Block::Item(text("e")),
                Block::Item(text("f")),
                Block::Listing("g\n".to_owned()),
                Block::Title("h".to_owned()),
            ]
        );
    }

    #[test]
    fn a_row_is_a_term_with_its_explanation() {
        let rows = parsed("| a | b | c |\n|---|---|---|\n| `d` | e | f **g** |\n");
        let [Block::Row(term, explanation)] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((plain(term), plain(explanation)), ("d  e".to_owned(), "f g".to_owned()));
        assert_eq!(explanation[1], Span::Strong("g".to_owned()));
    }

    #[test]
    fn a_link_names_its_address_or_the_command_of_its_page() {
        let blocks = parsed("[a](https://b/) and [c](keys.md)");
        let [Block::Paragraph(spans)] = blocks.as_slice() else { panic!("{blocks:?}") };
        assert_eq!(plain(spans), "a (https://b/) and whosin man keys");
    }
}
