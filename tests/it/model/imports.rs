//! The architecture, read from the sources: which part may know of which.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A source file, and the part of the program that it belongs to: `src/own/wait.rs` belongs to `own`.
struct Source {
    path: PathBuf,
    part: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let relative = path.strip_prefix(&root).unwrap();
            let part = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
            let code = code_of(&fs::read_to_string(&path).unwrap());
            sources.push(Source { path, part, code });
        }
    }
    assert!(sources.len() > 40, "where are the sources?");
    sources
}

/// A file without its comments.
fn code_of(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The parts of the crate that a file names: `crate::own`, or each of `use crate::{own, event::PresenceUpdate}`.
fn named(code: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for (_, rest) in code.match_indices("crate::").map(|(at, found)| (at, &code[at + found.len()..])) {
        match rest.strip_prefix('{') {
            None => parts.push(word(rest)),
            Some(list) => {
                let mut depth = 0;
                let mut at_start = true;
                for (at, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => at_start = true,
                        c if at_start && c.is_alphabetic() => {
                            parts.push(word(&list[at..]));
                            at_start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    parts
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn imports_point_one_way() {
    let table = [
        ("model", "cli ui"),
        ("ui", "model cli store host engine server"),
        ("store", "model server"),
        ("host", "model cli"),
        ("server", "model store"),
        ("engine", "model cli store server"),
        ("demo", ""),
        ("cli", "model ui store host server engine demo"),
        ("lib", ""),
    ];
    for source in sources() {
        let Some((_, allowed)) = table.iter().find(|(part, _)| *part == source.part) else {
            assert_eq!(source.part, "main", "{}: a new part needs a line here", source.path.display());
            continue;
        };
        for part in named(&source.code) {
            let fine = part == source.part || allowed.split(' ').any(|allowed| allowed == part);
            assert!(fine, "{} must not know of {part}", source.path.display());
        }
    }
}

#[test]
fn each_library_has_its_place() {
    let table: [(&str, &[&str]); 7] = [
        ("ratatui", &["ui"]),
        ("crossterm", &["model", "ui"]),
        ("axum", &["demo"]),
        ("tokio::", &["server", "demo", "engine", "host", "ui", "cli", "main"]),
        ("print!", &[]),
        ("println!", &[]),
        ("Instant::now", &["server", "demo", "cli", "ui"]),
    ];
    for source in sources() {
        for (library, places) in table {
            let fine = places.contains(&source.part.as_str()) || !source.code.contains(library);
            assert!(fine, "{} must not know of {library}", source.path.display());
        }
        let sdk =
            source.code.matches("matrix_sdk").count() == source.code.matches("matrix_sdk::ruma").count();
        assert!(sdk || source.part == "server", "{}: only its identifiers", source.path.display());
    }
}

#[test]
fn each_file_says_first_what_it_is_for() {
    for source in sources() {
        let text = fs::read_to_string(&source.path).unwrap();
        assert!(text.starts_with("//! "), "{}", source.path.display());
        assert_ne!(source.path.file_name().unwrap(), "mod.rs");
    }
}
