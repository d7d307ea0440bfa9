//! Settings that are changed in the dashboard, or in the configuration file while something runs.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
};

use rustix::process::Signal;

use crate::{
    program::{daemon::Daemon, watch::demo},
    support::{
        home::Home,
        terminal::{Key, Terminal},
        wait,
    },
};

const CONFIG: &str = ".config/whosin/config.toml";

/// The demo on a terminal of this size.
fn open(home: &Home, rows: u16, columns: u16) -> Terminal {
    let terminal = home.open(&["--demo"], &[]);
    terminal.resize(rows, columns);
    terminal.wait_for("You ● online");
    terminal.wait_for("FREE");
    terminal
}

/// Types a setting into the palette of commands.
fn set(terminal: &Terminal, line: &str) {
    terminal.press(":");
    terminal.wait_for("Commands and settings");
    terminal.press(line);
    terminal.wait_for(&format!("Command: {line}"));
    terminal.press(Key::Enter);
}

fn path(home: &Home) -> PathBuf {
    home.path().join(CONFIG)
}

fn written(home: &Home) -> String {
    fs::read_to_string(path(home)).unwrap()
}

/// Replaces the configuration as editors do.
fn save(home: &Home, toml: &str) {
    let new = home.write(".config/whosin/.config.toml.swp", toml);
    fs::rename(new, path(home)).unwrap();
}

#[test]
fn a_setting_is_changed_in_the_palette_and_kept_with_the_comments() {
    for (rows, columns) in [(15, 60), (24, 80), (40, 120)] {
        let home = Home::new().configured("# mine\ntheme = \"dark\" # at night\n");
        fs::set_permissions(path(&home), fs::Permissions::from_mode(0o640)).unwrap();
        let terminal = open(&home, rows, columns);
        set(&terminal, "set theme light");
        terminal.wait_for("theme is kept in your configuration.");
        assert_eq!(written(&home), "# mine\ntheme = \"light\" # at night\n");
        set(&terminal, "set keys.busy x F2");
        terminal.wait_for("keys.busy is kept in your configuration.");
        assert_eq!(
            written(&home),
            "# mine\ntheme = \"light\" # at night\n\n[keys]\nbusy = [\"x\", \"F2\"]\n"
        );
        assert_eq!(fs::metadata(path(&home)).unwrap().permissions().mode() & 0o777, 0o640);
        terminal.wait_for("x busy");
    }
}

#[test]
fn a_demo_keeps_what_is_its_own_to_itself() {
    let home = Home::new();
    let terminal = open(&home, 24, 80);
    set(&terminal, "set rooms studio");
    terminal.wait_for("rooms is set for this demo.");
    terminal.wait_for("Studio [People]");
    terminal.press(Key::Escape);
    terminal.wait_until_gone("Command:");
    assert!(!path(&home).exists());
    set(&terminal, "set mouse false");
    terminal.wait_for("mouse is kept in your configuration.");
    assert!(written(&home).contains("\nmouse = false\n"));
    assert!(!written(&home).contains("\nrooms"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dashboard_follows_the_file_however_it_is_saved() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let terminal = home.open(&[], &[]);
    terminal.wait_for("You ● online");
    terminal.wait_for("Bob");
    // It appears, with its directory.
    let home = home.configured("hide = [\"@bob:*\"]");
    terminal.wait_until_gone("Bob");
    terminal.wait_for("The configuration was read again.");
    save(&home, "hide = []");
    terminal.wait_for("Bob");
    // A link into a collection of such files, whose target is replaced.
    let dotfiles = home.path().join("dotfiles");
    home.write("dotfiles/whosin.toml", "hide = [\"@bob:*\"]");
    fs::remove_file(path(&home)).unwrap();
    symlink("../../dotfiles/whosin.toml", path(&home)).unwrap();
    terminal.wait_until_gone("Bob");
    home.write("dotfiles/new.toml", "");
    fs::rename(dotfiles.join("new.toml"), dotfiles.join("whosin.toml")).unwrap();
    terminal.wait_for("Bob");
    home.write("dotfiles/whosin.toml", "hide = [\"@bob:*\"]");
    terminal.wait_until_gone("Bob");
    // A setting that is changed in the dashboard goes to the target.
    set(&terminal, "set on_quit keep");
    terminal.wait_for("on_quit is kept in your configuration.");
    assert!(path(&home).is_symlink());
    let target = fs::read_to_string(dotfiles.join("whosin.toml")).unwrap();
    assert_eq!(target, "hide = [\"@bob:*\"]\non_quit = \"keep\"\n");
    // It vanishes with its directory, so the defaults apply.
    fs::remove_dir_all(home.path().join(".config/whosin")).unwrap();
    terminal.wait_for("Bob");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_the_file_is_told_with_its_line_and_changes_nothing() {
    let demo = demo().await;
    let home = Home::at(&demo).await.configured("hide = [\"@bob:*\"]\n");
    let terminal = home.open(&[], &[]);
    terminal.resize(24, 120);
    terminal.wait_for("You ● online");
    terminal.wait_for("1 hidden");
    save(&home, "hide = [\"@bob:*\"]\nidle_aftr = \"5m\"\n");
    terminal.wait_for("config.toml, line 2: unknown key idle_aftr; did you mean idle_after?");
    assert!(!terminal.text().contains("Bob"), "{}", terminal.text());
    set(&terminal, "set on_quit keep");
    terminal.wait_for("Not kept: ");
    terminal.press(Key::Escape);
    save(&home, "");
    terminal.wait_for("Bob");
    terminal.wait_until_gone("idle_aftr");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_is_changed_in_a_dashboard_counts_in_the_daemon_and_in_other_dashboards() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let daemon = Daemon::start(&home);
    let one = home.open(&[], &[]);
    let other = home.open(&[], &[]);
    for terminal in [&one, &other] {
        terminal.wait_for("whosin daemon keeps your presence after you quit.");
        terminal.wait_for("Bob");
    }
    set(&one, "set hide bob");
    one.wait_for("hide is kept in your configuration.");
    one.press(Key::Escape);
    one.wait_until_gone("Bob");
    other.wait_until_gone("Bob");
    let list = || home.run(&["list", "--json"]).stdout;
    assert!(!list().contains("@bob:"), "{}", list());
    set(&one, "set keys.busy x");
    other.wait_for("x busy");
    assert_eq!(daemon.end().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_follows_the_file_by_itself() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let daemon = Daemon::start(&home);
    let list = || home.run(&["list", "--json"]).stdout;
    wait::until(|| list().contains("@bob:"), list);
    let home = home.configured("hide = [");
    let home = home.configured("hide = [\"@bob:*\"]");
    let list = || home.run(&["list", "--json"]).stdout;
    wait::until(|| !list().contains("@bob:"), list);
    save(&home, "");
    wait::until(|| list().contains("@bob:"), list);
    daemon.signal(Signal::HUP);
    assert_eq!(daemon.end().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_starts_as_it_was_left() {
    let demo = demo().await;
    let home = Home::at(&demo).await;
    let mut terminal = home.open(&[], &[]);
    terminal.wait_for("FREE");
    terminal.press("s");
    terminal.wait_for("by name");
    terminal.press("1");
    terminal.wait_for("left out");
    terminal.press(Key::Tab);
    terminal.wait_for("[Everyone]");
    terminal.press("q");
    terminal.wait_for_exit();

    let mut terminal = home.open(&[], &[]);
    terminal.wait_for("[Everyone]");
    terminal.wait_for("by name");
    terminal.wait_for("left out");
    terminal.press("q");
    terminal.wait_for_exit();
    let terminal = home.configured("view = \"people\"").open(&[], &[]);
    terminal.wait_for("[People]");
    terminal.wait_for("by name");
}

#[test]
fn enter_on_a_room_in_the_details_opens_its_view() {
    for (rows, columns) in [(15, 60), (24, 80), (40, 120)] {
        let terminal = open(&Home::new(), rows, columns);
        terminal.press("j");
        terminal.press(Key::Right);
        terminal.wait_for("open its view");
        terminal.press(Key::Enter);
        terminal.wait_until("the view of a room", |screen| {
            let text = crate::support::terminal::text(screen);
            !text.contains("[People]") && !text.contains("open its view")
        });
    }
}
