//! The fuzz targets as a plain loop: their corpus, and mutations of it. The same mutations in each run, unless
//! `WHOSIN_FUZZ_SEED` is a number. `WHOSIN_FUZZ_ROUNDS` is how many mutations each target gets.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use fastrand::Rng;
use serde_json::{Value, json};

#[path = "../fuzz/targets.rs"]
mod targets;

/// The mutations of each target: all together take some seconds without optimization.
const ROUNDS: u64 = 5_000;
/// The longest input.
const LONGEST: usize = 16 * 1024;

/// Pieces that parsers trip over.
const PIECES: [&[u8]; 22] = [
    b"null",
    b"-1",
    b"1e999",
    b"0.0",
    b"18446744073709551616",
    b"[[[[[[[[",
    b"{\"a\":",
    b"\"\\ud800\"",
    b"\\u0000",
    b"\"\"",
    b"\x1b[31m",
    b"\x1b]0;x\x07",
    b"\xc2\x9b",
    b"\xe2\x80\xae",
    b"\xe3\x85\xa4",
    b"\xff",
    b"\r\n",
    b"\0",
    b"@:",
    b"!",
    b"{",
    b"%{",
];

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let mut files: Vec<_> =
        fs::read_dir(corpus).expect("a corpus").map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Replaces a value somewhere in JSON. Most changes of bytes make none of it, which parsers find out at once.
fn mutate_value(value: &mut Value, rng: &mut Rng) {
    let here = rng.u8(..4) == 0;
    match value {
        Value::Array(values) if !here && !values.is_empty() => {
            let at = rng.usize(..values.len());
            mutate_value(&mut values[at], rng);
        }
        Value::Object(members) if !here && !members.is_empty() => {
            let at = rng.usize(..members.len());
            mutate_value(members.values_mut().nth(at).expect("it is one of them"), rng);
        }
        Value::Object(members) if rng.bool() => {
            let (name, member) =
                members.iter().next().map(|(name, it)| (name.clone(), it.clone())).unwrap_or_default();
            members.insert(format!("{name}\u{1b}"), member);
        }
        value => *value = odd(rng),
    }
}

/// A value that no field expects.
fn odd(rng: &mut Rng) -> Value {
    let hostile = "\u{1b}]0;x\u{7}\u{9b}1m\u{202e}\r\n\0\u{3164}\u{200c}\u{301}";
    match rng.u8(..12) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(1e300),
        4 => json!(u64::MAX),
        5 => json!([]),
        6 => json!({"a": [hostile, null]}),
        7 => json!("x".repeat(rng.usize(..3_000))),
        8 => json!(format!("@{hostile}:x")),
        9 => json!(format!("!{hostile}:x")),
        10 => json!(""),
        _ => json!(hostile),
    }
}

/// Changes an input in one place.
fn mutate(input: &mut Vec<u8>, seeds: &[Vec<u8>], rng: &mut Rng) {
    let at = rng.usize(..=input.len());
    let end = (at + rng.usize(..16)).min(input.len());
    match rng.u8(..6) {
        0 if at < input.len() => input[at] ^= 1 << rng.u8(..8),
        1 => drop(input.drain(at..end)),
        2 => {
            let copy = input[at..end].to_vec();
            input.splice(at..at, copy);
        }
        3 => {
            let other = &seeds[rng.usize(..seeds.len())];
            let from = rng.usize(..=other.len());
            let to = (from + rng.usize(..64)).min(other.len());
            input.splice(at..end, other[from..to].iter().copied());
        }
        _ => drop(input.splice(at..end, PIECES[rng.usize(..PIECES.len())].iter().copied())),
    }
    input.truncate(LONGEST);
}

fn run(name: &str, input: &[u8]) {
    let survived = catch_unwind(AssertUnwindSafe(|| targets::run(name, input)));
    let text = String::from_utf8_lossy(input);
    assert!(survived.is_ok(), "the target {name} fails with {text:?}, the bytes {input:?}");
}

fn fuzz(name: &str) {
    let number = |variable: &str| std::env::var(variable).ok().and_then(|it| it.parse::<u64>().ok());
    let seed = number("WHOSIN_FUZZ_SEED").unwrap_or(1);
    let mut rng = Rng::with_seed(seed);
    let seeds = seeds(name);
    assert!(seeds.len() >= 3, "{name} has a corpus");
    for seed in &seeds {
        run(name, seed);
    }
    for _ in 0..number("WHOSIN_FUZZ_ROUNDS").unwrap_or(ROUNDS) {
        let mut input = seeds[rng.usize(..seeds.len())].clone();
        if let Ok(mut value) = serde_json::from_slice::<Value>(&input) {
            (0..rng.usize(..4)).for_each(|_| mutate_value(&mut value, &mut rng));
            input = value.to_string().into_bytes();
        }
        for _ in 0..rng.usize(..4) {
            mutate(&mut input, &seeds, &mut rng);
        }
        run(name, &input);
    }
}

#[test]
fn no_parser_fails_whatever_others_send() {
    let names: Vec<&str> = targets::names().collect();
    std::thread::scope(|scope| {
        for names in names.chunks(6) {
            scope.spawn(|| names.iter().for_each(|name| fuzz(name)));
        }
    });
}

#[test]
fn the_first_example_of_what_whosin_writes_is_read() {
    for name in targets::own() {
        let example = String::from_utf8(seeds(name).swap_remove(0)).unwrap();
        assert_eq!(targets::reads(name, &example), Some(true), "{name}: {example}");
    }
}

#[test]
fn each_target_has_a_program_for_libfuzzer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    for name in targets::names() {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} has a program");
        assert!(folder.join(format!("fuzz_targets/{name}.rs")).is_file(), "{name} has a source");
    }
    let programs = manifest.matches("[[bin]]").count();
    assert_eq!(programs, targets::names().count());
}
