//! The command line: arguments, and one file for each command.

use std::{ffi::OsString, path::PathBuf};

use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};
use clap_complete::ArgValueCompleter;

mod alerts;
mod candidates;
pub mod board;
pub mod color;
pub mod completions;
pub mod config;
pub mod crash;
pub mod daemon;
pub mod dashboard;
pub mod doctor;
mod exit;
pub mod history;
pub mod hold;
pub mod list;
pub mod login;
pub mod logout;
pub mod man;
mod viewer;
pub mod output;
mod presence_args;
mod prompt;
mod session;
pub mod set;
mod signals;
mod state;
pub mod status;
mod table;
mod users;
pub mod version;
pub mod watch;

pub use exit::{Exit, UsageError, is_locked};
pub use state::StateFilter;

use board::BoardArgs;
use color::ColorWhen;
use completions::CompletionsArgs;
use config::command::ConfigArgs;
use daemon::DaemonArgs;
use dashboard::DashboardArgs;
use doctor::DoctorArgs;
use history::HistoryArgs;
use hold::HoldArgs;
use list::ListArgs;
use login::LoginArgs;
use logout::LogoutArgs;
use man::ManArgs;
use output::OutputError;
use set::SetArgs;
use status::{IsArgs, StatusArgs};
use version::VersionArgs;
use watch::WatchArgs;

use crate::store::profile::Profile;

/// Who's in? The presence of your Matrix contacts, and your own.
///
/// Shows live which of your Matrix contacts are online, busy, unavailable or offline. Sets your own state with one key:
/// b for busy.
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES, after_long_help = man::after(EXAMPLES))]
#[command(disable_help_subcommand = true)]
pub struct Cli {
    /// The command to run; the dashboard without one.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// The options of the dashboard.
    #[command(flatten)]
    pub dashboard: DashboardArgs,

    /// The options about the version.
    #[command(flatten)]
    pub version: VersionArgs,

    /// Use another account, with its own session, configuration (NAME.toml, else config.toml) and dashboard.
    #[arg(long, value_name = "NAME", global = true, env = "WHOSIN_PROFILE", hide_env = true)]
    #[arg(add = ArgValueCompleter::new(candidates::profiles))]
    pub profile: Option<Profile>,

    /// Use this configuration file instead of the profile's.
    #[arg(long, value_name = "FILE", global = true, env = config::VARIABLE, hide_env = true)]
    pub config: Option<OsString>,

    /// When to write colors.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, hide_default_value = true, global = true)]
    pub color: ColorWhen,

    /// Append a log to a file, without passwords and tokens. `WHOSIN_LOG` sets the level: error, warn, info (default),
    /// debug or trace.
    #[arg(long, value_name = "FILE", global = true)]
    pub log: Option<PathBuf>,
}

impl Cli {
    /// Parses the arguments of the process.
    ///
    /// # Errors
    ///
    /// [`clap::Error`] if the arguments are invalid, or ask for help or the version.
    pub fn read() -> Result<Self, clap::Error> {
        let cli = Self::try_parse().inspect_err(|_| color::choose_from_arguments())?;
        // Not by clap, because global options may come before a command.
        if cli.dashboard.any() && cli.command.is_some() {
            let words = match cli.command {
                Some(Command::Board(_)) => {
                    "the demo of a command is an option of that command: whosin board --demo"
                }
                _ => "--demo and --watch-only cannot be used with a command",
            };
            return Err(Self::command().error(ErrorKind::ArgumentConflict, words));
        }
        Ok(cli)
    }

    /// Returns the exit status of a failure.
    #[must_use]
    pub fn failure(&self) -> Exit {
        self.command.as_ref().map_or(Exit::No, Command::failure)
    }
}

/// Prints clap's text. Help and version are results, everything else is a message.
///
/// # Errors
///
/// [`OutputError`] if standard output cannot be written to.
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
  whosin --demo                          try it without an account
  whosin login @you:example.org          sign in once, by browser, code or password
  whosin                                 open the dashboard; ? shows its keys
  whosin logout                          end the session
  whosin --profile work login @me:corp.example
                                         sign in to a second account; whosin --profile work opens it
  whosin daemon                          keep your presence without a terminal
  whosin config                          print every configuration key
  whosin history                         print the last changes, if a history is kept
  whosin man servers                     read about a topic: what your server does with presence

While the dashboard is open, others see you as online unless you choose another state.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in to a homeserver and keep the session.
    #[command(after_help = login::EXAMPLES)]
    Login(LoginArgs),
    /// End the session on the server and delete it here.
    #[command(after_help = logout::EXAMPLES)]
    Logout(LogoutArgs),
    /// Print the default configuration, with every key explained, or check or edit yours.
    #[command(after_help = config::command::EXAMPLES)]
    Config(ConfigArgs),
    /// Set your own state.
    #[command(after_help = set::EXAMPLES)]
    Set(SetArgs),
    /// Hold a state while a command runs or until Ctrl-C, then restore the previous one.
    #[command(after_help = hold::EXAMPLES)]
    Hold(HoldArgs),
    /// Keep your presence and answer the commands without a terminal.
    #[command(after_help = daemon::EXAMPLES)]
    Daemon(DaemonArgs),
    /// Print the state of users, or your own as others see it.
    #[command(after_help = status::STATUS_EXAMPLES)]
    Status(StatusArgs),
    /// Print all contacts with their states.
    #[command(after_help = list::EXAMPLES)]
    List(ListArgs),
    /// Print changes of contacts as they happen.
    #[command(after_help = watch::EXAMPLES)]
    Watch(WatchArgs),
    /// Show who is in, on a screen on the wall.
    #[command(after_help = board::EXAMPLES)]
    Board(BoardArgs),
    /// Test whether a user is in a state; the exit status is the answer.
    #[command(after_help = status::IS_EXAMPLES)]
    Is(IsArgs),
    /// Print the history of your contacts.
    #[command(after_help = history::EXAMPLES)]
    History(HistoryArgs),
    /// Check the server, your presence and the terminal, and say how to fix what is wrong.
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(DoctorArgs),
    /// Show the manual: a topic, or a command.
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
