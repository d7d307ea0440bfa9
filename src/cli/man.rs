//! `whosin man`: the manual. Pages of commands follow from the help, pages of topics from Markdown.

use std::{
    fs,
    io::{IsTerminal, stdout},
    path::PathBuf,
};

use clap::{Args, CommandFactory, builder::PossibleValuesParser};
use color_eyre::eyre::{Result, WrapErr, eyre};

use super::{Cli, config, output::print};
use crate::ui::keymap::{Binding, KEYMAP};

mod markdown;
mod pager;
mod roff;
mod text;

use markdown::{Block, Span, parse, plain};

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin man                             the command
  whosin man servers                     what each homeserver does with presence
  whosin man sign-in                     how to sign in, by kind of account
  whosin man list                        a command of whosin
  whosin man --all DIR                   each page as a file, for packages

Shows the page by man, or by $PAGER. If standard output is no terminal, prints it as text.";

/// The options of `man`.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// The topic or the command; without one, the page of whosin.
    #[arg(value_parser = PossibleValuesParser::new(PAGES), hide_possible_values = true)]
    pub page: Option<String>,

    /// Write all pages as files into a directory, for packages: whosin.1, whosin-servers.7, …
    #[arg(long, value_name = "DIR", conflicts_with = "page")]
    pub all: Option<PathBuf>,
}

/// A page that explains something which is no command.
struct Topic {
    name: &'static str,
    /// The section of the manual.
    section: &'static str,
    markdown: &'static str,
}

/// The topics, in the order in which the pages refer to each other.
const TOPICS: [Topic; 8] = [
    topic("sign-in", "7", include_str!("../../assets/manual/sign-in.md")),
    topic("servers", "7", include_str!("../../assets/manual/servers.md")),
    topic("user-status", "7", include_str!("../../assets/manual/user-status.md")),
    topic("privacy", "7", include_str!("../../assets/manual/privacy.md")),
    topic("keys", "7", include_str!("../../assets/manual/keys.md")),
    topic("config", "5", include_str!("../../assets/manual/config.md")),
    topic("bars", "7", include_str!("../../assets/manual/bars.md")),
    topic("recipes", "7", include_str!("../../assets/manual/recipes.md")),
];

/// What the page of whosin explains besides its options.
const WHOSIN: &str = include_str!("../../assets/manual/whosin.md");

/// The names of the pages. The topic `config` stands for the command too, whose page is a file of `--all`.
#[rustfmt::skip]
const PAGES: [&str; 23] = [
    "whosin",
    "sign-in", "servers", "user-status", "privacy", "keys", "config", "bars", "recipes",
    "login", "logout", "set", "hold", "daemon", "status", "list", "watch", "is", "board", "history", "doctor", "man",
    "completions",
];

const fn topic(name: &'static str, section: &'static str, markdown: &'static str) -> Topic {
    Topic { name, section, markdown }
}

/// A page of the manual.
struct Page {
    /// The name, as man knows it.
    name: String,
    section: &'static str,
    source: Source,
}

/// What a page is made of.
enum Source {
    Command(Box<clap::Command>),
    Topic(Vec<Block>),
}

/// Shows a page in a terminal. Prints it as text elsewhere.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if a file cannot be written, or standard output cannot be written to.
pub async fn run(args: &ManArgs) -> Result<()> {
    let pages = pages();
    if let Some(directory) = &args.all {
        fs::create_dir_all(directory)
            .and_then(|()| {
                pages.iter().try_for_each(|page| fs::write(directory.join(page.file_name()), page.roff()))
            })
            .wrap_err_with(|| format!("cannot write to {}", directory.display()))?;
        return Ok(());
    }
    let name = args.page.as_deref().filter(|page| *page != "whosin");
    let name = name.map_or_else(|| "whosin".to_owned(), |page| format!("whosin-{page}"));
    // Topics come first.
    let page = pages.iter().find(|page| page.name == name).ok_or_else(|| eyre!("no page {name}"))?;
    if stdout().is_terminal() && pager::show(page).await? {
        return Ok(());
    }
    Ok(print(&page.text()).await?)
}

/// Returns all pages: the topics, whosin and its commands.
fn pages() -> Vec<Page> {
    let mut root = Cli::command();
    root.build();
    let of_topic = |topic: &Topic| Page {
        name: format!("whosin-{}", topic.name),
        section: topic.section,
        source: Source::Topic(parse(topic.markdown, included)),
    };
    let of_command = |command: &clap::Command| Page {
        name: command.get_display_name().unwrap_or("whosin").to_owned(),
        section: "1",
        source: Source::Command(Box::new(command.clone())),
    };
    let commands = root.get_subcommands().filter(|command| !command.is_hide_set());
    TOPICS.iter().map(of_topic).chain([of_command(&root)]).chain(commands.map(of_command)).collect()
}

impl Page {
    fn file_name(&self) -> String {
        format!("{}.{}", self.name, self.section)
    }

    /// Returns the page for man.
    fn roff(&self) -> String {
        let title = roff::title(&self.name, self.section);
        let page = match &self.source {
            Source::Command(command) => {
                let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                let parts = String::from_utf8(roff::command(command)).expect("clap's texts are UTF-8");
                let rest = if command.has_subcommands() { parse(WHOSIN, included) } else { self.see_also() };
                [title.render(), parts, roff::examples(&examples).render(), roff::blocks(&rest).render()]
                    .concat()
            }
            Source::Topic(blocks) => {
                let whole = [self.name_and_description(blocks), blocks.clone(), self.see_also()].concat();
                [title.render(), roff::blocks(&whole).render()].concat()
            }
        };
        roff::tidy(&page)
    }

    /// Returns the page as text.
    fn text(&self) -> String {
        match &self.source {
            Source::Command(command) => command.clone().render_long_help().to_string(),
            Source::Topic(blocks) => text::blocks(blocks),
        }
    }

    /// Returns the first sections of a topic's page.
    fn name_and_description(&self, blocks: &[Block]) -> Vec<Block> {
        let title =
            blocks.iter().find_map(|block| if let Block::Title(title) = block { Some(title) } else { None });
        let title = title.map_or("", String::as_str);
        let description = title[..1].to_lowercase() + &title[1..];
        let line = format!("{} - {description}", self.name);
        let section = |name: &str| Block::Section(name.to_owned());
        vec![section("Name"), Block::Paragraph(vec![Span::Plain(line)]), section("Description")]
    }

    /// Returns the last section: the other pages.
    fn see_also(&self) -> Vec<Block> {
        let topics = TOPICS.iter().map(|topic| (format!("whosin-{}", topic.name), topic.section));
        let pages = [("whosin".to_owned(), "1")].into_iter().chain(topics);
        let mut spans = Vec::new();
        for (name, section) in
            pages.filter(|(name, section)| (name.as_str(), *section) != (&self.name, self.section))
        {
            spans.extend((!spans.is_empty()).then(|| Span::Plain(", ".to_owned())));
            spans.extend([Span::Strong(name), Span::Plain(format!("({section})"))]);
        }
        vec![Block::Section("See also".to_owned()), Block::Paragraph(spans)]
    }
}

/// Returns what stands in the place of a comment in the Markdown.
fn included(name: &str) -> Vec<Block> {
    match name {
        "keys" => KEYMAP.iter().map(key).collect(),
        "config" => {
            config::explained().iter().map(|(key, explanation)| config_key(key, explanation)).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns a key of the dashboard: the default keys, what they do, and the name for the configuration.
fn key(binding: &Binding) -> Block {
    let keys: Vec<String> = binding.keys.iter().map(ToString::to_string).collect();
    let words = format!("{} ({})", binding.help, binding.name);
    Block::Row(vec![Span::Strong(keys.join(" "))], vec![Span::Plain(words)])
}

/// Returns a key of the configuration with its default. In the explanation, backquotes are the only markup.
fn config_key(key: &str, explanation: &str) -> Block {
    let spans = explanation.split('`').enumerate().map(|(at, text)| match at % 2 {
        0 => Span::Plain(text.to_owned()),
        _ => Span::Literal(text.to_owned()),
    });
    Block::Row(vec![Span::Strong(key.to_owned())], spans.collect())
}

/// Returns the examples, and then what the page of whosin says of exit status, environment and files, as `--help`
/// prints it.
pub(super) fn after(examples: &str) -> String {
    let blocks = parse(WHOSIN, |_| Vec::new());
    let sections = blocks.split(|block| matches!(block, Block::Section(_)));
    let headings = blocks.iter().filter_map(|block| match block {
        Block::Section(heading) => Some(heading.as_str()),
        _ => None,
    });
    // The first part is the title.
    let sections = headings.zip(sections.skip(1)).map(|(heading, blocks)| {
        let rows = blocks.iter().filter_map(|block| match block {
            Block::Row(term, explanation) => Some((plain(term), plain(explanation))),
            _ => None,
        });
        let rows: Vec<_> = rows.collect();
        let width = rows.iter().map(|(term, _)| term.len()).max().unwrap_or_default();
        let line = |(term, explanation): &(String, String)| format!("\n  {term:width$}  {explanation}");
        format!("\n\n{heading}:{}", rows.iter().map(line).collect::<String>())
    });
    format!("{examples}{}", sections.collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_topic_and_each_command_has_a_page_and_nothing_else() {
        let pages = pages();
        let name = |page: &Page| page.name.trim_start_matches("whosin-").to_owned();
        let written: BTreeSet<String> = pages.iter().map(name).collect();
        assert_eq!(written, PAGES.map(str::to_owned).into());
        let files: BTreeSet<String> = pages.iter().map(Page::file_name).collect();
        assert_eq!(files.len(), pages.len(), "{files:?}");
    }
}
