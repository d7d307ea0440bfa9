//! The text of the configuration: the default, the parser, and mistakes with their lines.

use std::mem;

use thiserror::Error;

use super::{Config, keys};

/// The default configuration without `[keys]`, which follows from the table of bindings.
const DEFAULT: &str = include_str!("../../../assets/config.toml");

/// Returns the default configuration with explanations. It is a valid file.
#[must_use]
pub fn printed() -> String {
    let home = env!("CARGO_PKG_HOMEPAGE").trim_end_matches('/');
    format!("#:schema {home}/config.schema.json\n\n{DEFAULT}{}", keys::printed())
}

/// Returns each key with its default, and its explanation, in which backquotes mark commands.
pub(in crate::cli) fn explained() -> Vec<(&'static str, String)> {
    let mut keys = Vec::new();
    let mut explanation: Vec<&str> = Vec::new();
    for line in DEFAULT.lines() {
        match (line.strip_prefix("# "), line.strip_prefix('#')) {
            (Some(words), _) => explanation.push(words),
            (None, Some(key)) => keys.push((key, mem::take(&mut explanation).join(" "))),
            (None, None) => explanation.clear(),
        }
    }
    keys
}

/// A mistake in the configuration.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("line {line}: {what}")]
pub struct ConfigError {
    /// The line, counted from one.
    pub line: usize,
    what: String,
}

impl ConfigError {
    /// Returns what is wrong, without the line.
    pub(super) fn what(&self) -> &str {
        &self.what
    }
}

/// Parses a configuration.
///
/// # Errors
///
/// [`ConfigError`] for the first mistake.
pub fn parse(text: &str) -> Result<Config, ConfigError> {
    let error_at = |at: usize, what| ConfigError { line: text[..at].matches('\n').count() + 1, what };
    let mut config: Config = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        error_at(start, explain(error.message()))
    })?;
    config.keymap = config.keys.keymap().map_err(|(span, what)| error_at(span.start, what))?;
    Ok(config)
}

/// What the TOML parser says about a text that is no TOML, by its first words, and what that means.
const SYNTAX: [(&str, &str); 18] = [
    ("string values must be quoted", "a value is missing, or a text has no quotes; write a text as \"text\""),
    ("invalid basic string", "a text has no closing \""),
    ("invalid literal string", "a text has no closing '"),
    ("invalid multi-line", "a text over several lines has no closing quotes"),
    ("missing escaped value", "a \\ in a text is written as \\\\"),
    ("unclosed array", "a list has no closing ]"),
    ("missing comma between array", "a comma is missing in a list"),
    ("extra comma in array", "a comma is too many in a list"),
    ("unclosed table", "a [table] has no closing ]"),
    ("unclosed inline table", "a table has no closing }"),
    ("unquoted keys cannot be empty", "a key is missing; write key = value"),
    ("invalid key-value pair", "a key is missing; write key = value"),
    ("key with no value", "a key has no value; write key = value"),
    ("unexpected key or value", "more than one value or key is on a line"),
    ("invalid boolean", "this is no value; write true or false"),
    ("duplicate key", "this key was there before"),
    ("integer number overflowed", "this number is too large"),
    ("unexpected leading zero", "a number cannot begin with 0"),
];

/// Rewrites the TOML parser's message. Suggests a similar key for an unknown one.
fn explain(message: &str) -> String {
    if let Some((_, meaning)) = SYNTAX.iter().find(|(words, _)| message.starts_with(words)) {
        return (*meaning).to_owned();
    }
    if let Some((value, rest)) = message.strip_prefix("unknown variant `").and_then(|it| it.split_once("`, "))
    {
        return format!("invalid value \"{value}\"; {}", rest.replace('`', "\""));
    }
    let mismatch = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    if let Some((found, expected)) = mismatch.and_then(|it| it.split_once(", expected ")) {
        return format!("this is {}, but {} is expected", found_in_words(found), expected_in_words(expected));
    }
    let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
    let Some((key, rest)) = unknown else { return message.replace('`', "\"") };
    let known = rest.split('`').skip(1).step_by(2);
    let near = known.map(|known| (strsim::damerau_levenshtein(key, known), known)).min();
    match near {
        Some((distance, known)) if distance <= 3 => format!("unknown key {key}; did you mean {known}?"),
        _ => format!("unknown key {key}; `whosin config` prints all keys"),
    }
}

/// Returns what serde has found, in the words of TOML.
fn found_in_words(found: &str) -> String {
    let value = found.split(['`', '"']).nth(1).unwrap_or_default();
    match found.split([' ', '`', '"']).next().unwrap_or_default() {
        "string" => format!("the text \"{value}\""),
        "integer" | "floating" => format!("the number {value}"),
        "boolean" => value.to_owned(),
        "sequence" => "a list".to_owned(),
        "map" => "a table".to_owned(),
        _ => found.to_owned(),
    }
}

/// Returns what serde expects, in the words of TOML.
fn expected_in_words(expected: &str) -> &str {
    match expected {
        "a boolean" => "true or false",
        "a string" => "a text in quotes",
        "a map" | "map" => "a table",
        "usize" | "u64" | "i64" => "a whole number from 0 on",
        expected if expected.starts_with("struct ") => "a table with keys of its own",
        expected => expected,
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::{
        cli::config::{Keys, OnQuit, Palette, Start},
        host::chat::Chat,
        model::presence::State,
        store::secrets::TokenStorePreference,
    };

    #[test]
    fn the_printed_default_is_the_default_with_and_without_its_marks() {
        let printed = printed();
        assert_eq!(parse(&printed), Ok(Config::default()));
        let unmarked: Vec<&str> =
            printed.lines().map(|line| line.strip_prefix('#').unwrap_or(line)).collect();
        let written = |line: &&str| line.starts_with('[') || line.contains(" = ") && !line.starts_with(' ');
        let keys: Vec<&str> = unmarked.into_iter().filter(written).collect();
        let table = keys.iter().position(|line| *line == "[keys]").unwrap();
        assert_eq!(table, 20, "each key is there: {keys:?}");
        let config = parse(&keys.join("\n")).unwrap();
        assert_eq!(Config { keys: Keys::default(), ..config }, Config::default());
    }

    #[test]
    fn each_key_is_read() {
        let text = "start = \"away\"\non_quit = \"keep\"\nidle_after = \"90s\"\nbusy_in_calls = false\nwatch_only = true\nhistory = \"30d\"\ncache = false\ntheme = \"color-blind\"\nmouse = false\ntitle = false\ntoken_store = \"file\"";
        let config = Config {
            start: Start::State(State::Unavailable),
            on_quit: OnQuit::Keep,
            idle_after: Some(SignedDuration::from_secs(90)),
            busy_in_calls: false,
            watch_only: true,
            theme: Palette::ColourBlind,
            history: Some(SignedDuration::from_hours(30 * 24)),
            cache: false,
            mouse: false,
            title: false,
            token_store: TokenStorePreference::File,
            ..Config::default()
        };
        assert_eq!(parse(text), Ok(config));
        assert_eq!(parse("idle_after = \"off\"").unwrap().idle_after, None);
    }

    #[test]
    fn keys_can_be_given_moved_and_taken_away() {
        let text = "[keys]\nbusy = [\"F2\", \"o\"]\nonline = [\"O\"]\nsuspend = []";
        let keymap = parse(text).unwrap().keymap;
        let keys = |name| {
            let (_, keys) = keymap.bindings().find(|(binding, _)| binding.name == name).unwrap();
            keys.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(keys("busy"), ["F2", "o"]);
        assert_eq!(keys("online"), ["O"]);
        assert_eq!(keys("suspend"), [""; 0]);
        assert_eq!(
            parse("[keys]\nbusy = \"F2\"").unwrap().keymap,
            parse("[keys]\nbusy = [\"F2\"]").unwrap().keymap
        );
        assert_eq!(parse("rooms = \"Studio\"").unwrap().rooms, ["Studio"]);
        assert_eq!(keys("quit"), ["q", "Ctrl-C"]);
    }

    #[test]
    fn a_chat_is_opened_in_a_named_way_or_by_a_program() {
        let parsed = |text: &str| parse(&format!("chat = {text}")).map(|config| config.chat);
        for (text, chat) in [
            ("\"auto\"", Chat::Auto),
            ("\"matrix\"", Chat::Matrix),
            ("\"matrix.to\"", Chat::MatrixTo),
            (
                "[\"nheko\", \"-p\"]",
                Chat::Program { program: "nheko".to_owned(), arguments: vec!["-p".to_owned()] },
            ),
        ] {
            assert_eq!(parsed(text), Ok(chat));
        }
        for (text, what) in [
            ("\"element\"", "invalid value \"element\""),
            ("[]", "a program is expected"),
            ("[\"\"]", "the name of the program is empty"),
            ("1", "a text or a list of texts"),
        ] {
            let error = parsed(text).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }

    #[test]
    fn a_program_for_changes_has_a_name() {
        let parsed = |text: &str| parse(&format!("on_change = {text}")).map(|config| config.on_change);
        assert_eq!(parsed("[]"), Ok(Vec::new()), "there is none");
        assert_eq!(parsed("\"logger\""), Ok(vec!["logger".to_owned()]));
        for text in ["\"\"", "[\"\"]", "[\" \", \"--quiet\"]"] {
            let error = parsed(text).unwrap_err().to_string();
            assert_eq!(error, "line 1: the name of the program is empty", "{text}");
        }
    }

    /// Words of the parser, of serde and of Rust that no error may have.
    const JARGON: [&str; 16] = [
        "struct",
        "enum",
        "variant",
        "invalid type",
        "invalid length",
        "sequence",
        "map",
        "string",
        "integer",
        "usize",
        "i64",
        "boolean",
        "newtype",
        "option",
        "unit",
        "`",
    ];

    #[test]
    fn no_mistake_is_told_in_the_words_of_the_parser() {
        let printed = printed();
        let keys =
            printed.lines().filter_map(|line| line.strip_prefix('#')?.split_once(" = ")).map(|it| it.0);
        let keys: Vec<&str> = keys.filter(|key| !key.starts_with(' ')).collect();
        assert!(keys.len() > 60, "{keys:?}");
        let (own, tables) = keys.split_at(keys.iter().position(|key| *key == "busy").unwrap());
        let bound = tables.iter().map(|key| format!("keys.{key}"));
        let all =
            own.iter().map(ToString::to_string).chain(["notify".to_owned(), "keys".to_owned()]).chain(bound);
        for key in all {
            for value in [
                "1",
                "-1",
                "1.5",
                "nan",
                "true",
                "\"?\"",
                "\"\"",
                "[]",
                "[1]",
                "[[]]",
                "[\"?\", 1]",
                "{}",
                "{ a = 1 }",
                "{ dark = 1 }",
                "{ auto = \"x\" }",
                "1979-05-27",
                "07:32:00",
                "99999999999999999999",
                "1979-05-27T07:32:00Z",
            ] {
                let Err(error) = parse(&format!("{key} = {value}")) else { continue };
                let said = error.to_string();
                let keys_command = said.replace("`whosin config`", "");
                let jargon: Vec<&&str> = JARGON.iter().filter(|word| keys_command.contains(**word)).collect();
                assert!(jargon.is_empty(), "{key} = {value}: {said}");
            }
        }
    }

    #[test]
    fn a_file_that_is_no_toml_is_told_so_in_plain_words() {
        for text in [
            "mouse = yes",
            "theme =",
            "rooms = [\"a\"",
            "rooms = [\"a\" \"b\"]",
            "theme = \"dark",
            "theme = 'dark",
            "theme = \"\"\"x",
            "= 1",
            "[keys",
            "theme = \"dark\" mouse = true",
            "theme: dark",
            "theme",
            "mouse = True",
            "large_room = 01",
            "mouse = true\nmouse = true",
            "[keys]\n[keys]",
            "idle_after = 10m",
            "theme = “dark”",
            "hide = [\"a\\q\"]",
            "notify = {",
            "{",
            "rooms = [,]",
            "large_room = 0x",
        ] {
            let said = parse(text).unwrap_err().to_string();
            let jargon: Vec<&&str> = JARGON.iter().filter(|word| said.contains(**word)).collect();
            assert!(jargon.is_empty(), "{text}: {said}");
            assert!(SYNTAX.iter().any(|(_, meaning)| said.ends_with(meaning)), "{text}: {said}");
        }
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_what_would_be_right() {
        let table = [
            ("\nidle_aftr = \"10m\"", 2, "unknown key idle_aftr; did you mean idle_after?"),
            ("colour = 1", 1, "unknown key colour; `whosin config` prints all keys"),
            ("start = \"onlin\"", 1, "invalid value \"onlin\"; expected one of \"online\", \"keep\""),
            ("large_room = -1", 1, "this is the number -1, but a whole number from 0 on is expected"),
            ("start = 1979-05-27", 1, "but a text in quotes is expected"),
            ("theme = { dark = 1 }", 1, "this is a table, but a text in quotes is expected"),
            ("watch_only = 1", 1, "this is the number 1, but true or false is expected"),
            (
                "notify = \"bell\"",
                1,
                "this is the text \"bell\", but a table with keys of its own is expected",
            ),
            ("rooms = 1", 1, "this is the number 1, but a text or a list of texts is expected"),
            ("keys = 1", 1, "this is the number 1, but a table is expected"),
            ("idle_after = \"0s\"", 1, "expected a length such as \"10m\""),
            ("idle_after = \"soon\"", 1, "expected a length such as \"10m\""),
            ("# fine\nstart = ", 2, "value"),
            ("[keys]\nbussy = [\"b\"]", 2, "unknown name bussy; did you mean busy?"),
            ("[keys]\nteleport = [\"j\"]", 2, "unknown name teleport; `whosin config` prints all names"),
            ("[keys]\nbusy = [\n\"b\",\n\"Hyper-b\"]", 4, "\"Hyper-b\" is no key; keys are written like"),
            ("[keys]\nbusy = 1", 2, "this is the number 1, but a text or a list of texts is expected"),
            ("[keys]\nbusy = [\"o\"]", 2, "o cannot be both busy and online; give one of them other keys"),
            ("[keys]\nquit = [\"x\"]\nbusy = [\"x\"]", 3, "x cannot be both busy and quit"),
            ("[keys]\nbusy = [\"Ctrl-c\"]", 2, "Ctrl-C always quits"),
        ];
        for (text, line, what) in table {
            let error = parse(text).unwrap_err();
            assert_eq!(error.line, line, "{text}: {error}");
            assert!(error.what.contains(what), "{text}: {error}");
        }
    }
}
