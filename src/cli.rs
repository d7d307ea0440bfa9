//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Who's in? Shows, live, who of your Matrix contacts is online, busy, unavailable or offline, and sets your own
/// state with one key: b = busy.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
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

    /// Change nothing about your presence, and only watch.
    #[arg(long)]
    pub watch_only: bool,

    /// Write what happens to a file, never with a password or token. How much says the environment variable
    /// `WHOSIN_LOG`: error, warn, info (default), debug or trace.
    #[arg(long, value_name = "FILE", global = true)]
    pub log: Option<PathBuf>,
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
  whosin config                          what can be configured, and where

The configuration is read from $XDG_CONFIG_HOME/whosin/config.toml (~/.config/whosin/config.toml).
The session is kept in $XDG_STATE_HOME/whosin (~/.local/state/whosin), readable by you alone.
While the dashboard is open others see you as online, unless you choose another state in it.
Colours are off where NO_COLOR is set.";

/// What else the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in to a homeserver and keep the session.
    #[command(after_help = LOGIN_EXAMPLES)]
    Login(Login),
    /// End the session on the server and forget it here.
    Logout,
    /// Print the default configuration, with every key explained.
    Config {
        /// Say whether the configuration file is right, and if not, in which line and why.
        #[arg(long)]
        check: bool,
    },
}

const LOGIN_EXAMPLES: &str = "\
Examples:
  whosin login @you:example.org
  whosin login --homeserver https://matrix.example.org --user you
  pass show matrix | whosin login @you:example.org --password-stdin

Without --password-stdin or --token-stdin the password is asked for and not shown.";

/// How to sign in.
#[derive(Args, Debug)]
pub struct Login {
    /// Your whole user ID; its server is found by itself.
    #[arg(value_name = "@USER:SERVER", required_unless_present = "homeserver")]
    pub user_id: Option<String>,

    /// The homeserver's address, where it cannot be found by the user ID.
    #[arg(long, value_name = "URL")]
    pub homeserver: Option<String>,

    /// Your user name on that homeserver.
    #[arg(long, value_name = "NAME", requires = "homeserver", conflicts_with = "user_id")]
    pub user: Option<String>,

    /// Read the password from standard input.
    #[arg(long)]
    pub password_stdin: bool,

    /// Read an access token from standard input instead of a password.
    #[arg(long, conflicts_with = "password_stdin")]
    pub token_stdin: bool,
}
