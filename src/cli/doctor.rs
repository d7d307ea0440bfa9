//! `whosin doctor`: checks, and how to fix what fails.

use std::io::{IsTerminal, stdout};

use clap::Args;
use color_eyre::eyre::Result;

use super::{
    config::{self, Config},
    exit::Exit,
    output::{print_lines, with_links},
    session::{account, files, print_theme, signed_in},
    viewer::{Viewer, ViewerEvent},
};
use crate::{
    engine::{Inquiry, protocol::Scope},
    model::quirks::ServerKind,
    server::Session,
    ui::theme::Charset,
};

mod check;
mod engine;
mod server;
mod terminal;
mod trial;

use check::Check;

pub(super) const EXAMPLES: &str = "\
Examples:
  whosin doctor
  whosin doctor --json | jq -r 'select(.ok | not) | .advice'

To test whether your server tracks presence, whosin appends a space to your status message and removes it again. Your \
state does not change. While you are busy or a dashboard is open, whosin skips this test.

Exit status 0: all checks pass. 1: one fails.";

/// The options of `doctor`.
#[derive(Args, Debug)]
pub struct DoctorArgs {
    /// Print one JSON object per line.
    #[arg(long)]
    pub json: bool,
}

/// Runs all checks and prints each as soon as it is done.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if nobody is signed in or standard output cannot be written to.
pub async fn run(args: DoctorArgs) -> Result<Exit> {
    let mut report = Report { json: args.json, exit: Exit::Done };
    let config = config::load();
    if let Err(error) = &config {
        report
            .tell([Check::wrong("config", format!("{error:#}"), "whosin config explains each key.")])
            .await?;
    }
    if stdout().is_terminal() {
        report.tell(terminal::checks(print_theme(), |name| std::env::var(name).ok())).await?;
    }
    let account = account()?;
    let inquiry = Inquiry::about(&account.user_id, &[], Scope::Own).await;
    report.tell(engine::checks(inquiry.as_ref(), config.as_ref().unwrap_or(&Config::default()))).await?;
    report.tell(engine::secrets(&files()?.session)).await?;
    let session = signed_in().await?;
    match server::reach(&session).await {
        Ok(checks) => {
            report.tell(checks.into_iter().chain([server::encryption(session.account())])).await?;
        }
        Err(error) => {
            let host = session.account().user_id.server_name();
            let check = Check::wrong("server", format!("cannot reach {host}"), error.to_string());
            report.tell([check]).await?;
            return Ok(report.exit);
        }
    }
    let settings = config.unwrap_or_default().settings();
    let idle_after = settings.idle_after.and_then(|length| length.try_into().ok());
    report.tell([terminal::idle(idle_after.filter(|_| !settings.watch_only)).await]).await?;
    examine(&session, &mut report).await?;
    Ok(report.exit)
}

/// Checks a server that answers.
async fn examine(session: &Session, report: &mut Report) -> Result<()> {
    let features = session.features().await;
    let software = features.as_ref().ok().and_then(|features| features.software.clone());
    let server_kind = ServerKind::if_known(software.as_ref());
    let profiles = features.as_ref().ok().map(|features| features.profiles);
    report.tell([server::software(software.as_ref())]).await?;
    report
        .tell([match features {
            Ok(features) => server::busy(features.busy_offered, server_kind),
            Err(error) => {
                Check::wrong("busy", "cannot ask whether the server supports busy", error.to_string())
            }
        }])
        .await?;
    if let Some(support) = profiles {
        let (can_set, can_read) =
            tokio::join!(session.can_set_status(), session.can_strangers_read_profile());
        report.tell(server::statuses(support, server_kind, can_set)).await?;
        report.tell(server::strangers(can_read.filter(|_| support.fields))).await?;
    }
    match session.other_sessions().await {
        Ok(others) => {
            report.tell([server::sessions(&others, server_kind)]).await?;
            report.tell(server::account_pages(&others)).await?;
        }
        Err(error) => {
            let check = Check::wrong("sessions", "cannot list your other sessions", error.to_string());
            report.tell([check]).await?;
        }
    }

    let mut viewer = Viewer::of(session.clone()).await?;
    loop {
        match viewer.next().await {
            ViewerEvent::Connected => break,
            ViewerEvent::Lost(reason) => {
                return report.tell([Check::wrong("contacts", "cannot load your contacts", reason)]).await;
            }
            ViewerEvent::SignedOut => {
                let advice = "Run whosin login.";
                return report
                    .tell([Check::wrong("session", "the server has ended the session", advice)])
                    .await;
            }
            ViewerEvent::Ended => return Ok(()),
            ViewerEvent::Changed(_) | ViewerEvent::StatusChanged(_) | ViewerEvent::Else => {}
        }
    }
    // Before the contacts: it may show that the server shares presence at all.
    let trial = trial::run(session, &mut viewer, software.as_ref()).await;
    let is_off = trial.iter().any(|check| check.has_failed("presence"));
    report.tell(trial).await?;
    if is_off {
        return report.tell([server::contacts(viewer.model())]).await;
    }
    viewer.look_up_offline(&[]).await;
    report.tell([server::heard(viewer.model())]).await
}

/// Prints checks and remembers whether one has failed.
struct Report {
    json: bool,
    exit: Exit,
}

impl Report {
    async fn tell(&mut self, checks: impl IntoIterator<Item = Check>) -> Result<()> {
        let charset = Charset::of(|name| std::env::var(name).ok());
        let marks = if charset == Charset::Unicode { ["✓", "✗"] } else { ["ok", "no"] };
        for check in checks {
            if !check.ok {
                self.exit = Exit::No;
            }
            let line =
                if self.json { serde_json::to_string(&check)? } else { with_links(&check.lines(marks)) };
            print_lines([line]).await?;
        }
        Ok(())
    }
}
