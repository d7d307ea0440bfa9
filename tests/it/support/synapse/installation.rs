//! Synapse from the Python package index, installed once below the target directory.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

/// The version of all measurements. Review a newer one like any change.
const REQUIREMENT: &str = "matrix-synapse==1.163.2";

/// The Python that can import Synapse, or a sentence that says why there is none.
///
/// The first caller of all test processes installs it while the others wait. A failure is remembered, so that
/// fifty tests do not try fifty times.
pub fn python() -> Result<&'static Path, &'static str> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    PYTHON.get_or_init(|| install_below(target())).as_ref().map(PathBuf::as_path).map_err(String::as_str)
}

/// The directory that `cargo clean` removes.
pub fn target() -> &'static Path {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    scratch.parent().unwrap_or(scratch)
}

fn install_below(target: &Path) -> Result<PathBuf, String> {
    let environment = target.join("synapse-venv");
    let python = environment.join("bin/python");
    let stamp = environment.join("installed.txt");

    let _held = lock(&target.join("synapse-venv.lock"))?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == REQUIREMENT) {
        return Ok(python);
    }
    // Bypasses the test runner, which holds output back: a first run spends its first minute here.
    announce(&format!("installing {REQUIREMENT} into {} (once)", environment.display()));
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--disable-pip-version-check"])
        .arg(REQUIREMENT))?;
    // Written last: without it the next run begins again.
    fs::write(&stamp, REQUIREMENT).map_err(|error| format!("cannot write {}: {error}", stamp.display()))?;
    Ok(python)
}

/// Waits until no other process holds the lock; it is released with the returned file.
pub fn lock(path: &Path) -> Result<File, String> {
    let hold = |path| {
        let file = File::create(path)?;
        file.lock()?;
        Ok(file)
    };
    hold(path).map_err(|error: std::io::Error| format!("cannot lock {}: {error}", path.display()))
}

/// Prints a line that the test runner does not hold back.
pub fn announce(line: &str) {
    use std::io::Write;
    // If standard error is gone, nobody can be told.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Runs a command to its end; a sentence says why it failed.
pub fn run(command: &mut Command) -> Result<(), String> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            Err(format!("{} failed ({}): {}", spelled(command), output.status, last_lines(&output)))
        }
        Err(error) => Err(format!("{} could not be started: {error}", spelled(command))),
    }
}

fn spelled(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    format!("`{}`", words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" "))
}

fn last_lines(output: &Output) -> String {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<_> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}

#[test]
fn a_failed_installation_names_the_command_and_what_it_said() {
    let failure = run(Command::new("python3").args(["-c", "import sys; sys.exit('no network today')"]));
    let sentence = failure.unwrap_err();
    assert!(sentence.starts_with("`python3 -c import sys"), "{sentence}");
    assert!(sentence.ends_with("(exit status: 1): no network today"), "{sentence}");
}

#[test]
fn a_missing_python_is_named() {
    let sentence = run(&mut Command::new("no-such-python")).unwrap_err();
    assert!(sentence.starts_with("`no-such-python` could not be started: "), "{sentence}");
}
