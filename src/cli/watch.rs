//! `whosin watch`: contacts as they change, line by line.

use std::io::{IsTerminal, stdout};

use clap::Args;
use clap_complete::ArgValueCompleter;
use color_eyre::eyre::{Report, Result, bail};
use jiff::{Timestamp, tz::TimeZone};
use matrix_sdk::ruma::{OwnedUserId, UserId};
use tokio::select;

use super::{
    StateFilter, candidates,
    exit::Exit,
    output::{message, print},
    session::{print_theme, when_unlocked},
    signals::Signals,
    table::state_word,
    users::user_id,
    viewer::{Viewer, ViewerEvent, is_in, reader_gone},
};
use crate::{
    model::{
        connection::{self, SIGNED_OUT},
        contacts::Contact,
        notices,
        presence::{Change, Presence},
        profile::StatusChange,
        record::{Connection, Record},
        text,
    },
    ui::theme::{Theme, glyph},
};

mod bar;
mod format;
mod summary;
mod template;

pub use bar::Bar;
pub use format::{Format, NAMED};
use summary::Summary;

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin watch                             one line per change, until Ctrl-C
  whosin watch bob --state online | head -1 && notify-send \"Bob is free\"
  whosin watch --json >> presence.jsonl    record for whosin --demo-cast
  whosin watch --format waybar             for a custom module of waybar
  whosin watch --format '{free} free, {busy} busy'
  whosin watch --format 'free: {names_free}' --for-bar polybar

Prints the current states, then each change. With --format, prints one line for all contacts, and again whenever the \
line changes. Placeholders of a template: {online} (or {free}), {busy}, {unavailable}, {other}, {offline} and {silent} \
are numbers; {names_free}, {names_busy} and {names_unavailable} are names; {own} is your own state; {statuses} and \
{in_call} are the numbers of contacts with a user status and in a call; {own_status} is your own status; {lost} is \
empty while connected.

Contacts choose their names, and bars obey characters in them: in polybar, a name can run a command when you click it. \
--for-bar names the bar that reads a template, so that it shows such characters and obeys none. Without it, they \
become full-width characters, which no bar obeys.

After a lost connection whosin connects again, and while the keyring is locked it waits. Standard error says so; with \
--json, a line does. Watching never shows you as online.";

/// The options of `watch`.
#[derive(Args, Debug, Default)]
pub struct WatchArgs {
    /// User IDs, or names of users on your own server; without any, all contacts.
    #[arg(value_name = "USER", add = ArgValueCompleter::new(candidates::users))]
    pub users: Vec<String>,

    /// Only contacts that are in or enter these states; free means online, away means unavailable.
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub state: Vec<StateFilter>,

    /// Only one view: favourites, direct, people, everyone, or a room or space by name, address or ID. Default: as
    /// configured.
    #[arg(long, value_name = "VIEW", add = ArgValueCompleter::new(candidates::views))]
    pub view: Option<String>,

    /// Print one JSON object per line.
    #[arg(long, conflicts_with = "format")]
    pub json: bool,

    /// Print one line for all contacts: plain, tmux, i3blocks, waybar or a template.
    #[arg(long, add = ArgValueCompleter::new(candidates::formats))]
    pub format: Option<String>,

    /// The bar that reads the template's lines. It obeys nothing in names, which contacts choose.
    #[arg(long, value_enum, value_name = "BAR", requires = "format")]
    pub for_bar: Option<Bar>,

    /// Print the current states and end.
    #[arg(long)]
    pub once: bool,
}

/// Prints the current states and then each change, until a signal arrives or the reader is gone.
///
/// # Errors
///
/// A [`Report`] if nobody is signed in, the session ends, or standard output cannot be written
/// to.
pub async fn run(args: WatchArgs) -> Result<Exit> {
    let form = match &args.format {
        Some(format) => OutputForm::Summary(Format::parse(format, args.for_bar)?, String::new()),
        None if args.json => OutputForm::Json,
        None if stdout().is_terminal() => OutputForm::Words(print_theme()),
        None => OutputForm::Tabs,
    };
    let view = args.view.as_deref();
    let begun = if args.once { Some(Viewer::begin(view).await?) } else { begin(view, &form).await? };
    let Some(mut viewer) = begun else { return Ok(Exit::Done) };
    let me = viewer.model().account().user_id.clone();
    let users = args.users.iter().map(|typed| user_id(typed, &me)).collect::<Result<Vec<_>, _>>()?;
    let mut watch = Watching { users, states: args.state, form, begun: false };
    if args.once {
        viewer.until_known().await?;
        let untold = watch.complete(&mut viewer).await;
        let printed = viewer.print(&watch.connected(&viewer)).await;
        viewer.end().await;
        printed?;
        return Ok(if untold { Exit::Unknown } else { Exit::Done });
    }
    let ended = watch.follow(&mut viewer).await;
    viewer.end().await;
    ended
}

/// Begins as soon as the keyring is unlocked. `None`: a signal ends the command, or the reader is gone.
async fn begin(view: Option<&str>, form: &OutputForm) -> Result<Option<Viewer>> {
    let mut signals = Signals::new()?;
    let reader_gone = reader_gone();
    let tell = async |error: &Report| Ok(print(&locked(form, error)).await?);
    select! {
        viewer = when_unlocked(async || Viewer::begin_to_stay(view).await, tell) => viewer.map(Some),
        _ = signals.next() => Ok(None),
        () = reader_gone.notified() => Ok(None),
    }
}

/// Returns the output while the keyring is locked: that of a lost connection.
fn locked(form: &OutputForm, error: &Report) -> String {
    match form {
        OutputForm::Json => format!("{}\n", Connection::lost(&error.to_string(), Timestamp::now())),
        OutputForm::Summary(format, _) => format!("{}\n", format.line(&Summary::not_connected())),
        OutputForm::Words(_) | OutputForm::Tabs => String::new(),
    }
}

/// The contacts to watch, and the output format.
struct Watching {
    /// The users to watch. Empty: all contacts.
    users: Vec<OwnedUserId>,
    states: Vec<StateFilter>,
    form: OutputForm,
    /// Whether the current states are printed.
    begun: bool,
}

/// The form of the output.
enum OutputForm {
    /// A line for people.
    Words(Theme),
    /// A line for `cut`.
    Tabs,
    /// One JSON object per line.
    Json,
    /// One line for all contacts, with the last printed one.
    Summary(Format, String),
}

impl Watching {
    /// Looks up what the first line says. Returns whether the server may have presence switched off.
    async fn complete(&self, viewer: &mut Viewer) -> bool {
        let untold = viewer.complete(&self.users, &self.states).await;
        if let OutputForm::Summary(..) = self.form {
            viewer.until_own_status().await;
        }
        untold
    }

    async fn follow(&mut self, viewer: &mut Viewer) -> Result<Exit> {
        loop {
            let text = match viewer.next().await {
                ViewerEvent::Connected => {
                    if !self.begun {
                        self.complete(viewer).await;
                    }
                    self.connected(viewer)
                }
                ViewerEvent::Lost(reason) => self.lost(viewer, &reason),
                ViewerEvent::Changed(change) => self.changed(viewer, &change),
                ViewerEvent::StatusChanged(change) => self.status_changed(viewer, &change),
                ViewerEvent::Else => self.sum_up(viewer),
                ViewerEvent::SignedOut => bail!(SIGNED_OUT),
                ViewerEvent::Ended => return Ok(Exit::Done),
            };
            if !viewer.print(&text).await? {
                return Ok(Exit::Done);
            }
        }
    }

    /// Prints the current states the first time. After a lost connection, changes arrive as such.
    fn connected(&mut self, viewer: &Viewer) -> String {
        let now = Timestamp::now();
        let mut text = String::new();
        if let OutputForm::Json = self.form {
            text = format!("{}\n", Connection::made(now, viewer.model().rooms_not_loaded()));
        } else if self.begun {
            message("connected again");
        }
        if !std::mem::replace(&mut self.begun, true) {
            self.explain_absence(viewer);
            let contacts = viewer.watched(&self.users);
            let contacts = contacts.filter(|(_, contact)| is_in(contact, &self.states));
            text.extend(contacts.filter_map(|(user, contact)| match self.form {
                OutputForm::Words(theme) => Some(words(user, contact, now, theme)),
                OutputForm::Tabs => Some(tabs(user, contact, None, now)),
                OutputForm::Json => Some(format!("{}\n", Record::of_contact(user, contact, now))),
                OutputForm::Summary(..) => None,
            }));
        }
        text.push_str(&self.sum_up(viewer));
        text
    }

    /// Says which users and which room are unknown.
    fn explain_absence(&self, viewer: &Viewer) {
        for user in self.users.iter().filter(|user| viewer.model().contacts().get(user).is_none()) {
            message(format_args!("{} is not a contact yet: you share no room", text::id(user.as_str())));
        }
        if let Some(room) = viewer.unknown_room() {
            message(format_args!("you are not in a room or space named {room} yet"));
        }
    }

    fn lost(&mut self, viewer: &Viewer, reason: &str) -> String {
        match self.form {
            OutputForm::Json => format!("{}\n", Connection::lost(reason, Timestamp::now())),
            OutputForm::Words(_) | OutputForm::Tabs | OutputForm::Summary(..) => {
                message(format_args!("connection lost: {reason}"));
                self.sum_up(viewer)
            }
        }
    }

    /// Returns a contact who is watched and in one of the states.
    fn watched<'a>(&self, viewer: &'a Viewer, user_id: &UserId) -> Option<&'a Contact> {
        let contact = viewer.model().contacts().get(user_id)?;
        let watched = match self.users.as_slice() {
            [] => viewer.shows(user_id),
            users => users.iter().any(|user| *user == *user_id),
        };
        (watched && is_in(contact, &self.states)).then_some(contact)
    }

    fn status_changed(&mut self, viewer: &Viewer, change: &StatusChange) -> String {
        let Some(contact) = self.watched(viewer, &change.user_id) else { return self.sum_up(viewer) };
        match self.form {
            OutputForm::Words(theme) => words(&change.user_id, contact, change.at, theme),
            OutputForm::Tabs => tabs(&change.user_id, contact, None, change.at),
            OutputForm::Json => format!("{}\n", Record::of_status_change(change, contact)),
            OutputForm::Summary(..) => self.sum_up(viewer),
        }
    }

    fn changed(&mut self, viewer: &Viewer, change: &Change) -> String {
        let Some(contact) = self.watched(viewer, &change.user_id) else { return self.sum_up(viewer) };
        match self.form {
            OutputForm::Words(theme) => words(&change.user_id, contact, change.at, theme),
            OutputForm::Tabs => tabs(&change.user_id, contact, change.from.as_ref(), change.at),
            OutputForm::Json => format!("{}\n", Record::of_change(change, contact)),
            OutputForm::Summary(..) => self.sum_up(viewer),
        }
    }

    /// Returns the line for all contacts if it has changed.
    fn sum_up(&mut self, viewer: &Viewer) -> String {
        let lost = matches!(viewer.model().connection(), connection::Connection::Lost { .. });
        if !self.begun && !lost {
            return String::new();
        }
        let OutputForm::Summary(format, told) = &mut self.form else { return String::new() };
        let summary = Summary::of(viewer.model(), viewer.watched(&self.users));
        let line = format!("{}\n", format.line(&summary));
        if *told == line {
            return String::new();
        }
        told.clone_from(&line);
        line
    }
}

/// Returns a line with time, user ID, state, previous state and message, separated by tabs.
fn tabs(user: &UserId, contact: &Contact, was: Option<&Presence>, at: Timestamp) -> String {
    let (user, state) = (text::id(user.as_str()), state_word(contact.heard.as_ref()));
    let (was, message) = (was.map_or("", Presence::label), contact.message(at).unwrap_or_default());
    format!("{at:.0}\t{user}\t{state}\t{was}\t{message}\n")
}

/// Returns a line for people.
fn words(user: &UserId, contact: &Contact, at: Timestamp, theme: Theme) -> String {
    let (state, message) = (state_word(contact.heard.as_ref()), contact.message(at).unwrap_or_default());
    let group = contact.group();
    let state = theme.paint_state(group, &format!("{} {state:<11}", glyph(group)));
    let at = TimeZone::system().to_datetime(at).strftime("%H:%M:%S");
    let line = format!("{at}  {state}  {}  {message}", notices::name(user, contact));
    theme.charset.spell(line.trim_end()) + "\n"
}
