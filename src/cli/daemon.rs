//! `whosin daemon`: the engine without a screen.

use std::{pin::pin, process::Stdio, time::Duration};

use clap::Args;
use color_eyre::eyre::{OptionExt, Report, Result, WrapErr, bail};
use jiff::{Timestamp, tz::TimeZone};
use rustix::process::{Pid, Signal, kill_process, setsid};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    select,
    time::timeout,
};

use super::{
    alerts::Alerts,
    config::{self, Config, Watcher},
    exit::Exit,
    output::{message, print_lines},
    presence_args::quiet,
    session::{configured_files, files_with_history, signed_in, when_unlocked},
    signals::Signals,
};
use crate::{
    engine::{
        Client, Role, Setup,
        protocol::{EngineProcess, ProcessKind, Scope},
    },
    host::{notify::Notifier, service},
    model::{
        connection::{Connection, SIGNED_OUT},
        deadline,
        outcome::Verdict,
        settings::{Settings, Start},
        text,
    },
    server::Session,
    store::profile,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  systemctl --user enable --now whosin   start it with each login; packages have the unit
  whosin daemon &                        in an autostart script
  whosin daemon --status && echo running
  whosin daemon --stop

The daemon does what an open dashboard does: it keeps your presence, is busy in calls, ends timed states, notifies you, \
runs on_change, keeps the history and answers the commands. A dashboard that opens uses it, and one that closes leaves \
it running. It reads the configuration again when the file changes, and on SIGHUP. SIGTERM sets your presence as \
on_quit says, and ends the daemon.

Exit status of --status and --stop: 0: a daemon runs, or ran. 1: none does.";

/// The options of `daemon`.
#[derive(Args, Debug)]
pub struct DaemonArgs {
    /// End the daemon of this profile, and wait until it has ended.
    #[arg(long, group = "request")]
    pub stop: bool,

    /// Print whether a daemon of this profile runs, and since when.
    #[arg(long, group = "request")]
    pub status: bool,

    /// Only end the timed state that is set, restore the previous one, and end. `whosin set --for` starts this.
    #[arg(long, group = "request")]
    pub until_done: bool,
}

/// What a process in the background prints once it runs.
const READY: &str = "ready";
/// How long to wait for a process in the background that starts.
const START: Duration = Duration::from_secs(5);
/// How long to wait for a daemon that ends. Ending busy may have to wait for the server's rate limit.
const END: Duration = Duration::from_secs(30);
/// How long after its end an unreachable server is still told of the end of a timed state. Synapse ends busy itself
/// then.
const GIVE_UP: Duration = Duration::from_hours(1);

/// Runs the daemon, or asks the one that runs.
///
/// # Errors
///
/// A [`Report`] if nobody is signed in, the engine of the profile cannot be used, or the server has
/// ended the session.
pub async fn run(args: DaemonArgs) -> Result<Exit> {
    if args.status {
        return status().await;
    }
    if args.stop {
        return stop().await;
    }
    if args.until_done { errand().await } else { serve().await }
}

/// Runs the daemon until a signal ends it.
async fn serve() -> Result<Exit> {
    let mut signals = Signals::new().wrap_err("cannot install signal handlers")?;
    let (config, mut watcher) = Watcher::load()?;
    let files = files_with_history(&config)?;
    let Some(session) = session(&mut signals).await? else { return Ok(Exit::Done) };
    let setup = Setup {
        session,
        files: Some(files),
        settings: config.settings(),
        role: Role::Daemon,
        scope: Scope::Everything,
    };
    let mut client = Client::connect(setup).await?;
    if let Some(EngineProcess { id, kind: ProcessKind::Daemon, .. }) = client.engine_process() {
        let profile = profile::current().option();
        bail!("whosin daemon runs already, as process {id}; to end it, run whosin{profile} daemon --stop");
    }
    service::notify("READY=1");
    let mut alerts = Alerts::new(&config, Notifier::without_terminal);
    let mut reported = Connection::Connecting;
    loop {
        report(&client, &mut reported);
        if reported == Connection::SignedOut {
            client.stop().await;
            bail!(SIGNED_OUT);
        }
        select! {
            signals = client.turn() => drop(alerts.raise(signals, &client)),
            failed = alerts.failed() => failed.problem.into_iter().for_each(message),
            read = watcher.changed() => reload(read, &mut client, &mut alerts),
            signal = signals.next() => match signal {
                Signal::HUP => reload(watcher.read(), &mut client, &mut alerts),
                _ => break,
            },
        }
    }
    service::notify("STOPPING=1");
    client.shut_down(|line| message(line)).await;
    Ok(Exit::Done)
}

/// Returns the session, as soon as the keyring is unlocked. `None`: a signal ends the daemon.
async fn session(signals: &mut Signals) -> Result<Option<Session>> {
    let tell = async |_: &Report| {
        // A service manager would give up on a service that does not become ready.
        service::notify("READY=1");
        service::notify("STATUS=waiting for the keyring");
        Ok(())
    };
    let mut session = pin!(when_unlocked(signed_in, tell));
    loop {
        select! {
            session = &mut session => return session.map(Some),
            signal = signals.next() => if signal != Signal::HUP { return Ok(None) },
        }
    }
}

/// Says when the server is reached or lost.
fn report(client: &Client, reported: &mut Connection) {
    let now = client.model().connection();
    let server = client.model().account().user_id.server_name();
    match (now, &*reported) {
        (Connection::Live, Connection::Live) | (Connection::Lost { .. }, Connection::Lost { .. }) => return,
        (Connection::Live, _) => message(format_args!("connected to {server}")),
        (Connection::Lost { reason, .. }, _) => {
            message(format_args!("connection lost: {}", text::clean(reason)));
        }
        _ => return *reported = now.clone(),
    }
    *reported = now.clone();
    let status = if now.is_live() { "connected" } else { "not connected" };
    service::notify(&format!("STATUS={status} to {server}"));
}

/// Applies the configuration that was read again. One with a mistake changes nothing.
fn reload(read: Result<Config>, client: &mut Client, alerts: &mut Alerts) {
    let config = match read {
        Ok(config) => config,
        Err(error) => return message(format_args!("the configuration stays as it was: {error:#}")),
    };
    match files_with_history(&config) {
        Ok(files) => client.keep_in(files),
        Err(error) => message(format_args!("the files stay where they are: {error:#}")),
    }
    let _ = client.configure(config.settings());
    alerts.configure(&config, Notifier::without_terminal);
    message("the configuration was read again");
}

/// Ends the timed state that is saved, and restores the previous one. Ends as soon as another process can do that.
async fn errand() -> Result<Exit> {
    // The shell that ran `set` may end. This fails where the process leads a group, which is a shell's job.
    let _ = setsid();
    let mut signals = Signals::new().wrap_err("cannot install signal handlers")?;
    let config = config::load()?;
    let (session, files) = (signed_in().await?, configured_files(&config)?);
    let saved = files.saved().presence;
    // The end of a status is no reason to keep a presence for days.
    let watch_only = saved.is_some_and(|saved| saved.layers.is_none() && saved.status.is_some());
    let settings = Settings { watch_only, ..quiet(Settings { start: Start::Keep, ..config.settings() }) };
    let files = Some(files);
    let setup = Setup { session, files, settings, role: Role::Errand, scope: Scope::Own };
    let mut client = Client::connect(setup).await?;
    // The process that started this one may be gone.
    let _ = print_lines([READY]).await;
    let mut ended = None;
    while client.is_engine_here() && !client.has_successor() && !is_done(&client, &mut ended) {
        select! {
            _ = client.turn() => {}
            _ = signals.next() => {
                client.shut_down(|line| message(line)).await;
                return Ok(Exit::Done);
            }
        }
    }
    client.stop().await;
    Ok(Exit::Done)
}

/// Returns whether nothing is left to do. `ended` is when the timed state ended.
fn is_done(client: &Client, ended: &mut Option<Timestamp>) -> bool {
    let model = client.model();
    if *model.connection() == Connection::SignedOut {
        return true;
    }
    let status = model.own().status();
    let has_end = model.own().report().ends.is_some() || status.is_to_end() || status.changing().is_some();
    if has_end || model.own().holds().next().is_some() {
        *ended = None;
        return false;
    }
    let now = Timestamp::now();
    let ended = *ended.get_or_insert(now);
    let restored = matches!(model.outcome(now).verdict, Verdict::Seen | Verdict::Differs | Verdict::Failed);
    restored || now.duration_since(ended).unsigned_abs() >= GIVE_UP
}

/// Starts a process in the background that ends the timed state. Returns once it runs, or another process does that.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the process does not start.
pub(super) async fn start_errand() -> Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(profile::current().option().split_whitespace()).args(["daemon", "--until-done"]);
    command.envs(config::chosen().map(|file| (config::VARIABLE, file)));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).current_dir("/");
    let mut started = command.spawn().wrap_err("cannot start a process in the background")?;
    let mut line = String::new();
    if let Some(output) = started.stdout.take() {
        let read = timeout(START, BufReader::new(output).read_line(&mut line)).await;
        read.wrap_err("the process in the background does not start")??;
    }
    if line.trim() != READY {
        bail!("the process in the background has failed");
    }
    Ok(())
}

/// Attaches to the engine that runs, if one does.
async fn running() -> Result<Option<Client>> {
    let settings = config::load()?.settings();
    let (session, scope) = (signed_in().await?, Scope::Own);
    let setup = Setup { session, files: None, settings, role: Role::Viewer, scope };
    Ok(Client::attach(setup).await?)
}

/// Prints which process runs the engine.
async fn status() -> Result<Exit> {
    let client = running().await?;
    let Some(EngineProcess { id, kind, since, .. }) = client.as_ref().and_then(Client::engine_process) else {
        print_lines(["no daemon is running"]).await?;
        return Ok(Exit::No);
    };
    let line = match kind {
        ProcessKind::Daemon => {
            let since = deadline::words(*since, Timestamp::now(), &TimeZone::system());
            format!("running as process {id} since {since}")
        }
        ProcessKind::Dashboard => {
            format!("no daemon is running; the dashboard of process {id} does its work")
        }
        ProcessKind::Errand => format!("no daemon is running; process {id} ends a timed state"),
        ProcessKind::Command => format!("no daemon is running; the command of process {id} is at work"),
    };
    print_lines([line]).await?;
    Ok(if *kind == ProcessKind::Daemon { Exit::Done } else { Exit::No })
}

/// Ends the daemon, and waits for its end.
async fn stop() -> Result<Exit> {
    let client = running().await?;
    let stoppable = |it: &EngineProcess| matches!(it.kind, ProcessKind::Daemon | ProcessKind::Errand);
    let process = client.as_ref().and_then(Client::engine_process).copied().filter(stoppable);
    let Some((client, process)) = client.zip(process) else {
        message("no daemon is running");
        return Ok(Exit::No);
    };
    let pid =
        i32::try_from(process.id).ok().and_then(Pid::from_raw).ok_or_eyre("the daemon has no process ID")?;
    kill_process(pid, Signal::TERM).wrap_err("cannot end the daemon")?;
    match timeout(END, client.engine_ended()).await {
        Ok(ended) => ended?,
        Err(_) => bail!("process {} does not end", process.id),
    }
    Ok(Exit::Done)
}
