//! `whosin watch`: whom to watch, and how to tell of them.

use clap::Args;

use super::State;

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin watch                             a line per change, until Ctrl-C
  whosin watch bob --state online | head -1 && notify-send \"Bob is free\"
  whosin watch --json >> presence.jsonl    to be played with whosin --demo-cast
  whosin watch --format waybar             for a custom module of waybar
  whosin watch --format '{free} free, {busy} busy'

First comes how things stand, then each change. With --format there is one line for all contacts, and a new one \
whenever it would read differently. A template may name {online} (or {free}), {busy}, {unavailable}, {other}, {offline} \
and {silent}, which are numbers, {names_free}, {names_busy} and {names_unavailable}, {own}, your own state, and {lost}, \
which is empty while the connection stands.

A lost connection comes back by itself, and standard error says so; with --json the stream does. Watching never \
shows you as online.";

/// Whom to watch, and how to tell of them.
#[derive(Args, Debug)]
pub struct Watch {
    /// User IDs, or names of users of your own server; without any, all contacts.
    #[arg(value_name = "USER")]
    pub users: Vec<String>,

    /// Only what is, or becomes, one of these states; free is online, and away is unavailable.
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub state: Vec<State>,

    /// Only this part of them: favourites, direct, people, everyone, or a room or space by name, address or ID. Without
    /// it, what the configuration says.
    #[arg(long, value_name = "VIEW")]
    pub view: Option<String>,

    /// One JSON object per line.
    #[arg(long, conflicts_with = "format")]
    pub json: bool,

    /// One line for all: plain, tmux, i3blocks, waybar or a template.
    #[arg(long)]
    pub format: Option<String>,

    /// Only say how things stand.
    #[arg(long)]
    pub once: bool,
}
