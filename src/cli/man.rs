//! `whosin man`: the manual pages, generated from the help.

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

/// The source of the page, for its footer.
const SOURCE: &str = concat!("whosin ", env!("CARGO_PKG_VERSION"));

/// Prints whosin(1), or the page of a command.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if there is no such command or standard output cannot be written to.
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

/// Returns the page of a command. The page of whosin also explains what all commands share.
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

/// Keeps indented lines as they are. The rest is text.
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
