//! The command line.

use std::path::PathBuf;

use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};

pub mod completions;
pub mod config;
pub mod dashboard;
pub mod doctor;
mod exit;
pub mod history;
pub mod hold;
pub mod list;
pub mod login;
pub mod logout;
pub mod man;
mod observe;
pub mod output;
mod session;
pub mod set;
mod signals;
mod state;
pub mod status;
mod table;
mod users;
pub mod watch;
mod wish;

pub use exit::{Exit, UsageError};
pub use state::StateFilter;

use completions::CompletionsArgs;
use config::command::ConfigArgs;
use dashboard::DashboardArgs;
use doctor::DoctorArgs;
use history::HistoryArgs;
use hold::HoldArgs;
use list::ListArgs;
use login::LoginArgs;
use man::{ManArgs, sections};
use output::OutputError;
use set::SetArgs;
use status::{IsArgs, StatusArgs};
use watch::WatchArgs;

use crate::store::profile::Profile;

/// Who's in? The presence of your Matrix contacts, and your own.
///
/// Shows, live, who of your Matrix contacts is online, busy, unavailable or offline, and sets your own state with one
/// key: b = busy.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, after_long_help = sections::after(EXAMPLES))]
#[command(disable_help_subcommand = true)]
pub struct Cli {
    /// What to do; without it, the dashboard.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// What goes for the dashboard alone.
    #[command(flatten)]
    pub dashboard: DashboardArgs,

    /// Another account: with a session, a configuration (NAME.toml, else config.toml) and a dashboard of its own.
    #[arg(long, value_name = "NAME", global = true, env = "WHOSIN_PROFILE", hide_env = true)]
    pub profile: Option<Profile>,

    /// Write what happens to a file, never with a password or token. How much says the environment variable
    /// `WHOSIN_LOG`: error, warn, info (default), debug or trace.
    #[arg(long, value_name = "FILE", global = true)]
    pub log: Option<PathBuf>,
}

impl Cli {
    /// Parses the arguments of the process.
    ///
    /// # Errors
    ///
    /// [`clap::Error`] when they are wrong, or ask for the help or the version.
    pub fn read() -> Result<Self, clap::Error> {
        let cli = Self::try_parse()?;
        // By hand, because options of all commands may stand before one.
        if cli.dashboard.any() && cli.command.is_some() {
            let words = "--demo…, and --watch-only, are for the dashboard alone";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, words));
        }
        Ok(cli)
    }

    /// The exit status of a failure.
    #[must_use]
    pub fn failure(&self) -> Exit {
        self.command.as_ref().map_or(Exit::No, Command::failure)
    }
}

/// Prints what clap has to say: help and version are results, anything else is a message.
///
/// # Errors
///
/// [`OutputError`] when standard output does not take the help.
pub async fn explain(error: &clap::Error) -> Result<Exit, OutputError> {
    let words = error.render();
    if error.use_stderr() {
        output::print_error(format_args!("{}", words.ansi()));
        return Ok(Exit::Usage);
    }
    output::print(&words.ansi().to_string()).await?;
    Ok(Exit::Done)
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
    Login(LoginArgs),
    /// End the session on the server and forget it here.
    Logout,
    /// Print the default configuration, with every key explained.
    Config(ConfigArgs),
    /// Set your own state.
    #[command(after_help = set::EXAMPLES)]
    Set(SetArgs),
    /// Keep a state while a command runs, or until Ctrl-C; then what was before returns.
    #[command(after_help = hold::EXAMPLES)]
    Hold(HoldArgs),
    /// Print the state of users; without any, what others see of you.
    #[command(after_help = status::STATUS_EXAMPLES)]
    Status(StatusArgs),
    /// Print all contacts with their states.
    #[command(after_help = list::EXAMPLES)]
    List(ListArgs),
    /// Print each change of contacts as it happens.
    #[command(after_help = watch::EXAMPLES)]
    Watch(WatchArgs),
    /// Say by the exit status whether somebody is in a state.
    #[command(after_help = status::IS_EXAMPLES)]
    Is(IsArgs),
    /// Print what happened lately, where that is written down.
    #[command(after_help = history::EXAMPLES)]
    History(HistoryArgs),
    /// Say what is wrong, with your server, your presence or your terminal, and what to do about it.
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(DoctorArgs),
    /// Print the manual, for man: of whosin, or of one of its commands.
    #[command(after_help = man::EXAMPLES)]
    Man(ManArgs),
    /// Print completions for a shell.
    #[command(after_help = completions::EXAMPLES)]
    Completions(CompletionsArgs),
}

impl Command {
    fn failure(&self) -> Exit {
        match self {
            Self::Set(_) | Self::Hold(_) | Self::Status(_) | Self::List(_) | Self::Watch(_) | Self::Is(_) => {
                Exit::Unknown
            }
            _ => Exit::No,
        }
    }
}
