//! A sign-in in lines of text: addresses and codes first, the picture after them.

use std::{
    io::{BufRead, IsTerminal, stderr, stdin},
    thread,
};

use color_eyre::eyre::{Result, bail};
use jiff::{SignedDuration, Timestamp};
use tokio::{select, sync::mpsc};

use crate::{
    cli::{
        output::{print_error, text_of},
        session::print_theme,
    },
    host::{browser, desktop},
    model::session::SavedSession,
    server::auth::{Choice, Homeserver, Progress, Wanted, Way},
    ui::qr,
};

/// Signs in, and says on standard error what the person has to do.
pub(super) async fn run(
    homeserver: &Homeserver,
    mut choice: Choice,
    wanted: Wanted,
    picture: bool,
) -> Result<SavedSession> {
    let mut lines = if stdin().is_terminal() { Some(lines_of_input()) } else { None };
    let has_code = homeserver.ways().contains(&Way::DeviceCode);
    loop {
        let mut flow = homeserver.start(choice.clone(), wanted.clone());
        loop {
            select! {
                progress = flow.next() => match progress {
                    Some(Progress::Done(session)) => return Ok(*session),
                    Some(Progress::Failed(error)) => return Err(error.into()),
                    Some(progress) => show(progress, has_code && choice == Choice::Browser, picture).await,
                    None => bail!("the sign-in ended without a result"),
                },
                Some(line) = next(&mut lines) => {
                    if line.trim() == "d" && has_code && choice == Choice::Browser {
                        choice = Choice::DeviceCode;
                        break;
                    }
                    if choice != Choice::DeviceCode && !line.trim().is_empty() {
                        flow.paste(line);
                    }
                }
            }
        }
    }
}

/// Asks a question whose answer is yes or no.
pub(super) async fn confirm(question: &str) -> bool {
    say([format!("{question} [y/N]")]);
    let answer = lines_of_input().recv().await.unwrap_or_default();
    matches!(answer.trim(), "y" | "Y" | "yes")
}

async fn show(progress: Progress, can_switch: bool, picture: bool) {
    match progress {
        Progress::Address(address) => {
            say(["Open this address in a browser to sign in:", "", &format!("  {address}"), ""]);
            if desktop::has_browser() && browser::open(address).await.is_some() {
                say(["No browser opens here; open the address by hand."]);
            }
            let paste = "If the browser ends at an address that it cannot open, paste that address here.";
            let switch = "For a code instead, press d and Enter.";
            say([paste].into_iter().chain(can_switch.then_some(switch)));
        }
        Progress::Code { address, complete, code, expires_at } => {
            let left = expires_at.duration_since(Timestamp::now());
            say([
                "Open this address in a browser on any machine:",
                "",
                &format!("  {address}"),
                "",
                "and type this code:",
                "",
                &format!("  {code}"),
                "",
                &format!("It is good for {}; the next one follows by itself. Ctrl-C ends.", length(left)),
            ]);
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

/// A length of time in one unit: "20 minutes".
fn length(left: SignedDuration) -> String {
    let seconds = left.as_secs().max(0);
    if seconds < 120 { format!("{seconds} s") } else { format!("{} minutes", (seconds + 30) / 60) }
}

async fn next(lines: &mut Option<mpsc::Receiver<String>>) -> Option<String> {
    match lines {
        Some(lines) => lines.recv().await,
        None => None,
    }
}

/// The lines that are typed. Their thread is not of the runtime, whose end would wait for one more line.
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
