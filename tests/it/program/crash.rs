//! Panics of the real program: the report, and the terminal.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
use std::{env, process::Command};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use serde_json::Value;
use whosin::demo;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
use crate::support::{synapse::announce, terminal::text};
use crate::{program::watch::demo as start_demo, support::home::Home};

/// A size of stacks that no machine has: starting a thread fails, and tokio panics.
const NO_THREADS: (&str, &str) = ("RUST_MIN_STACK", "70368744177664");

/// The only report of a home, readable by nobody else. It says what the program was, and neither who used it nor how
/// they signed in.
fn report(home: &Home) -> (PathBuf, String) {
    let files = fs::read_dir(home.state("")).unwrap().map(|file| file.unwrap().path());
    let is_report = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().starts_with("crash-");
    let reports: Vec<_> = files.filter(is_report).collect();
    let [file] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!(mode(file), 0o600);
    let text = fs::read_to_string(file).unwrap();
    assert!(text.starts_with(concat!("whosin ", env!("CARGO_PKG_VERSION"))), "{text}");
    if let Ok(session) = fs::read_to_string(home.state("session.json")) {
        let session: Value = serde_json::from_str(&session).unwrap();
        for secret in [session["access_token"].as_str().unwrap(), demo::USER] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    (file.clone(), text)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// What the person reads: where the report is, and whose bug it is.
fn told(file: &Path) -> String {
    format!("whosin: this is a bug. {} has a report for {}", file.display(), env!("CARGO_PKG_HOMEPAGE"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_of_a_command_leaves_a_report_and_says_where() {
    let demo = start_demo().await;
    for args in [&["list"][..], &["watch", "--once"]] {
        let home = Home::at(&demo).await.with(NO_THREADS.0, NO_THREADS.1);
        let ended = home.run(args);
        let (file, text) = report(&home);
        assert_eq!(ended.code, 101, "{ended:?}");
        assert!(ended.stderr.ends_with(&format!("{}\n", told(&file))), "{ended:?}");
        assert!(text.contains("\npanicked at ") && text.contains("OS can't spawn worker thread"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_newest_reports_are_kept() {
    let demo = start_demo().await;
    let home = Home::at(&demo).await.with(NO_THREADS.0, NO_THREADS.1);
    for second in 1_000_000_000..1_000_000_015 {
        home.write(&format!(".local/state/whosin/crash-{second}.txt"), "old");
    }
    for other in ["crash-notes.txt", "crash-1.txt.bak"] {
        home.write(&format!(".local/state/whosin/{other}"), "{}");
    }
    let _ = home.run(&["list"]);
    let left =
        fs::read_dir(home.state("")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut left: Vec<_> = left.filter(|name| name != "lock" && name != "session.lock").collect();
    left.sort();
    let newest = left.iter().filter(|name| !name.starts_with("crash-10000000")).cloned().collect::<Vec<_>>();
    assert_eq!(left.len(), 10 + 3, "{left:?}");
    assert_eq!(newest.len(), 1 + 3, "{left:?}");
    assert!(left.contains(&"crash-1000000014.txt".to_owned()), "{left:?}");
    assert!(!left.contains(&"crash-1000000005.txt".to_owned()), "{left:?}");
}

#[test]
fn a_panic_at_the_start_leaves_a_report_too() {
    let home = Home::new().with(NO_THREADS.0, NO_THREADS.1);
    let mut terminal = home.open(&[], &[]);
    assert_eq!(terminal.wait_for_exit().code(), Some(101));
    let (file, text) = report(&home);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    assert!(text.contains("OS can't spawn worker thread"), "{text}");
    assert!(unwrapped(&terminal.text()).contains(&told(&file)), "{}", terminal.text());
}

/// A library that makes the clock fail once, in the main thread, as soon as the file `fail` is there. The standard
/// library panics then.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const FAILING_CLOCK: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    if (syscall(SYS_gettid) == getpid() && unlink("fail") == 0) { errno = EINVAL; return -1; }
    return syscall(SYS_clock_gettime, clock, now);
}
"#;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_under_the_dashboard_gives_the_terminal_back_and_then_reports() {
    if env::var_os("WHOSIN_PROGRAM").is_some() {
        return announce("skipped: the program of a package is static, and loads no library");
    }
    let demo = start_demo().await;
    let home = Home::at(&demo).await;
    let library = home.path().join("clock.so").to_str().unwrap().to_owned();
    let source = home.write("clock.c", FAILING_CLOCK);
    // Rust's own linker.
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o", &library, &source]).status();
    assert!(built.unwrap().success());
    let mut terminal = home.open(&[], &[("LD_PRELOAD", &library)]);
    terminal.wait_for(" live");
    terminal.wait_for("Bob");
    let device = terminal.device();
    home.write("fail", "");
    assert_eq!(terminal.wait_for_end().code(), Some(101));
    let (file, report) = report(&home);
    assert!(report.contains("\npanicked at ") && report.contains("Invalid argument"), "{report}");
    terminal.wait_until("the report", |screen| unwrapped(&text(screen)).contains(&told(&file)));
    assert!(!terminal.alternate_screen() && !terminal.screen().hide_cursor() && terminal.edits_lines());
    assert!(!terminal.screen().bracketed_paste());
    drop(device);
}

/// What a screen says, without the breaks of its lines.
fn unwrapped(screen: &str) -> String {
    screen.replace('\n', "")
}
