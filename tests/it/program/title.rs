//! The title of the terminal's window.

use crate::{
    program::{completions::is_installed, watch::demo},
    support::{
        guest::BOB,
        home::{Home, path_with_whosin},
        terminal::{Key, Terminal},
        wait,
    },
};

/// What the program asks of the window, in order: titles, and what keeps and restores them.
fn titles(terminal: &Terminal) -> Vec<String> {
    let written = terminal.written();
    let mut asked = Vec::new();
    for part in written.split('\u{1b}').skip(1) {
        if let Some(title) = part.strip_prefix("]2;") {
            asked.push(title.to_owned());
        } else if part.starts_with("[22;2t") {
            asked.push("keep".to_owned());
        } else if part.starts_with("[23;2t") {
            asked.push("restore".to_owned());
        }
    }
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn the_title_says_who_is_free_and_the_own_state_and_returns_to_what_it_was() {
    let demo = demo().await;
    demo.rename(BOB, "\u{1b}]2;evil\u{7}");
    demo.set(BOB, "online", Some("\u{1b}]2;evil\u{7}"));
    let home = Home::at(&demo).await;
    let mut terminal = home.open(&[], &[]);
    terminal.wait_for("You ● online");
    terminal.press("B");
    terminal.press("tomorrow 9:00");
    terminal.press(Key::Enter);
    terminal.wait_for("You ■ busy");
    terminal.press(Key::Ctrl('c'));
    assert_eq!(terminal.wait_for_exit().code(), Some(0));
    let titles = titles(&terminal);
    let (first, rest) = titles.split_first().unwrap();
    assert_eq!(first, "keep");
    assert!(rest.contains(&"whosin: 1 free · you online".to_owned()), "{titles:?}");
    assert!(rest.contains(&"whosin: 1 free · you busy until tomorrow 9:00".to_owned()), "{titles:?}");
    assert_eq!(rest[rest.len() - 2..], ["", "restore"]);
    assert!(rest.iter().all(|title| !title.contains("evil")), "{titles:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_title_is_left_alone_where_that_is_asked_for_or_where_there_is_none() {
    let demo = demo().await;
    for (config, term) in [("title = false", "xterm"), ("", "linux")] {
        let home = Home::at(&demo).await.configured(config);
        let mut terminal = home.open(&[], &[("TERM", term)]);
        terminal.wait_for("You ● online");
        terminal.press("q");
        terminal.wait_for_exit();
        assert_eq!(titles(&terminal), Vec::<String>::new(), "{config} {term}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_title_returns_while_whosin_is_suspended() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let shell = home.open_shell("set -m; whosin; echo back; fg; echo end");
    shell.wait_for("You ● online");
    shell.press(Key::Ctrl('z'));
    shell.wait_for("You ● online");
    shell.press("q");
    shell.wait_for("end");
    let asked = titles(&shell);
    assert_eq!(asked.iter().filter(|asked| *asked == "keep").count(), 2, "{asked:?}");
    assert_eq!(asked.iter().filter(|asked| *asked == "restore").count(), 2, "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tmux_shows_the_title_and_afterwards_the_one_before() {
    if !is_installed("tmux") {
        return;
    }
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let tmux = |args: &[&str]| {
        let mut tmux = home.command_of("tmux");
        tmux.args(["-S", "tmux", "-f", "/dev/null"]).args(args).env("PATH", path_with_whosin());
        String::from_utf8(tmux.output().unwrap().stdout).unwrap()
    };
    tmux(&["new", "-d", "-x", "100", "-y", "30", r"printf '\033]2;before\033\\'; whosin; exec cat"]);
    let title = || tmux(&["display", "-p", "#{pane_title}"]);
    wait::until(|| title().contains("you online"), title);
    tmux(&["send-keys", "q"]);
    wait::until(|| title() == "before\n", title);
    tmux(&["kill-server"]);
}
