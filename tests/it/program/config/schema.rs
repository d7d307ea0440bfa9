//! The JSON schema of the configuration, made from the default file and from what the parser says of wrong values.

use std::{env, fs};

use serde_json::{Map, Value, json};
use whosin::{
    cli::config::{parse, printed},
    ui::keymap::KEYMAP,
};

use crate::support::schema::check;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/config.schema.json");

/// Lengths of time, as jiff spells them.
const LENGTH: &str = "^(off|([0-9]+ ?[a-z]+ ?)+)$";

fn schema() -> Value {
    let mut properties = Map::new();
    for (key, default, comment) in keys() {
        let mut rules = rules(&key, &default, &comment);
        rules["description"] = comment.into();
        rules["default"] = default;
        match key.split_once('.') {
            Some((table, key)) => {
                let table = properties.entry(table).or_insert_with(|| table_of(&Map::new()));
                table["properties"][key] = rules;
            }
            None => drop(properties.insert(key, rules)),
        }
    }
    let keys = KEYMAP.iter().map(|binding| {
        let keys: Vec<String> = binding.keys.iter().map(ToString::to_string).collect();
        let rules = json!({"oneOf": texts()["oneOf"], "default": keys, "description": binding.help});
        (binding.name.to_owned(), rules)
    });
    properties.insert("keys".to_owned(), table_of(&keys.collect()));
    let mut schema = table_of(&properties);
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["$id"] = address().into();
    schema["title"] = "The configuration of whosin".into();
    schema
}

/// Where the schema is published.
fn address() -> String {
    format!("{}/config.schema.json", env!("CARGO_PKG_HOMEPAGE").trim_end_matches('/'))
}

/// A list of texts, or one text.
fn texts() -> Value {
    json!({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
}

fn table_of(properties: &Map<String, Value>) -> Value {
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

/// Each key of the default file, with its value and its explanation.
fn keys() -> Vec<(String, Value, String)> {
    let mut keys = Vec::new();
    let mut comment: Vec<String> = Vec::new();
    for line in printed().lines() {
        if let Some(words) = line.strip_prefix("# ") {
            comment.push(words.to_owned());
        } else if let Some((key, _)) = line.strip_prefix('#').and_then(|line| line.split_once(" = ")) {
            let table: toml::Table = toml::from_str(&line[1..]).unwrap();
            let mut value = serde_json::to_value(table).unwrap();
            for part in key.split('.') {
                value = value[part].take();
            }
            keys.push((key.to_owned(), value, std::mem::take(&mut comment).join(" ")));
        } else if line == "[keys]" {
            break;
        } else {
            comment.clear();
        }
    }
    keys
}

fn rules(key: &str, default: &Value, comment: &str) -> Value {
    let says = |value: &str| parse(&format!("{key} = {value}")).err().map(|error| error.to_string());
    match default {
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Number(_) => json!({"type": "integer", "minimum": 0}),
        Value::Array(_) => texts(),
        _ => {
            let wrong = says("\"?\"").expect("no key has this value");
            if wrong.contains("expected a length") {
                return json!({"type": "string", "pattern": LENGTH});
            }
            let (_, names) = wrong.split_once("expected ").expect("the error names the values");
            let quoted =
                |text: &'_ str| text.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
            let mut names = quoted(names);
            let others = quoted(comment).into_iter().filter(|name| says(&format!("{name:?}")).is_none());
            names.extend(others.filter(|name| !names.contains(name)).collect::<Vec<_>>());
            let one = json!({"type": "string", "enum": names});
            if says("[\"?\"]").is_none() {
                json!({"oneOf": [one, {"type": "array", "items": {"type": "string"}}]})
            } else if says(&format!("[{:?}]", names[0])).is_none() {
                json!({"oneOf": [one.clone(), {"type": "array", "items": one}]})
            } else {
                one
            }
        }
    }
}

#[test]
fn the_schema_of_the_configuration_follows_from_the_parser() {
    let schema = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(PATH, &schema).unwrap();
    }
    let written = fs::read_to_string(PATH).unwrap_or_default();
    assert_eq!(written, schema, "to write it, run INSTA_UPDATE=always cargo test config");
    assert!(printed().starts_with(&format!("#:schema {}\n", address())));
}

#[test]
fn the_schema_accepts_what_the_parser_accepts() {
    let schema = schema();
    let unmarked = printed().replace("\n#", "\n").replace("\n ", "\n# ");
    let keys =
        unmarked.lines().filter(|line| line.contains(" = ") && !line.starts_with('#') || *line == "[keys]");
    let default = keys.collect::<Vec<_>>().join("\n");
    for (text, is_right) in [
        (default.as_str(), true),
        ("start = \"keep\"", true),
        ("start = \"away\"", true),
        ("start = \"later\"", false),
        ("idle_after = \"1h30m\"", true),
        ("idle_after = \"soon\"", false),
        ("large_room = -1", false),
        ("watch_only = 1", false),
        ("rooms = [\"Tea\"]", true),
        ("rooms = \"Tea\"", true),
        ("chat = [\"nheko\"]", true),
        ("chat = \"nheko\"", false),
        ("notify.via = [\"bell\", \"desktop\"]", true),
        ("notify.via = [\"horn\"]", false),
        ("[notify]\nquiet_when_busy = true", true),
        ("[keys]\nbusy = [\"F2\"]", true),
        ("[keys]\nbusy = \"F2\"", true),
        ("[keys]\nbussy = [\"F2\"]", false),
        ("strat = \"keep\"", false),
    ] {
        let value: toml::Table = toml::from_str(text).unwrap();
        let value = serde_json::to_value(value).unwrap();
        assert_eq!(parse(text).is_ok(), is_right, "{text}");
        let checked = check(&schema, &value);
        assert_eq!(checked.is_ok(), is_right, "{text}: {checked:?}");
    }
}
