//! One hostile text in every field that others fill, and every way by which it could leave the program.

use std::{fs, io::Write, process::Stdio};

use regex::Regex;

use crate::support::{
    home::{Ended, Home},
    hostile::{Hostile, Mood, SHOWN, assert_harmless, assert_harmless_json},
    lines::Lines,
    terminal::{Key, Signal, Terminal},
    wait,
};

/// What everybody calls themselves, as far as it can be seen.
const SHOWN_IN_A_ROW: &str = "FORGED";

/// The commands that print what others have written, and whether they print JSON.
const COMMANDS: [(&[&str], bool); 18] = [
    (&["list"], false),
    (&["list", "--json"], true),
    (&["list", "--view", "no\u{1b}[?1234hroom"], false),
    (&["watch", "--once"], false),
    (&["watch", "--once", "--json"], true),
    (&["watch", "--once", "--format", "plain"], false),
    (&["watch", "--once", "--format", "tmux"], false),
    (&["watch", "--once", "--format", "i3blocks"], true),
    (&["watch", "--once", "--format", "{own} {names_free} {names_busy} {names_unavailable}"], false),
    (&["watch", "--once", "--format", "{own_status} {statuses} {in_call}"], false),
    (&["set", "--status", "🌴 On holiday", "--no-wait"], false),
    (&["status"], false),
    (&["status", "you", "tag", "--json"], true),
    (&["is", "tag", "online"], false),
    (&["set", "busy", "-m", "a", "--no-wait"], false),
    (&["hold", "busy", "--", "true"], false),
    (&["doctor"], false),
    (&["doctor", "--json"], true),
];

fn check(what: &str, ended: &Ended, json: bool) {
    if json {
        assert_harmless_json(what, &ended.stdout);
    } else {
        assert_harmless(what, &ended.stdout);
    }
    assert_harmless(what, &ended.stderr);
}

/// Runs every command with the most verbose log, and checks all that it writes.
fn check_commands(home: &Home, mood: &str) {
    let log = home.path().join("log").display().to_string();
    for (args, json) in COMMANDS {
        let args: Vec<&str> = args.iter().copied().chain(["--log", &log]).collect();
        let output = home.command(&args).env("WHOSIN_LOG", "trace").output().unwrap();
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        let code = output.status.code().expect("no signal ends it");
        let ended = Ended { code, stdout: text(output.stdout), stderr: text(output.stderr) };
        check(&format!("{mood} {args:?}"), &ended, json);
    }
    let logged = fs::read_to_string(&log).unwrap();
    assert_harmless(&format!("{mood}: the log"), &logged);
    let entry = Regex::new(r"^\d{4}-\d\d-\d\dT").unwrap();
    let forged = logged.lines().find(|line| !entry.is_match(line));
    assert_eq!(forged, None, "{mood}: each line of the log is an entry");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_passes_on_what_others_write() {
    let server = Hostile::start(Mood::Talks).await;
    let home = Home::new().with_session(&server.session());
    check_commands(&home, "talks");
    let listed = home.run(&["list"]).stdout;
    assert!(listed.contains(SHOWN), "everybody is listed: {listed}");
    assert!(
        listed.lines().any(|line| line.starts_with("@blank:x\t") && line.ends_with("\t@blank:x")),
        "{listed}"
    );
    assert_eq!(listed.lines().count(), 3, "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_passes_on_how_a_server_refuses() {
    let server = Hostile::start(Mood::Talks).await;
    for mood in
        [Mood::Refuses(400), Mood::Refuses(401), Mood::Refuses(403), Mood::Refuses(404), Mood::Redirects]
    {
        server.becomes(mood);
        let home = Home::new().with_session(&server.session());
        check_commands(&home, &format!("{mood:?}"));
        for args in [&["logout"][..], &["logout", "--forget"]] {
            check(&format!("{mood:?} {args:?}"), &home.run(args), false);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_sign_in_passes_on_what_a_server_says() {
    let server = Hostile::start(Mood::Talks).await;
    let sign_in = |mood: Mood, args: &[&str]| {
        server.becomes(mood);
        let home = Home::new();
        let mut command = home.command(&[&["login", "--homeserver", &server.url], args].concat());
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        // It may end before it reads.
        let _ = child.stdin.take().unwrap().write_all(b"password\n");
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        let what = format!("{mood:?} {args:?}");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        assert_harmless(&what, &stdout);
        assert_harmless(&what, &stderr);
        (format!("{stdout}{stderr}"), home)
    };
    let password = ["--user", "you", "--password-stdin"];
    let (said, home) = sign_in(Mood::Talks, &password);
    assert!(said.contains(SHOWN), "signed in as somebody hostile: {said}");
    check("the hostile own account", &home.run(&["status"]), false);
    check("signing in again", &home.run(&["login", "--homeserver", &server.url]), false);
    check("signing out", &home.run(&["logout"]), false);
    let (said, _) = sign_in(Mood::Talks, &["--sso=other"]);
    assert!(said.contains("has no provider other; it has: "), "{said}");
    sign_in(Mood::Talks, &["--device"]);
    sign_in(Mood::Talks, &["--token-stdin"]);
    for mood in [Mood::RefusesClients, Mood::RefusesCodes, Mood::HasBadCodes] {
        let (said, _) = sign_in(mood, &["--device"]);
        assert!(
            said.contains("refuses the sign-in") || said.contains("does not register"),
            "{mood:?}: {said}"
        );
    }
    for mood in
        [Mood::Refuses(400), Mood::Refuses(403), Mood::Refuses(404), Mood::Refuses(500), Mood::Redirects]
    {
        sign_in(mood, &password);
        sign_in(mood, &["--device"]);
        sign_in(mood, &["--token-stdin"]);
    }
}

/// Checks what a terminal got. Whosin itself writes escape sequences, so only those of others are looked for.
#[track_caller]
fn assert_not_obeyed(terminal: &Terminal) {
    let written = terminal.written();
    for obeyed in ["\u{1b}]0;PWNED", "\u{1b}[?1234h", "\u{9b}", "\u{9d}", "\u{202e}", "\u{3164}", "\u{0}"] {
        assert!(!written.contains(obeyed), "{obeyed:?} reaches the terminal");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_passes_on_nothing_of_what_others_write() {
    let server = Hostile::start(Mood::Talks).await;
    let home = Home::new().with_session(&server.session());
    let hook = "#!/bin/sh\nenv > \"$1.env\"; cat >> \"$1\"\n";
    let hook = home.write("hook.sh", hook);
    let told = home.path().join("told").display().to_string();
    let config = format!(
        "history = \"30d\"\nnotify.via = \"terminal\"\nrooms = [\"x\"]\non_change = [\"sh\", {hook:?}, {told:?}]\n"
    );
    let home = home.configured(&config);
    let terminal = home.open(&["--log", &home.path().join("log").display().to_string()], &[]);
    terminal.wait_for("BUSY 1");
    terminal.press("l");
    // The last one says something new each time.
    terminal.press("G");
    terminal.press("nn");
    terminal.wait_for("You will be told of each change");
    terminal.wait_until("a notification", |_| !terminal.notifications().is_empty());
    for notification in terminal.notifications() {
        assert_harmless("a notification", &notification);
    }
    terminal.press("y");
    terminal.wait_until("a copied ID", |_| !terminal.clipboard().is_empty());
    assert_harmless("the clipboard", &decoded(&terminal.clipboard()));
    terminal.press(Key::Enter);
    terminal.press("m");
    terminal.press(Key::Escape);
    terminal.press("?");
    terminal.wait_for("busy; again");

    // Another front end gets all of it by the socket.
    check_commands(&home, "beside a dashboard");
    let beside = Lines::of(home.command(&["watch", "--json"]));
    let change = beside.until("a change", |line| line.contains("\"change\""));
    assert_harmless_json("a change by the socket", &change);
    drop(beside);
    let second = home.open(&[], &[]);
    second.wait_for("BUSY 1");
    assert_not_obeyed(&second);

    wait::until(
        || fs::read_to_string(&told).is_ok_and(|told| told.ends_with('\n')),
        || "the hook".to_owned(),
    );
    assert_harmless_json("the hook", &fs::read_to_string(&told).unwrap());
    let environment = fs::read_to_string(format!("{told}.env")).unwrap();
    assert!(!environment.contains("PWNED"), "{environment}");

    server.becomes(Mood::Refuses(403));
    terminal.press(Key::Escape);
    terminal.wait_until("the refusal", |screen| {
        let text = crate::support::terminal::text(screen);
        text.contains("lost") || text.contains("refuses") || text.contains("as of")
    });
    assert_not_obeyed(&terminal);
    for mut terminal in [second, terminal] {
        terminal.signal(Signal::TERM);
        terminal.wait_for_exit();
        assert_not_obeyed(&terminal);
    }
    let history = home.run(&["history", "-n", "1000"]);
    assert!(history.stdout.contains("PWNED"), "{history:?}");
    check("the history", &history, false);
    assert_harmless("the log", &fs::read_to_string(home.path().join("log")).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_in_a_terminal_passes_on_what_others_write() {
    let server = Hostile::start(Mood::Talks).await;
    let links: &[(&str, &str)] = &[("VTE_VERSION", "7600")];
    for args in [
        &["list"][..],
        &["watch", "--once"],
        &["status", "you", "tag"],
        &["doctor"],
        &["set", "busy", "--for", "5m", "--no-background"],
        &["history"],
    ] {
        let home = Home::new().with_session(&server.session());
        let mut terminal = home.open(args, links);
        terminal.wait_for_exit();
        assert!(args != ["list"] || terminal.written().contains("]8;;https://matrix.to/"), "links are shown");
        assert_not_obeyed(&terminal);
        assert!(!terminal.text().contains("\nFORGED"), "{args:?}: {}", terminal.text());
    }
    for args in [&["board"][..], &["watch"], &["--watch-only"]] {
        let home = Home::new().with_session(&server.session());
        let mut terminal = home.open(args, links);
        terminal.wait_for(SHOWN_IN_A_ROW);
        terminal.signal(Signal::TERM);
        terminal.wait_for_exit();
        assert_not_obeyed(&terminal);
    }
    server.becomes(Mood::Refuses(403));
    for args in [&["list"][..], &["board"], &["watch"], &["--watch-only"], &["doctor"]] {
        let home = Home::new().with_session(&server.session());
        let mut terminal = home.open(args, links);
        terminal
            .wait_until("the refusal", |screen| !crate::support::terminal::text(screen).trim().is_empty());
        terminal.signal(Signal::TERM);
        terminal.wait_for_exit();
        assert_not_obeyed(&terminal);
    }
}

/// The text of Base64.
fn decoded(base64: &str) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = base64.bytes().filter_map(|byte| alphabet.iter().position(|digit| *digit == byte));
    let bits: Vec<bool> =
        digits.flat_map(|digit| (0..6).rev().map(move |bit| digit >> bit & 1 == 1)).collect();
    let byte = |bits: &[bool]| bits.iter().fold(0, |byte: u8, &bit| byte << 1 | u8::from(bit));
    String::from_utf8(bits.chunks_exact(8).map(byte).collect()).expect("it is UTF-8")
}
