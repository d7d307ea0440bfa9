//! `whosin login`: how to sign in.

use clap::Args;

pub(super) const EXAMPLES: &str = "\
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
