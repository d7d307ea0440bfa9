//! The `on_change` program, with scripts that behave and scripts that do not.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command, time::Duration};

use futures_util::FutureExt;
use tempfile::TempDir;
use tokio::time::timeout;
use whosin::host::hook::Hook;

use crate::support::wait::{LIMIT, LOOK_AGAIN};

/// A hook that runs a shell script with a directory in `$1`.
fn shell(script: &str, directory: &Path, limit: Duration) -> Hook {
    let command = ["sh", "-c", script, "sh", directory.to_str().unwrap()];
    Hook::new(command.map(ToOwned::to_owned).to_vec(), limit)
}

fn read(directory: &Path, name: &str) -> String {
    fs::read_to_string(directory.join(name)).unwrap_or_default()
}

/// Runs the hook until a condition is true. Returns the errors that it reported.
async fn until(hook: &mut Hook, what: &str, reached: impl Fn() -> bool) -> Vec<String> {
    let mut problems = Vec::new();
    let wait = async {
        while !reached() {
            if let Ok(problem) = timeout(LOOK_AGAIN, hook.problem()).await {
                problems.push(problem);
            }
        }
    };
    assert!(timeout(LIMIT, wait).await.is_ok(), "not within {LIMIT:?}: {what}");
    problems
}

#[tokio::test]
async fn each_run_reads_one_line_and_no_shell_interprets_it() {
    let directory = TempDir::new().unwrap();
    let mut hook = shell(r#"cat >> "$1/told""#, directory.path(), LIMIT);
    hook.run(r#"{"status_msg":"$(touch pwned); `id`"}"#.to_owned());
    let told = || read(directory.path(), "told");
    until(&mut hook, "it is told", || told().ends_with('\n')).await;
    assert_eq!(told(), "{\"status_msg\":\"$(touch pwned); `id`\"}\n");
}

#[tokio::test]
async fn a_program_that_hangs_is_killed_with_its_children() {
    let directory = TempDir::new().unwrap();
    let script = r#"sleep 1000 & echo "$$ $!" > "$1/ids"; wait"#;
    let mut hook = shell(script, directory.path(), Duration::from_secs(2));
    hook.run("{}".to_owned());
    let ids = || read(directory.path(), "ids");
    until(&mut hook, "it runs", || ids().ends_with('\n')).await;
    let ids = ids();
    let ids: Vec<&str> = ids.split_whitespace().collect();
    assert_eq!(ids.len(), 2);
    // A process without a parent that waits for it is a zombie.
    let ended = |id: &str| {
        let state = Command::new("ps").args(["-o", "stat=", "-p", id]).output().unwrap().stdout;
        state.is_empty() || state.starts_with(b"Z")
    };
    assert!(!ended(ids[1]), "it hangs");
    until(&mut hook, "both are ended", || ids.iter().all(|id| ended(id))).await;
}

#[tokio::test]
async fn a_burst_of_a_thousand_changes_runs_four_at_a_time_and_keeps_the_newest() {
    let directory = TempDir::new().unwrap();
    fs::create_dir(directory.path().join("running")).unwrap();
    let script = r#"cd "$1"; touch running/$$; ls running | wc -l >> counts; cat >> told; rm running/$$"#;
    let mut hook = shell(script, directory.path(), LIMIT);
    for number in 0..1_000 {
        hook.run(number.to_string());
    }
    let told = || read(directory.path(), "told");
    until(&mut hook, "the last is told", || told().lines().count() == 104).await;
    let mut numbers: Vec<u32> = told().lines().map(|line| line.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..4).chain(900..1_000).collect::<Vec<_>>());
    let most = read(directory.path(), "counts").lines().map(|line| line.trim().parse::<u32>().unwrap()).max();
    assert!(most.unwrap() <= 4, "{most:?} at a time");
}

#[tokio::test]
async fn a_program_that_cannot_be_started_is_reported_once() {
    let directory = TempDir::new().unwrap();
    let missing = directory.path().join("missing").to_str().unwrap().to_owned();
    let made = directory.path().join("made");
    let command = vec![missing.clone(), made.to_str().unwrap().to_owned()];
    let mut hook = Hook::new(command, LIMIT);
    hook.run("{}".to_owned());
    hook.run("{}".to_owned());
    let problem = timeout(LIMIT, hook.problem()).await.unwrap();
    assert!(problem.starts_with(&format!("on_change: cannot start {missing}: ")), "{problem}");
    // The third run succeeds. The second came before it and reported nothing.
    symlink("/bin/mkdir", &missing).unwrap();
    hook.run("{}".to_owned());
    let problems = until(&mut hook, "it runs", || made.is_dir()).await;
    assert_eq!(problems, [""; 0], "said once");
}

#[tokio::test]
async fn a_program_that_fails_or_reads_nothing_does_not_stop_later_runs() {
    let directory = TempDir::new().unwrap();
    let mut hook = shell(r#"echo >> "$1/runs"; exec <&-; exit 3"#, directory.path(), LIMIT);
    for _ in 0..20 {
        hook.run("x".repeat(100_000));
    }
    let runs = || read(directory.path(), "runs").len();
    let problems = until(&mut hook, "all have run", || runs() == 20).await;
    assert_eq!(problems, [""; 0]);
}

#[tokio::test]
async fn without_a_program_nothing_is_run() {
    let mut hook = Hook::new(Vec::new(), LIMIT);
    hook.run("{}".to_owned());
    assert!(hook.problem().now_or_never().is_none());
}
