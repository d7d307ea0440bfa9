//! The files of packages: what the scripts write, and what the linters of their formats say.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::manual::is_installed;
use crate::support::{home::WHOSIN, synapse::announce};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The output of a command that succeeds.
fn output(command: &mut Command) -> String {
    let output = command.current_dir(ROOT).output().expect("it starts");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {words}{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn manifest() -> toml::Table {
    toml::from_str(&fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).unwrap()).unwrap()
}

/// The files of a folder of the repository.
fn files(folder: &str) -> Vec<PathBuf> {
    fs::read_dir(Path::new(ROOT).join(folder)).unwrap().map(|file| file.unwrap().path()).collect()
}

#[test]
fn each_file_of_the_packages_is_in_the_repository_or_written_by_a_script() {
    let written = TempDir::new().unwrap();
    output(Command::new(".github/scripts/files.sh").arg(WHOSIN).arg(written.path()));
    let metadata = &manifest()["package"]["metadata"];
    let deb = metadata["deb"]["assets"].as_array().unwrap().iter().map(|asset| asset[0].clone());
    let rpm =
        metadata["generate-rpm"]["assets"].as_array().unwrap().iter().map(|asset| asset["source"].clone());
    let sources: BTreeSet<String> =
        deb.chain(rpm).map(|source| source.as_str().unwrap().to_owned()).collect();
    for source in sources {
        let (root, file) = match source.strip_prefix("target/files/") {
            // The notices are for a target, and the program is built.
            Some("THIRD-PARTY.txt") => continue,
            Some(file) => (written.path(), file),
            None if source == "target/release/whosin" => continue,
            None => (Path::new(ROOT), source.as_str()),
        };
        let (folder, name) = file.rsplit_once('/').unwrap_or((".", file));
        let (start, end) = name.split_once('*').unwrap_or((name, ""));
        let mut found = fs::read_dir(root.join(folder)).unwrap();
        let is_there = found.any(|found| {
            let found = found.unwrap().file_name().into_string().unwrap();
            found.starts_with(start) && found.ends_with(end)
        });
        assert!(is_there, "{source}");
    }
}

#[test]
fn packages_name_the_version_and_the_home_of_the_manifest() {
    let package = &manifest()["package"];
    let [version, home] = ["version", "homepage"].map(|key| package[key].as_str().unwrap().to_owned());
    for (file, versioned) in [
        ("assets/package/PKGBUILD", format!("pkgver={version}\n")),
        ("assets/package/package.nix", format!("version = \"{version}\";")),
        ("assets/package/whosin.rb", format!("/v{version}.tar.gz")),
        ("assets/package/whosin.metainfo.xml", format!("<release version=\"{version}\"")),
    ] {
        let text = fs::read_to_string(Path::new(ROOT).join(file)).unwrap();
        assert!(text.contains(&versioned), "{versioned} in {file}");
        assert!(text.contains(home.trim_end_matches('/')), "{home} in {file}");
    }
    assert!(!output(Command::new(".github/scripts/news.sh").arg(&version)).trim().is_empty());
}

#[test]
fn the_scripts_and_the_entries_for_desktops_pass_their_linters() {
    for script in
        files(".github/scripts").iter().filter(|file| file.extension().is_some_and(|end| end == "sh"))
    {
        output(Command::new("bash").arg("-n").arg(script));
    }
    output(Command::new("bash").args(["-n", "assets/package/PKGBUILD"]));
    for (linter, args) in [
        ("desktop-file-validate", &["assets/package/whosin.desktop"][..]),
        ("appstreamcli", &["validate", "--no-net", "assets/package/whosin.metainfo.xml"]),
        ("shellcheck", &["-S", "warning", ".github/scripts/files.sh", ".github/scripts/archive.sh"]),
    ] {
        if is_installed(linter) {
            output(Command::new(linter).args(args));
        } else {
            announce(&format!("skipped: {linter}, which is not installed"));
        }
    }
}

#[test]
fn each_crate_of_the_program_is_in_the_notices_with_its_license() {
    let notices = output(Command::new(".github/scripts/notices.py").arg("x86_64-unknown-linux-musl"));
    let (list, texts) = notices.split_once("\n\n---").unwrap();
    for name in ["matrix-sdk", "ratatui", "rusqlite", "tokio"] {
        let line = list.lines().find(|line| line.starts_with(&format!("{name} "))).expect(name);
        let (crate_and_version, _) = line.split_once(": ").unwrap();
        assert!(texts.contains(crate_and_version), "the license of {line}");
    }
    assert!(!list.contains("\ninsta ") && !list.contains("see its license file"), "{list}");
}
