//! The command line.

use std::path::PathBuf;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum, error::ErrorKind};
use clap_complete::Shell;

pub mod config;
mod doctor;
mod exit;
mod history;
mod hold;
mod list;
mod login;
pub mod manual;
mod set;
mod state;
mod status;
mod watch;

pub use doctor::Doctor;
pub use exit::{Exit, UsageError};
pub use history::{History, HistoryCommand};
pub use hold::Hold;
pub use list::{List, Order};
pub use login::Login;
pub use set::{OwnState, Set, Wish};
pub use state::State;
pub use status::{Is, Status};
pub use watch::Watch;

use crate::store::profile::Profile;

/// Who's in? The presence of your Matrix contacts, and your own.
///
/// Shows, live, who of your Matrix contacts is online, busy, unavailable or offline, and sets your own state with one
/// key: b = busy.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, after_long_help = manual::after(EXAMPLES))]
#[command(disable_help_subcommand = true)]
pub struct Cli {
    /// What to do; without it, the dashboard.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Try it out: a small homeserver on this machine, with thirty invented contacts. It behaves like Synapse, or like
    /// the server that is named.
    #[arg(long, value_name = "SERVER", num_args = 0..=1, require_equals = true, default_missing_value = "synapse")]
    pub demo: Option<DemoServer>,

    /// The same with a homeserver that has no busy: others see unavailable instead.
    #[arg(long)]
    pub demo_without_busy: bool,

    /// The same with people of your own: a file with a line for each, or what whosin watch --json has recorded.
    #[arg(long, value_name = "FILE")]
    pub demo_cast: Option<PathBuf>,

    /// Change nothing about your presence, and only watch.
    #[arg(long)]
    pub watch_only: bool,

    /// Another account: with a session, a configuration (NAME.toml, else config.toml) and a dashboard of its own.
    #[arg(long, value_name = "NAME", global = true, env = "WHOSIN_PROFILE", hide_env = true)]
    pub profile: Option<Profile>,

    /// Write what happens to a file, never with a password or token. How much says the environment variable
    /// `WHOSIN_LOG`: error, warn, info (default), debug or trace.
    #[arg(long, value_name = "FILE", global = true)]
    pub log: Option<PathBuf>,
}

impl Cli {
    /// Reads the arguments of the process; ends it where they make no sense.
    #[must_use]
    pub fn read() -> Self {
        let cli = Self::parse();
        // Said by hand, because what goes for all commands may stand before one.
        let for_dashboard =
            cli.demo.is_some() || cli.demo_without_busy || cli.demo_cast.is_some() || cli.watch_only;
        if for_dashboard && cli.command.is_some() {
            let words = "--demo…, and --watch-only, are for the dashboard alone";
            Self::command().error(ErrorKind::ArgumentConflict, words).exit();
        }
        cli
    }
}

/// Which homeserver the demo behaves like.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[expect(missing_docs, reason = "names speak for themselves")]
pub enum DemoServer {
    Synapse,
    #[value(name = "tuwunel-1.4")]
    OldTuwunel,
    Tuwunel,
    Continuwuity,
    Palpo,
    Dendrite,
}

const EXAMPLES: &str = "\
Examples:
  whosin --demo                          look around without an account
  whosin login @you:example.org          sign in once; asks for the password
  whosin                                 the dashboard; ? shows its keys
  whosin logout                          end the session
  whosin --profile work login @me:corp.example
                                         a second account, opened by whosin --profile work
  whosin config                          what can be configured, and where
  whosin history                         what happened lately, where that is kept
  whosin man | man -l -                  the manual

While the dashboard is open others see you as online, unless you choose another state in it.";

/// What else the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in to a homeserver and keep the session.
    #[command(after_help = login::EXAMPLES)]
    Login(Login),
    /// End the session on the server and forget it here.
    Logout,
    /// Print the default configuration, with every key explained.
    Config {
        /// Say whether the configuration file is right, and if not, in which line and why.
        #[arg(long)]
        check: bool,
    },
    /// Set your own state.
    #[command(after_help = set::EXAMPLES)]
    Set(Set),
    /// Keep a state while a command runs, or until Ctrl-C; then what was before returns.
    #[command(after_help = hold::EXAMPLES)]
    Hold(Hold),
    /// Print the state of users; without any, what others see of you.
    #[command(after_help = status::STATUS_EXAMPLES)]
    Status(Status),
    /// Print all contacts with their states.
    #[command(after_help = list::EXAMPLES)]
    List(List),
    /// Print each change of contacts as it happens.
    #[command(after_help = watch::EXAMPLES)]
    Watch(Watch),
    /// Say by the exit status whether somebody is in a state.
    #[command(after_help = status::IS_EXAMPLES)]
    Is(Is),
    /// Print what happened lately, where that is written down.
    #[command(after_help = history::EXAMPLES)]
    History(History),
    /// Say what is wrong, with your server, your presence or your terminal, and what to do about it.
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(Doctor),
    /// Print the manual, for man: of whosin, or of one of its commands.
    #[command(after_help = MAN_EXAMPLES)]
    Man {
        /// The command.
        command: Option<String>,
    },
    /// Print completions for a shell.
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// Which shell.
        shell: Shell,
    },
}

impl Command {
    /// How it ends when it cannot do what it is for.
    #[must_use]
    pub fn failure(&self) -> Exit {
        match self {
            Self::Set(_) | Self::Hold(_) | Self::Status(_) | Self::List(_) | Self::Watch(_) | Self::Is(_) => {
                Exit::Unknown
            }
            _ => Exit::No,
        }
    }
}

const MAN_EXAMPLES: &str = "\
Examples:
  whosin man | man -l -
  whosin man login | man -l -
  whosin man > ~/.local/share/man/man1/whosin.1";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  whosin completions bash > ~/.local/share/bash-completion/completions/whosin
  whosin completions zsh > ~/.zfunc/_whosin
  whosin completions fish > ~/.config/fish/completions/whosin.fish";
