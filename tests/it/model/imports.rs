//! The architecture, read from the sources: which part may know of which.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// A source file. `src/model/own/wait.rs` belongs to the part `model`.
struct Source {
    /// Its path below `src`.
    path: String,
    part: String,
    text: String,
    code: String,
}

impl Source {
    /// Whether it is one of these files, or in one of these folders.
    fn is_in(&self, places: &[&str]) -> bool {
        let path = self.path.trim_end_matches(".rs");
        places.iter().any(|place| path == *place || path.starts_with(&format!("{place}/")))
    }
}

fn sources() -> Vec<Source> {
    let root = root();
    let mut sources = Vec::new();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let file = entry.unwrap().path();
            if file.is_dir() {
                directories.push(file);
                continue;
            }
            let names = file.strip_prefix(&root).unwrap().iter().map(|name| name.to_str().unwrap());
            let path = names.collect::<Vec<_>>().join("/");
            let part = path.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&file).unwrap();
            let code = code_of(&text);
            sources.push(Source { path, part, text, code });
        }
    }
    assert!(sources.len() > 40, "where are the sources?");
    sources.sort_by(|left, right| left.path.cmp(&right.path));
    sources
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All violations at once: whoever moves code wants to see them together.
#[track_caller]
fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
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

/// How often the longest `super::super::…` of the code leads upwards.
fn climbs(code: &str) -> usize {
    let chains = code.match_indices("super::").map(|(at, _)| {
        let mut rest = &code[at..];
        let mut length = 0;
        while let Some(after) = rest.strip_prefix("super::") {
            (rest, length) = (after, length + 1);
        }
        length
    });
    chains.max().unwrap_or_default()
}

/// A code without its unit tests, which stand at its end.
fn without_tests(code: &str) -> &str {
    code.split("#[cfg(test)]").next().unwrap()
}

/// The types that a file has an `impl` of, but for those of traits.
fn implemented(code: &str) -> BTreeSet<String> {
    let header = |line: &str| {
        let rest = line.strip_prefix("impl")?;
        let rest = after_generics(rest);
        let is_of_trait = rest.split('{').next()?.contains(" for ");
        Some(word(rest)).filter(|name| !is_of_trait && !name.is_empty())
    };
    code.lines().filter_map(header).collect()
}

/// What follows the `<T: Into<String>>` of an `impl`.
fn after_generics(rest: &str) -> &str {
    let mut depth = 0;
    let mut before = ' ';
    for (at, c) in rest.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if before != '-' => depth -= 1,
            c if depth == 0 && !c.is_whitespace() => return &rest[at..],
            _ => {}
        }
        before = c;
    }
    ""
}

/// Whether a file defines a type.
fn defines(code: &str, name: &str) -> bool {
    ["struct", "enum"].iter().any(|keyword| {
        let definition = format!("{keyword} {name}");
        code.match_indices(&definition).any(|(at, _)| word(&code[at + keyword.len() + 1..]) == name)
    })
}

#[test]
fn imports_point_one_way() {
    let table = [
        ("model", ""),
        ("ui", "model"),
        ("server", "model"),
        ("store", "model"),
        ("host", "model"),
        ("engine", "model server store host"),
        ("cli", "model ui server store host engine demo"),
        ("demo", ""),
        ("lib", ""),
        ("main", ""),
    ];
    let mut violations = Vec::new();
    for source in sources() {
        let Some((_, allowed)) = table.iter().find(|(part, _)| *part == source.part) else {
            violations.push(format!("{}: a new part needs a row", source.path));
            continue;
        };
        for part in named(&source.code) {
            if part != source.part && !allowed.split(' ').any(|allowed| allowed == part) {
                violations.push(format!("{} must not know of {part}", source.path));
            }
        }
        if climbs(without_tests(&source.code)) >= source.path.split('/').count() {
            violations.push(format!("{} leaves {} with super::", source.path, source.part));
        }
    }
    assert_none(&violations);
}

/// Each library by the files and folders that may name it.
const PLACES: [(&str, &[&str]); 12] = [
    ("ratatui", &["ui"]),
    // The dashboard copies to the clipboard with an escape sequence of the terminal.
    ("crossterm", &["ui", "cli/dashboard", "cli/board"]),
    ("axum", &["demo", "server/auth"]),
    ("tokio::", &["server", "store", "host", "engine", "cli", "demo", "ui/terminal", "main"]),
    ("rusqlite", &["store"]),
    ("clap", &["cli", "main", "model/presence"]),
    ("Instant::now", &["server", "host", "engine", "cli", "demo", "ui/terminal"]),
    ("Timestamp::now", &["server", "engine", "cli", "demo"]),
    ("SystemTime::now", &[]),
    ("print!", &[]),
    ("println!", &[]),
    ("dbg!", &[]),
];

#[test]
fn each_library_has_its_place() {
    let mut violations = Vec::new();
    for source in sources() {
        for (library, places) in PLACES {
            if names_library(&source.code, library) && !source.is_in(places) {
                violations.push(format!("{} must not know of {library}", source.path));
            }
        }
        let sdk = source.code.matches("matrix_sdk").count();
        let ruma = source.code.matches("matrix_sdk::ruma").count();
        if sdk != ruma && source.part != "server" {
            violations.push(format!("{}: of matrix_sdk only its identifiers", source.path));
        }
    }
    assert_none(&violations);
}

/// Whether a word, or a macro, stands in the code as such.
fn names_library(code: &str, library: &str) -> bool {
    code.match_indices(library).any(|(at, found)| {
        let after = code[at + found.len()..].chars().next();
        // `ratatui_core` is `ratatui`.
        let is_whole = found.ends_with("::") || !after.is_some_and(char::is_alphanumeric);
        let before = code[..at].chars().next_back();
        let begins = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
        // `eprint!` is no better than `print!`.
        is_whole && (begins || library.starts_with("print"))
    })
}

#[test]
fn a_type_has_its_methods_in_three_files_at_most() {
    let sources = sources();
    let mut files: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
    for source in &sources {
        for name in implemented(&source.code) {
            let in_part = sources.iter().filter(|other| other.part == source.part);
            let definitions = in_part.filter(|other| defines(&other.code, &name));
            let nearest = definitions.max_by_key(|other| shared(&source.path, &other.path));
            let nearest = nearest.map_or(&*source.path, |definition| &*definition.path);
            files.entry((nearest, name)).or_default().push(&source.path);
        }
    }
    assert!(files.len() > 100, "where are the types?");
    let scattered = files.iter().filter(|(_, files)| files.len() > 3);
    let violations = scattered.map(|((_, name), files)| format!("{name}: {}", files.join(", ")));
    assert_none(&violations.collect::<Vec<_>>());
}

/// How much of their paths two files share; a file shares the most with itself.
fn shared(path: &str, other: &str) -> usize {
    let names =
        |path: &str| path.trim_end_matches(".rs").split('/').map(ToOwned::to_owned).collect::<Vec<_>>();
    let (path, other) = (names(path), names(other));
    let common = path.iter().zip(&other).take_while(|(left, right)| left == right).count();
    2 * common + usize::from(common == other.len())
}

#[test]
fn the_source_folder_shows_ten_names_at_most() {
    let names = fs::read_dir(root()).unwrap().map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.trim_end_matches(".rs").to_owned()
    });
    let names: BTreeSet<String> = names.collect();
    assert!(names.len() <= 10, "{names:?}");
}

/// The fields and variants of types with a derived `Debug` that hold a secret as plain text.
fn shown_secrets(code: &str) -> Vec<String> {
    let mut shown = Vec::new();
    let mut end: Option<String> = None;
    let mut derives = false;
    for line in code.lines() {
        let text = line.trim_start();
        let indent = &line[..line.len() - text.len()];
        if let Some(close) = &end {
            if line == close {
                end = None;
            } else if is_secret(text) {
                shown.push(text.to_owned());
            }
        } else if text.starts_with("#[derive(") {
            derives = text.contains("Debug");
        } else if derives && !text.starts_with("#[") {
            derives = false;
            let is_type = text.contains("struct ") || text.contains("enum ");
            if is_type && text.ends_with('{') {
                end = Some(format!("{indent}}}"));
            } else if is_type && is_secret(text.trim_start_matches("pub ").trim_start_matches("struct ")) {
                shown.push(text.to_owned());
            }
        }
    }
    shown
}

/// Whether a field, a variant or a tuple is named after a secret and holds plain text.
fn is_secret(text: &str) -> bool {
    let text =
        text.trim_start_matches("pub(super) ").trim_start_matches("pub(crate) ").trim_start_matches("pub ");
    let Some((name, r#type)) = text.split_once([':', '(']) else { return false };
    let name = name.to_lowercase();
    let names = ["token", "secret", "password", "verifier", "credential"];
    let is_named =
        names.iter().any(|secret| name.contains(secret)) || name == "code" || name.ends_with("_code");
    is_named && (r#type.contains("String") || r#type.contains("str"))
}

#[test]
fn no_type_shows_a_secret_by_a_derived_debug() {
    let violations = sources().into_iter().filter(|source| !source.is_in(&["demo"])).flat_map(|source| {
        let shown = shown_secrets(without_tests(&source.code));
        shown.into_iter().map(move |field| format!("{}: {field}", source.path))
    });
    assert_none(&violations.collect::<Vec<_>>());
    for bad in [
        "#[derive(Clone, Debug)]\npub struct A {\n    pub access_token: String,\n}\n",
        "#[derive(Debug)]\n#[serde(x)]\nenum A {\n    Password(String),\n}\n",
        "#[derive(Debug)]\npub struct Secret(pub String);\n",
    ] {
        assert_eq!(shown_secrets(bad).len(), 1, "{bad}");
    }
    let fine = "#[derive(Debug)]\nstruct A {\n    token: AccessToken,\n    store: TokenStore,\n    errcode: String,\n}\n";
    assert!(shown_secrets(fine).is_empty());
}

#[test]
fn each_file_says_first_what_it_is_for() {
    for source in sources() {
        assert!(source.text.starts_with("//! "), "{}", source.path);
        assert!(!source.path.ends_with("mod.rs"), "{}", source.path);
    }
}

#[test]
fn the_sources_are_read_as_they_are_meant() {
    let code = "use crate::{\n    model::{own, ui},\n    store,\n};\ncrate::host::run();";
    assert_eq!(named(code), ["model", "store", "host"]);
    assert_eq!(climbs("use super::super::own;\nuse super::wait;"), 2);
    let code = "impl Own {\nimpl<'a, F: Fn() -> Box<u8>> Report<'a> {\nimpl fmt::Display for Own {\nimpl<T> From<T> for A {";
    assert_eq!(implemented(code), BTreeSet::from(["Own".to_owned(), "Report".to_owned()]));
    assert!(defines("pub(super) struct Log {", "Log") && !defines("struct LogEntry {", "Log"));
    assert!(names_library("eprintln!(", "println!") && names_library("use axum::Router;", "axum"));
    assert!(!names_library("fn on_taxum()", "axum") && !names_library("claps", "clap"));
}
