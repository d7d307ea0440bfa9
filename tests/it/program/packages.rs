//! The files of packages: what the scripts write, and what the linters of their formats say.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use regex::Regex;
use tempfile::TempDir;

use super::{
    documents::{blocks, documents},
    manual::is_installed,
};
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
    output(Command::new(".github/scripts/files.sh").arg(WHOSIN.as_str()).arg(written.path()));
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
fn all_files_take_the_home_and_the_version_from_the_manifest() {
    let copy = TempDir::new().unwrap();
    let home = manifest()["package"]["homepage"].as_str().unwrap().to_owned();
    let (_, host) = home.trim_end_matches('/').split_once("://").unwrap();
    let mut repeating = BTreeMap::new();
    for file in output(Command::new("git").arg("ls-files")).lines() {
        let Ok(text) = fs::read_to_string(Path::new(ROOT).join(file)) else { continue };
        if text.contains(host) {
            let path = copy.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &text).unwrap();
            repeating.insert(file.to_owned(), (path, text));
        }
    }
    let write = || output(Command::new(".github/scripts/manifest.py").arg(copy.path()));
    write();
    for (file, (path, text)) in &repeating {
        assert_eq!(&fs::read_to_string(path).unwrap(), text, "{file}: run .github/scripts/manifest.py");
    }
    let version = env!("CARGO_PKG_VERSION");
    let (path, text) = &repeating["Cargo.toml"];
    let moved = text
        .replace(&format!("homepage = \"{home}\""), "homepage = \"https://forge.test/me/whosin\"")
        .replace(&format!("\nversion = \"{version}\""), "\nversion = \"99.0.0\"");
    fs::write(path, moved).unwrap();
    let (path, text) = &repeating["CHANGELOG.md"];
    fs::write(path, text.replace(&format!("## [{version}]"), "## [99.0.0]")).unwrap();
    write();
    for (file, (path, _)) in &repeating {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.contains("forge.test") && !text.contains(host), "{file} is not written by manifest.py");
        // A dependency and an earlier release may have the same version.
        let may_repeat = ["Cargo.toml", "CHANGELOG.md"].contains(&file.as_str());
        assert!(may_repeat || !text.contains(version), "{file} keeps the version");
    }
    assert!(!output(Command::new(".github/scripts/news.sh").arg(version)).trim().is_empty());
}

#[test]
fn scripts_and_entries_for_desktops_pass_their_linters() {
    let scripts =
        files(".github/scripts").into_iter().filter(|file| file.extension().is_some_and(|end| end == "sh"));
    let scripts: Vec<_> = scripts.chain([".ci/run".into(), "assets/package/PKGBUILD".into()]).collect();
    for script in &scripts {
        output(Command::new("bash").arg("-n").arg(script));
    }
    let snippets = TempDir::new().unwrap();
    let documents = documents();
    let snippet = |(number, text): (usize, &str)| {
        let file = snippets.path().join(number.to_string());
        fs::write(&file, text).unwrap();
        file
    };
    let shell = documents.iter().flat_map(|(_, text)| blocks(text)).filter(|(language, _)| *language == "sh");
    let snippets: Vec<_> = shell.map(|(_, text)| text).enumerate().map(snippet).collect();
    let package = "assets/package";
    for linter in [
        // makepkg reads the variables of a PKGBUILD, and sets others.
        Command::new("shellcheck")
            .args(["-s", "bash", "-S", "warning", "-e", "SC2034,SC2154,SC2164"])
            .args(scripts)
            .args(snippets),
        Command::new("desktop-file-validate").arg(format!("{package}/whosin.desktop")),
        Command::new("appstreamcli")
            .args(["validate", "--no-net"])
            .arg(format!("{package}/whosin.metainfo.xml")),
        Command::new("nix-instantiate").arg("--parse").arg(format!("{package}/package.nix")),
        Command::new("ruby").arg("-c").arg(format!("{package}/whosin.rb")),
    ] {
        let name = linter.get_program().to_str().unwrap().to_owned();
        if is_installed(&name) {
            output(linter);
        } else {
            announce(&format!("skipped: {name}, which is not installed"));
        }
    }
}

#[test]
fn each_crate_of_the_program_is_in_the_notices_with_its_license() {
    let targets = Regex::new("target: ([a-z0-9_-]+)").unwrap();
    let release = include_str!("../../../.github/workflows/release.yml");
    let targets: Vec<_> = targets.captures_iter(release).map(|found| found[1].to_owned()).collect();
    assert_eq!(targets.len(), 4, "{targets:?}");
    for target in targets {
        let written =
            Command::new(".github/scripts/notices.py").arg(&target).current_dir(ROOT).output().unwrap();
        let [notices, said] = [written.stdout, written.stderr].map(|text| String::from_utf8(text).unwrap());
        // The crates of another system are not there yet.
        if said.contains("failed to download") {
            announce(&format!("skipped: the notices for {target}, because there is no network"));
            continue;
        }
        assert!(written.status.success(), "{target}: {said}");
        let (list, texts) = notices.split_once("\n\n---").unwrap();
        for name in ["matrix-sdk", "ratatui", "rusqlite", "tokio"] {
            let line = list.lines().find(|line| line.starts_with(&format!("{name} "))).expect(name);
            let (crate_and_version, _) = line.split_once(": ").unwrap();
            assert!(texts.contains(crate_and_version), "{target}: the license of {line}");
        }
        assert!(!list.contains("\ninsta ") && !list.contains("see its license file"), "{target}: {list}");
    }
}
