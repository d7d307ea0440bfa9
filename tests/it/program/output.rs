//! Each command ends with an exit status of its own, whatever its standard output and standard error are.

use std::{
    fs::File,
    io::{Write, pipe},
    process::{Command, Output, Stdio},
};

use rustix::{
    io::ioctl_fionbio,
    process::{Pid, Signal, kill_process},
};
use whosin::demo::{Demo, Options, PASSWORD, USER};

use crate::support::{home::Home, wait};

/// The commands that print, and the exit status of one that cannot.
const LOCAL: [(&[&str], i32); 8] = [
    (&["--help"], 1),
    (&["--version"], 1),
    (&["man"], 1),
    (&["man", "watch"], 1),
    (&["completions", "fish"], 1),
    (&["config"], 1),
    (&["config", "--check"], 1),
    (&["logout"], 1),
];

/// The same of those that need a session.
const SIGNED_IN: [(&[&str], i32); 9] = [
    (&["list"], 4),
    (&["list", "--json"], 4),
    (&["status"], 4),
    (&["status", "--json"], 4),
    (&["watch", "--once"], 4),
    (&["watch", "--once", "--json"], 4),
    (&["watch", "--format", "plain"], 4),
    (&["doctor"], 1),
    (&["set", "online"], 4),
];

#[test]
fn what_needs_no_session_survives_every_standard_output() {
    for (args, failure) in LOCAL {
        survives_every_standard_output(&Home::new(), args, failure);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_session_survives_every_standard_output() {
    let demo = Demo::start(Options::default()).await.unwrap();
    demo.set(USER, "online", None);
    let home = Home::at(&demo).await;
    for (args, failure) in SIGNED_IN {
        survives_every_standard_output(&home, args, failure);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_and_out_is_done_although_nothing_can_be_said_of_it() {
    let demo = Demo::start(Options::default()).await.unwrap();
    let home = Home::new();
    let mut login = home.command(&["login", "--homeserver", demo.url(), "--user", USER, "--password-stdin"]);
    let mut login = login.stdin(Stdio::piped()).stdout(full()).spawn().unwrap();
    login.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    let ended = login.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(text(&ended).contains("No space left"), "{ended:?}");
    assert_eq!(home.run(&["list"]).code, 0, "the session is kept");

    let logout = home.command(&["logout"]).stdout(full()).stderr(full()).output().unwrap();
    assert_eq!(logout.status.code(), Some(1));
    assert_eq!(home.run(&["list"]).code, 4, "the session is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_written_changes_no_exit_status() {
    let demo = Demo::start(Options::default()).await.unwrap();
    let home = Home::at(&demo).await;
    let cases: [(&[&str], i32); 6] = [
        (&["--bogus"], 2),
        (&["man", "--all", "/dev/null/man"], 1),
        (&["status", "@nobody:elsewhere.example"], 4),
        (&["list", "--view", "Cellar"], 2),
        (&["hold", "busy", "--", "sh", "-c", "exit 7"], 7),
        (&["hold", "busy", "--", "/nowhere"], 127),
    ];
    for (args, code) in cases {
        for stderr in [full(), without_reader()] {
            let output = home.command(args).stderr(stderr).output().unwrap();
            assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
        }
        let output = closing(&home.command(args), "2>&-").output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {output:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_watch_that_nobody_reads() {
    let demo = Demo::start(Options::default()).await.unwrap();
    let home = Home::at(&demo).await;
    let (reader, mut writer) = pipe().unwrap();
    ioctl_fionbio(&writer, true).unwrap();
    while writer.write(&[b'.'; 4096]).is_ok() {}
    for (begun, non_blocking) in [(0, true), (1, false)] {
        ioctl_fionbio(&writer, non_blocking).unwrap();
        let mut watch = home.command(&["watch", "--json"]);
        let watch = watch.stdout(writer.try_clone().unwrap()).spawn().unwrap();
        let polls = || demo.requests().iter().filter(|asked| asked.path.ends_with("/sync")).count();
        wait::until(|| polls() >= 2 * (begun + 1), || format!("the second poll after {} in all", polls()));
        kill_process(Pid::from_child(&watch), Signal::TERM).unwrap();
        let ended = watch.wait_with_output().unwrap();
        assert_eq!((ended.status.code(), text(&ended).as_str()), (Some(0), ""));
    }
    drop(reader);
}

#[track_caller]
fn survives_every_standard_output(home: &Home, args: &[&str], failure: i32) {
    let full = home.command(args).stdout(full()).output().unwrap();
    assert_eq!(full.status.code(), Some(failure), "{args:?}: {full:?}");
    let said = text(&full);
    assert!(said.contains("whosin: cannot write to standard output: No space left"), "{args:?}: {said}");

    let broken = home.command(args).stdout(without_reader()).output().unwrap();
    assert_eq!(broken.status.code(), Some(0), "{args:?}: {broken:?}");
    assert!(!text(&broken).contains("standard output"), "{args:?}: {broken:?}");

    // The system's library gives a program that has none a standard output that takes everything.
    if !args.contains(&"plain") {
        let closed = closing(&home.command(args), ">&-").output().unwrap();
        assert!(matches!(closed.status.code(), Some(0..=4)), "{args:?}: {closed:?}");
        assert!(!text(&closed).contains("panicked"), "{args:?}: {closed:?}");
    }

    let nowhere = home.command(args).stdout(self::full()).stderr(self::full()).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(failure), "{args:?}: {nowhere:?}");
}

/// The same command, started by a shell that closes something first.
fn closing(command: &Command, redirection: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec \"$0\" \"$@\" {redirection}")]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

/// A file without room.
fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

/// A pipe that nobody reads any more.
fn without_reader() -> Stdio {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer.into()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
