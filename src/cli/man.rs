//! `whosin man`: the manual pages, made from what `--help` says.

use clap::{Args, CommandFactory};
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};
use color_eyre::eyre::{Result, eyre};

use super::{Cli, output::print};

pub(super) mod sections;

use sections::SECTIONS;

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin man | man -l -
  whosin man login | man -l -
  whosin man > ~/.local/share/man/man1/whosin.1";

/// The options of `man`.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// The command; without one, the page of whosin.
    pub command: Option<String>,
}

/// What the page says that it is of.
const SOURCE: &str = concat!("whosin ", env!("CARGO_PKG_VERSION"));

/// Prints whosin(1), or the page of a command.
///
/// # Errors
///
/// When there is no such command, or standard output takes nothing.
pub async fn run(args: &ManArgs) -> Result<()> {
    let mut root = Cli::command();
    root.build();
    let page = match args.command.as_deref() {
        None => page(&root, true)?,
        Some(name) => {
            let command = root.find_subcommand(name).filter(|command| !command.is_hide_set());
            page(command.ok_or_else(|| eyre!("no command {name}; whosin --help lists them"))?, false)?
        }
    };
    Ok(print(&String::from_utf8(page)?).await?)
}

/// The page of a command; whosin's own says what goes for all of them.
fn page(command: &clap::Command, whole: bool) -> Result<Vec<u8>> {
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let man = Man::new(command.clone()).manual("User Commands").source(SOURCE);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut roff = Roff::new();
    render_examples(&mut roff, &examples);
    if whole {
        render_sections(&mut roff);
    } else {
        roff.control("SH", ["SEE ALSO"]).text([bold("whosin"), roman("(1)")]);
    }
    roff.to_writer(&mut page)?;
    Ok(page)
}

/// Indented lines stand as they are; what is said below them is text.
fn render_examples(roff: &mut Roff, text: &str) {
    let (examples, words): (Vec<_>, Vec<_>) = text.lines().skip(1).partition(|line| line.starts_with("  "));
    if examples.is_empty() {
        return;
    }
    roff.control("SH", ["EXAMPLES"]).control("nf", []);
    for example in examples {
        roff.text([roman(example.trim_start())]);
    }
    roff.control("fi", []).control("PP", []).text([roman(words.join("\n").trim())]);
}

fn render_sections(roff: &mut Roff) {
    for (heading, terms) in SECTIONS {
        roff.control("SH", [heading.to_uppercase().as_str()]);
        for (term, explanation) in terms {
            roff.control("TP", []).text([bold(*term)]).text([roman(*explanation)]);
        }
    }
}
