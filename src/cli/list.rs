//! `whosin list`: the contacts as the dashboard shows them.

use clap::{Args, ValueEnum};
use clap_complete::ArgValueCompleter;
use color_eyre::eyre::{Result, bail};
use jiff::Timestamp;
use matrix_sdk::ruma::UserId;

use super::{
    StateFilter, candidates,
    exit::Exit,
    output::{saying, text_of},
    status::last_active,
    table::{Cell, Table},
    viewer::{Viewer, is_in},
};
use crate::{
    model::{contacts::Contact, record::Record, text},
    ui::list::Sort,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin list --state online
  whosin list --view 'Tea kitchen' --sort activity
  whosin list --state busy,unavailable --json | jq -r .displayname

Prints a table in a terminal. Elsewhere each line has name, state, last activity, message and user ID, separated by \
tabs.";

/// The options of `list`.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// Only contacts in these states; free means online, away means unavailable.
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub state: Vec<StateFilter>,

    /// Only one view: favourites, direct, people, everyone, or a room or space by name, address or ID. Default: as
    /// configured.
    #[arg(long, value_name = "VIEW", add = ArgValueCompleter::new(candidates::views))]
    pub view: Option<String>,

    /// The order.
    #[arg(long, value_enum, default_value_t = Order::State)]
    pub sort: Order,

    /// Print one JSON object per line.
    #[arg(long)]
    pub json: bool,
}

/// The order of contacts.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Order {
    /// Free contacts first.
    State,
    /// By name.
    Name,
    /// Last active first.
    Activity,
    /// Direct chats first, large rooms last.
    Room,
}

/// Prints the contacts.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if nobody is signed in or the server cannot be reached.
pub async fn run(args: ListArgs) -> Result<Exit> {
    let mut viewer = Viewer::begin(args.view.as_deref()).await?;
    let server = viewer.model().server().to_owned();
    saying(&format!("waiting for {server}"), viewer.until_known()).await?;
    viewer.sort_by(match args.sort {
        Order::State => Sort::State,
        Order::Name => Sort::Name,
        Order::Activity => Sort::Activity,
        Order::Room => Sort::Room,
    });
    let asking = format!("asking {server} about contacts who are offline");
    let untold = saying(&asking, viewer.complete(&[], &args.state)).await;
    viewer.explain_emptiness();
    let listed = viewer.watched(&[]).filter(|(_, contact)| is_in(contact, &args.state));
    let now = Timestamp::now();
    let text = if args.json {
        text_of(listed.map(|(user, contact)| Record::of_contact(user, contact, now)))
    } else {
        let mut table = Table::default();
        listed.for_each(|(user, contact)| table.row(row(user, contact, now)));
        table.into_text()
    };
    let printed = viewer.print(&text).await;
    viewer.end().await;
    if !printed? {
        bail!("interrupted before the whole list was written");
    }
    Ok(if untold { Exit::Unknown } else { Exit::Done })
}

fn row<'a>(user: &'a UserId, contact: &'a Contact, now: Timestamp) -> [Cell<'a>; 5] {
    let heard = contact.heard.as_ref();
    [
        Cell::text(&*contact.name).linked(|| text::matrix_to(user)),
        Cell::state(heard),
        Cell::text(heard.map(|heard| last_active(heard, now)).unwrap_or_default()),
        Cell::text(contact.message(now).unwrap_or_default()),
        Cell::text(text::id(user.as_str())),
    ]
}
