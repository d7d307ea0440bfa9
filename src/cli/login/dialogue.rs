//! A sign-in in lines of text: addresses and codes first, the picture after them.

use std::{
    io::{BufRead, IsTerminal, stderr, stdin},
    thread,
};

use color_eyre::eyre::{Result, bail};
use jiff::Timestamp;
use tokio::{select, sync::mpsc};

use crate::{
    cli::{
        output::{print_error, text_of},
        session::print_theme,
    },
    host::{browser, desktop},
    model::{credentials::Way, session::SavedSession},
    server::auth::{BrowserWay, Homeserver, Progress, Wanted},
    ui::{qr, sign_in::lifetime},
};

/// Signs in, and says on standard error what the person has to do.
pub(super) async fn run(
    homeserver: &Homeserver,
    mut choice: BrowserWay,
    wanted: Wanted,
    picture: bool,
) -> Result<SavedSession> {
    let mut lines = if stdin().is_terminal() { Some(lines_of_input()) } else { None };
    loop {
        let other = other(homeserver, &choice).filter(|_| lines.is_some());
        let mut flow = homeserver.start(choice.clone(), wanted.clone());
        loop {
            select! {
                progress = flow.next() => match progress {
                    Some(Progress::Done(session)) => return Ok(*session),
                    Some(Progress::Failed(error)) => return Err(error.into()),
                    Some(progress) => show(progress, other.as_ref(), picture).await,
                    None => bail!("the sign-in ended without a result"),
                },
                Some(line) = next(&mut lines) => {
                    match (line.trim(), &other) {
                        ("s", Some(other)) => {
                            choice = other.clone();
                            break;
                        }
                        ("", _) => {}
                        _ if choice == BrowserWay::DeviceCode => {}
                        _ => flow.paste(line),
                    }
                }
            }
        }
    }
}

/// Returns what one key switches to: from the browser to the code and back.
fn other(homeserver: &Homeserver, choice: &BrowserWay) -> Option<BrowserWay> {
    let (way, other) = match choice {
        BrowserWay::Browser => (Way::DeviceCode, BrowserWay::DeviceCode),
        BrowserWay::DeviceCode => (Way::Browser, BrowserWay::Browser),
        BrowserWay::Sso(_) => return None,
    };
    homeserver.ways().contains(&way).then_some(other)
}

async fn show(progress: Progress, other: Option<&BrowserWay>, picture: bool) {
    match progress {
        Progress::Address(address) => {
            say(["Open this address in a browser to sign in:", "", &format!("  {address}"), ""]);
            if desktop::has_browser() && browser::open(address).await.is_some() {
                say(["No browser opens here; open the address by hand."]);
            }
            let paste = "If the browser ends at an address that it cannot open, paste that address here.";
            let switch = "For a code instead, press s and Enter.";
            say([paste].into_iter().chain(other.map(|_| switch)));
        }
        Progress::Code { address, complete, code, expires_at } => {
            let (lifetime, _) = lifetime(expires_at, Timestamp::now());
            say([
                "Open this address in a browser on any machine:",
                "",
                &format!("  {address}"),
                "",
                "and type this code:",
                "",
                &format!("  {code}"),
                "",
                &format!("The code is good for {lifetime}. Another one follows by itself. Ctrl-C stops."),
            ]);
            say(other.map(|_| "For a browser on this machine instead, press s and Enter."));
            if picture && stderr().is_terminal() {
                let lines = qr::lines(complete.as_deref().unwrap_or(&address), print_theme());
                say(lines.into_iter().flatten());
            }
        }
        Progress::Unreachable(sentence) => say([sentence]),
        Progress::PasteRefused(error) => say([error.to_string()]),
        Progress::Done(_) | Progress::Failed(_) => {}
    }
}

async fn next(lines: &mut Option<mpsc::Receiver<String>>) -> Option<String> {
    match lines {
        Some(lines) => lines.recv().await,
        None => None,
    }
}

/// Returns the lines that are typed. Their thread is not of the runtime, whose end would wait for one more line.
fn lines_of_input() -> mpsc::Receiver<String> {
    let (tell, lines) = mpsc::channel(1);
    thread::spawn(move || {
        for line in stdin().lock().lines() {
            if !line.is_ok_and(|line| tell.blocking_send(line).is_ok()) {
                return;
            }
        }
    });
    lines
}

/// Writes lines to standard error, for the person who signs in.
fn say(lines: impl IntoIterator<Item = impl std::fmt::Display>) {
    print_error(format_args!("{}", text_of(lines)));
}
