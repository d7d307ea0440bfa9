//! Tells the program its commit and its date, for `--version` and the manual. Makes the static program smaller.

use std::{env, fs, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=assets/build.rs");
    println!("cargo::rerun-if-changed=CHANGELOG.md");
    // A development build would be compiled again after each commit.
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let [commit, date] = if is_release { origin() } else { [None, None] };
    println!("cargo::rustc-env=WHOSIN_COMMIT={}", commit.unwrap_or_default());
    println!("cargo::rustc-env=WHOSIN_DATE={}", date.or_else(released).unwrap_or_default());
    // A static program moves itself. musl reads this short list of what has to move since 1.2.4, and Rust brings a newer
    // one. It saves a megabyte.
    if is_release && env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "musl") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// Returns the commit and its date, as far as the source tells them.
fn origin() -> [Option<String>; 2] {
    // A packaged crate names its commit, and may lie in somebody else's repository.
    if let Ok(info) = fs::read_to_string(".cargo_vcs_info.json") {
        let commit =
            info.split('"').find(|word| word.len() == 40 && word.bytes().all(|c| c.is_ascii_hexdigit()));
        return [commit.map(|commit| commit[..10].to_owned()), None];
    }
    if git(&["ls-files", "--error-unmatch", "Cargo.toml"]).is_none() {
        return [None, None];
    }
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }
    [git(&["rev-parse", "--short=10", "HEAD"]), git(&["show", "--no-patch", "--format=%cs"])]
}

/// Returns the date of this version in the changelog, else of the one before: `## [0.2.0] - 2026-11-26`.
fn released() -> Option<String> {
    let changelog = fs::read_to_string("CHANGELOG.md").ok()?;
    let dated = changelog.lines().find_map(|line| line.strip_prefix("## [")?.split_once("] - "));
    dated.map(|(_, date)| date.to_owned())
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
