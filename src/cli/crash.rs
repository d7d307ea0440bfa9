//! Crash reports: a panic leaves a file that says where it was, without secrets.

use std::{
    backtrace::Backtrace,
    env,
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    panic::{self, PanicHookInfo},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use jiff::Timestamp;

use super::{
    output::{message, print_error},
    version,
};
use crate::{model::text as clean, store::profile};

/// The file of the first panic of this process. Those that follow are often its consequence. `None`: it could not be
/// written.
static SAVED: OnceLock<Option<PathBuf>> = OnceLock::new();

/// How many reports are kept. A service that crashes after each restart must not fill the disk.
const KEPT: usize = 10;

/// The shortest run of letters and digits that can be a token, a password or a key.
const SECRET: usize = 16;

/// Makes each panic leave a file, before the hook that is installed.
pub fn install() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        SAVED.get_or_init(|| save(info).ok());
        report(info);
    }));
}

/// Writes the report of a panic to standard error, and where the file is.
pub fn tell(report: &str) {
    print_error(format_args!("{report}\n"));
    if let Some(Some(file)) = SAVED.get() {
        let home = env!("CARGO_PKG_HOMEPAGE");
        message(format_args!("this is a bug. {} has a report for {home}", file.display()));
    }
}

fn save(info: &PanicHookInfo<'_>) -> io::Result<PathBuf> {
    let directory = profile::current().state_directory()?;
    DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
    let now = Timestamp::now();
    let path = directory.join(format!("crash-{}.txt", now.as_second()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let words = info.payload_as_str().unwrap_or("no message");
    let text = text(now, &place, words);
    // A program of a package has no names for it.
    let trace = Backtrace::force_capture().to_string();
    let trace = if trace.lines().all(|line| line.ends_with("<unknown>")) { "" } else { &trace };
    file.write_all(format!("{text}\n{trace}\n").as_bytes())?;
    // The new report is there in any case.
    let _ = sweep(&directory);
    Ok(path)
}

/// Removes the oldest reports. Their names have the time.
fn sweep(directory: &Path) -> io::Result<()> {
    let files = fs::read_dir(directory)?.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let is_report = |name: &String| {
        let time = name.strip_prefix("crash-").and_then(|name| name.strip_suffix(".txt"));
        time.is_some_and(|time| time.parse::<i64>().is_ok())
    };
    let mut reports: Vec<String> = files.filter(is_report).collect();
    reports.sort();
    reports.iter().rev().skip(KEPT).try_for_each(|name| fs::remove_file(directory.join(name)))
}

fn text(now: Timestamp, place: &str, words: &str) -> String {
    // They can quote text from others.
    let words = without_secrets(&clean::line(words));
    let version = version::words();
    let (os, arch, term) = (env::consts::OS, env::consts::ARCH, env::var("TERM").unwrap_or_default());
    format!("{version}, {os} {arch}, TERM={term}\n{now}\npanicked at {place}:\n{words}\n")
}

/// Hides words that can be secrets or name people: long ones with a digit, and those with an `@`.
fn without_secrets(words: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '=' | '.' | '/' | '~');
    let is_secret = |word: &str| {
        let longest = word.split(|c| !is_part(c)).filter(|run| run.contains(|c: char| c.is_ascii_digit()));
        word.contains('@') || longest.map(str::len).max().is_some_and(|length| length >= SECRET)
    };
    let shown = |word| if is_secret(word) { "[hidden]" } else { word };
    words.split(' ').map(shown).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_happened_without_tokens_and_names_of_people() {
        for (words, shown) in [
            ("index out of bounds: the len is 3 but the index is 7", None),
            ("called `Option::unwrap()` on a `None` value", None),
            ("token syt_YWxpY2U_abcdefgh1234_0x is wrong", Some("token [hidden] is wrong")),
            ("Bearer(\"mat_0123456789abcdef0123\")", Some("[hidden]")),
            ("for @alice:example.org it fails", Some("for [hidden] it fails")),
        ] {
            assert_eq!(without_secrets(words), shown.unwrap_or(words));
        }
        let text = text(Timestamp::UNIX_EPOCH, "src/model.rs:7:9", "it fails");
        assert!(
            text.ends_with("\n1970-01-01T00:00:00Z\npanicked at src/model.rs:7:9:\nit fails\n"),
            "{text}"
        );
        let quoted = "index 5 is inside a character of `\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\rforged`";
        let text = super::text(Timestamp::UNIX_EPOCH, "src/model.rs:7:9", quoted);
        assert!(!text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text:?}");
    }
}
