//! Environment variables that describe the terminal.

use serde_json::Value;
use vt100::{Color, Screen};
use whosin::demo::{Demo, Options};

use crate::support::{
    home::Home,
    terminal::{Terminal, text},
};

fn demo(toml: &str, environment: &[(&str, &str)]) -> Screen {
    let home = Home::new().configured(toml);
    let terminal: Terminal = home.open(&["--demo"], environment);
    terminal.wait_for("Amara Okafor");
    terminal.wait_for("live")
}

/// All colours on a screen.
fn colours(screen: &Screen) -> Vec<Color> {
    let (rows, columns) = screen.size();
    let places = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
    let cells = places.filter_map(|(row, column)| screen.cell(row, column));
    let mut colours: Vec<_> =
        cells.flat_map(|cell| [cell.fgcolor(), cell.bgcolor()]).filter(|it| *it != Color::Default).collect();
    colours.dedup();
    colours
}

#[test]
fn a_terminal_without_colours_gets_none() {
    for environment in [("NO_COLOR", "1"), ("TERM", "vt220"), ("TERM", "vt100")] {
        let screen = demo("theme = \"dark\"", &[environment]);
        assert_eq!(colours(&screen), [], "{environment:?}");
        assert!(text(&screen).contains("● Amara Okafor"), "{environment:?}");
    }
}

#[test]
fn a_terminal_gets_the_colours_that_it_has() {
    let is_fixed = |colour: &Color| matches!(colour, Color::Idx(16..));
    let is_any = |colour: &Color| matches!(colour, Color::Rgb(..));
    let dark = "theme = \"dark\"";
    assert!(colours(&demo(dark, &[])).iter().all(is_any));
    assert!(colours(&demo(dark, &[("COLORTERM", "")])).iter().all(is_fixed));
    let sixteen = colours(&demo(dark, &[("COLORTERM", ""), ("TERM", "xterm")]));
    assert!(sixteen.contains(&Color::Idx(9)), "light red: {sixteen:?}");
    assert!(!sixteen.iter().any(|it| is_fixed(it) || is_any(it)), "{sixteen:?}");
    let own = colours(&demo("theme = \"terminal\"", &[]));
    assert!(own.contains(&Color::Idx(2)) && !own.iter().any(is_any), "the terminal's own: {own:?}");
}

#[test]
fn the_demo_needs_no_certificates() {
    let screen = demo("", &[("SSL_CERT_FILE", "/dev/null"), ("SSL_CERT_DIR", "/nowhere")]);
    assert!(text(&screen).contains("Amara Okafor"));
}

#[test]
fn a_locale_without_unicode_gets_ascii() {
    let screen = text(&demo("", &[("LANG", "C")]));
    assert!(screen.is_ascii(), "{screen}");
    assert!(screen.contains("You * online"), "{screen}");
    assert!(screen.contains("* Amara Okafor"), "{screen}");
    let screen = text(&demo("", &[("LANG", "C"), ("LC_CTYPE", "C.UTF-8")]));
    assert!(screen.contains("● Amara Okafor"), "{screen}");
}

#[test]
fn combining_letters_leave_nothing_behind_on_screen() {
    let home = Home::new();
    let terminal = home.open(&["--demo"], &[]);
    terminal.resize(50, 100);
    terminal.wait_for("प्रिया शर्मा");
    terminal.press("?");
    let is_combining = |c: char| matches!(c, '\u{900}'..='\u{97f}');
    terminal.wait_until("the help, and no letter of the list", |screen| {
        let screen = text(screen);
        screen.contains("Esc close") && !screen.contains(is_combining)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn colors_and_links_follow_the_option_the_environment_and_the_terminal() {
    let demo = Demo::start(Options::default()).await.unwrap();
    let home = Home::at(&demo).await;
    let piped = |args: &[&str], environment: &[(&str, &str)]| {
        let home = environment.iter().fold(home.clone(), |home, (name, value)| home.with(name, value));
        home.run(args).stdout
    };
    let colored = |text: &str| text.contains("\x1b[");
    assert!(!colored(&piped(&["list"], &[])));
    for environment in [&[][..], &[("NO_COLOR", "1")], &[("TERM", "dumb")]] {
        assert!(colored(&piped(&["list", "--color", "always"], environment)), "{environment:?}");
    }
    assert!(colored(&piped(&["list"], &[("CLICOLOR_FORCE", "1"), ("TERM", "")])));
    assert!(!colored(&piped(&["list", "--color=never"], &[("CLICOLOR_FORCE", "1")])));
    assert!(!piped(&["list", "--color", "always"], &[("FORCE_HYPERLINK", "1")]).contains("]8;;"));
    assert!(colored(&piped(&["--color", "always", "--help"], &[("NO_COLOR", "1")])));
    assert!(!colored(&piped(&["list", "--color=never", "--help"], &[("CLICOLOR_FORCE", "1")])));

    for (args, environment, link) in [
        (&["list"][..], ("VTE_VERSION", "7600"), true),
        (&["list"], ("TERM", "xterm-256color"), false),
        (&["list", "--color", "never"], ("VTE_VERSION", "7600"), false),
    ] {
        let mut terminal = home.open(args, &[environment]);
        assert_eq!(terminal.wait_for_exit().code(), Some(0));
        let written = terminal.written();
        let wanted = "\x1b]8;;https://matrix.to/#/@amara:demo.localhost\x1b\\Amara Okafor\x1b]8;;\x1b\\";
        assert_eq!(written.contains(wanted), link, "{args:?} {environment:?}: {written}");
    }
}

#[test]
fn the_version_is_told_in_words_and_as_json() {
    let home = Home::new();
    let words = home.run(&["--version"]).stdout;
    assert!(words.starts_with(concat!("whosin ", env!("CARGO_PKG_VERSION"), " (")), "{words}");
    assert_eq!(home.run(&["-V"]).stdout, words);
    let json: Value = serde_json::from_str(&home.run(&["--version", "--json"]).stdout).unwrap();
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    assert!(json["commit"].is_null() || json["commit"].as_str().is_some_and(|commit| words.contains(commit)));
    assert_eq!(home.run(&["--json"]).code, 2);
}
