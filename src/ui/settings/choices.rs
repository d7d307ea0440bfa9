//! The values that a setting can get, given what is typed.

use matrix_sdk::ruma::UserId;

use super::{Context, KEYS, Kind, Value, kind_of};
use crate::{
    model::{
        contacts::{Contacts, Glob},
        text,
    },
    ui::keymap::{KEYMAP, Key, Keymap},
};

/// The most rooms and people to choose from. More letters find the others.
const MOST: usize = 100;

/// A value that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is added, removed or set.
    pub label: String,
    /// What it means.
    pub note: String,
    /// Whether it is in force. Choosing it again removes it from a list.
    pub is_set: bool,
    /// The value of the setting after the choice.
    pub value: Value,
}

/// What there is to choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// The choices, the best first.
    pub choices: Vec<Choice>,
    /// Why there is none.
    pub complaint: Option<String>,
}

impl Offer {
    /// Returns the choices, or the reason why there is none.
    fn or(choices: Vec<Choice>, complaint: impl FnOnce() -> String) -> Self {
        let complaint = choices.is_empty().then(complaint);
        Self { choices, complaint }
    }
}

impl Context<'_> {
    /// Returns the values that a setting can get, given what is typed.
    #[must_use]
    pub fn offer(&self, key: &str, typed: &str) -> Offer {
        let typed = typed.trim();
        let Some(current) = self.value_of(key) else { return Offer::default() };
        if let Some(name) = key.strip_prefix(KEYS) {
            return keys(name, typed, &current, self.keymap);
        }
        match kind_of(key) {
            Some(Kind::One(names)) => {
                let value = |name: &str| Value::Text(name.to_owned());
                one_of(names, typed, &current, value)
            }
            Some(Kind::Switch) => {
                one_of(&["true", "false"], typed, &current, |it| Value::Switch(it == "true"))
            }
            Some(Kind::Several(names)) => several(names, typed, &current),
            Some(Kind::Length(examples)) => length(examples, typed, &current),
            Some(Kind::Number(examples)) => number(examples, typed, &current),
            Some(Kind::Rooms) => rooms(typed, &current, self.contacts),
            Some(Kind::Users) => users(typed, &current, self.contacts),
            None => Offer::default(),
        }
    }
}

fn one_of(names: &[&str], typed: &str, current: &Value, value: impl Fn(&str) -> Value) -> Offer {
    let choice = |name: &&str| {
        let value = value(name);
        Choice { label: (*name).to_owned(), note: String::new(), is_set: value == *current, value }
    };
    let choices = best_first(names, typed).iter().map(choice).collect();
    Offer::or(choices, || format!("The values are {}.", names.join(", ")))
}

/// Returns the names that contain a text. Those that begin with it come first.
fn best_first<'a>(names: &[&'a str], typed: &str) -> Vec<&'a str> {
    let typed = typed.to_lowercase();
    let mut found: Vec<&str> = names.iter().copied().filter(|name| name.contains(&typed)).collect();
    found.sort_by_key(|name| !name.starts_with(&typed));
    found
}

/// Offers names. The first two stand alone, and any of the others can be combined.
fn several(names: &'static [&'static str], typed: &str, current: &Value) -> Offer {
    let set = current.texts();
    let alone = &names[..2];
    let choice = |name: &&str| {
        let is_set = set.iter().any(|it| it == name);
        let value = if alone.contains(name) {
            vec![(*name).to_owned()]
        } else {
            let others = set.iter().filter(|it| !alone.contains(&it.as_str()));
            toggled(others.cloned().collect(), name)
        };
        let value = match value.as_slice() {
            [] => Value::Text(names[1].to_owned()),
            [one] => Value::Text(one.clone()),
            _ => Value::List(value),
        };
        Choice { label: (*name).to_owned(), note: String::new(), is_set, value }
    };
    let choices = best_first(names, typed).iter().map(choice).collect();
    Offer::or(choices, || format!("The values are {}.", names.join(", ")))
}

/// Adds a text to a list, or removes it.
fn toggled(mut texts: Vec<String>, text: &str) -> Vec<String> {
    let before = texts.len();
    texts.retain(|it| it != text);
    if texts.len() == before {
        texts.push(text.to_owned());
    }
    texts
}

/// Offers lengths. Any text is a choice: the configuration says what is wrong with one that is no length.
fn length(examples: &[&str], typed: &str, current: &Value) -> Offer {
    let mut names = best_first(examples, typed);
    if !typed.is_empty() && !names.contains(&typed) {
        names = vec![typed];
    }
    let words = current.words();
    if typed.is_empty() && !names.contains(&words.as_str()) {
        names.insert(0, &words);
    }
    one_of(&names, "", current, |name| Value::Text(name.to_owned()))
}

fn number(examples: &[usize], typed: &str, current: &Value) -> Offer {
    let mut numbers: Vec<usize> = if typed.is_empty() { examples.to_vec() } else { Vec::new() };
    numbers.extend(typed.parse::<usize>());
    if let Value::Number(number) = current
        && typed.is_empty()
        && !numbers.contains(number)
    {
        numbers.insert(0, *number);
    }
    let choice = |number: usize| Choice {
        label: number.to_string(),
        note: if number == 0 { "no limit".to_owned() } else { String::new() },
        is_set: *current == Value::Number(number),
        value: Value::Number(number),
    };
    Offer::or(numbers.into_iter().map(choice).collect(), || {
        "A whole number is expected, 0 for no limit.".to_owned()
    })
}

/// Offers the rooms and spaces with a name, then those of the configuration that are not known.
fn rooms(typed: &str, current: &Value, contacts: &Contacts) -> Offer {
    let known = contacts.rooms();
    let set = current.texts();
    let typed = text::clean(typed);
    let mut found: Vec<(usize, Option<&String>)> =
        set.iter().filter_map(|written| Some((*known.find(written).first()?, Some(written)))).collect();
    found.retain(|(room, _)| contacts.room_name(*room).to_lowercase().contains(&typed.to_lowercase()));
    let others = known.containing(&typed.to_lowercase()).into_iter().chain(known.find(&typed));
    for room in others {
        if found.iter().all(|(other, _)| *other != room) {
            found.push((room, None));
        }
    }
    found.sort_by_key(|(room, _)| contacts.room_name(*room).to_lowercase());
    let found = found.into_iter().map(|(room, configured)| {
        let written = configured.cloned().unwrap_or_else(|| known.written(room));
        let label = contacts.room_name(room);
        let space = known.is_space(room).then_some("a space");
        let name = Some(written.as_str()).filter(|written| *written != label);
        let note = space.into_iter().chain(name).collect::<Vec<_>>().join(", ");
        let value = Value::List(toggled(set.clone(), &written));
        Choice { label, note, is_set: configured.is_some(), value }
    });
    let is_meant = |written: &&String| written.to_lowercase().contains(&typed.to_lowercase());
    let unknown =
        set.iter().filter(|written| known.find(written).is_empty()).filter(is_meant).map(|written| {
            let value = Value::List(toggled(set.clone(), written));
            Choice { label: written.clone(), note: "you are not in it".to_owned(), is_set: true, value }
        });
    let choices = found.chain(unknown).take(MOST).collect();
    Offer::or(choices, || match &*typed {
        "" => "You are in no room or space with a name.".to_owned(),
        typed => format!("You are in no room or space named {typed}."),
    })
}

/// Offers the patterns that hide somebody, then what is typed, then the people whom it names.
fn users(typed: &str, current: &Value, contacts: &Contacts) -> Offer {
    let set = current.texts();
    let lower = typed.to_lowercase();
    let choice = |pattern: &str, note: String, is_set: bool| {
        let value = Value::List(toggled(set.clone(), pattern));
        Choice { label: pattern.to_owned(), note, is_set, value }
    };
    let is_set = |pattern: &str| set.iter().any(|it| it == pattern);
    let hiding = set.iter().filter(|pattern| pattern.to_lowercase().contains(&lower));
    let hiding = hiding.map(|pattern| choice(pattern, people(matching(pattern, contacts)), true));
    let is_new = (typed.starts_with('@') || typed.contains('*')) && !is_set(typed);
    let pattern = is_new.then(|| choice(typed, people(matching(typed, contacts)), false));
    let named =
        contacts.by_name().iter().map(|&index| contacts.person(index)).filter(|(user_id, contact)| {
            let is_meant = contact.name.to_lowercase().contains(&lower) || user_id.as_str().contains(&lower);
            !typed.is_empty() && is_meant && user_id.as_str() != typed && !is_set(user_id.as_str())
        });
    let named = named.map(|(user_id, contact)| choice(user_id.as_str(), contact.name.to_string(), false));
    let choices = hiding.chain(pattern).chain(named).take(MOST).collect();
    Offer::or(choices, || match typed {
        "" => "Type a name, a user ID or a pattern such as @*bot:*; * stands for any text.".to_owned(),
        _ => "Nobody has this name. A pattern begins with @ or has a *.".to_owned(),
    })
}

fn matching(pattern: &str, contacts: &Contacts) -> usize {
    let glob = Glob::new(pattern);
    let matches = |user_id: &UserId| glob.matches(user_id.as_str()) && contacts.get(user_id).is_some();
    contacts.people().filter(|(user_id, _)| matches(user_id)).count()
}

fn people(count: usize) -> String {
    match count {
        0 => "nobody".to_owned(),
        1 => "1 person".to_owned(),
        count => format!("{count} people"),
    }
}

/// Offers the keys that are typed, or those that there are.
fn keys(name: &str, typed: &str, current: &Value, keymap: &Keymap) -> Offer {
    let Some(binding) = KEYMAP.iter().find(|binding| binding.name == name) else { return Offer::default() };
    let texts = |keys: &[Key]| keys.iter().map(ToString::to_string).collect::<Vec<_>>();
    if typed.is_empty() {
        let default = Value::List(texts(binding.keys));
        let all = [(current.clone(), "now"), (default, "the default"), (Value::List(Vec::new()), "no key")];
        let mut choices: Vec<Choice> = Vec::new();
        for (value, note) in all {
            if choices.iter().all(|choice| choice.value != value) {
                let is_set = value == *current;
                choices.push(Choice { label: value.words(), note: note.to_owned(), is_set, value });
            }
        }
        return Offer { choices, complaint: None };
    }
    let parsed: Result<Vec<Key>, String> = typed.split_whitespace().map(Key::parse).collect();
    match parsed.and_then(|keys| keymap.check(name, &keys).map(|()| keys)) {
        Ok(keys) => {
            let value = texts(&keys);
            let note = binding.help.to_owned();
            let choice = Choice { label: value.join(", "), note, is_set: false, value: Value::List(value) };
            Offer { choices: vec![choice], complaint: None }
        }
        Err(why) => Offer { choices: Vec::new(), complaint: Some(format!("{why}.")) },
    }
}
