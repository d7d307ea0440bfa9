//! Changes of the configuration file that keep its comments.

use std::{
    fs::{self, Permissions},
    io::{self, ErrorKind, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use color_eyre::eyre::{Result, WrapErr, bail, eyre};
use tempfile::NamedTempFile;
use toml_edit::{Array, DocumentMut, Item, Table, value};

use super::{
    file::{locate, text_of},
    parse, printed,
};
use crate::ui::settings::{Setting, Value};

/// Writes a setting to the configuration file, and creates the file if there is none.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the file cannot be read or written, or has a mistake.
pub fn keep(setting: &Setting) -> Result<()> {
    let path = locate()?;
    let text = match text_of(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => printed(),
        Err(error) => bail!("cannot read {}: {error}", path.display()),
    };
    let text = changed(&text, setting).map_err(|error| eyre!("{}, {error:#}", path.display()))?;
    // A link, as to a collection of such files, stays one.
    let path = fs::canonicalize(&path).unwrap_or(path);
    replace(&path, &text).wrap_err_with(|| format!("cannot write {}", path.display()))
}

/// Replaces a file at once, so that nobody reads a part of it. Its permissions stay.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(directory)?;
    let permissions = fs::metadata(path).map_or(Permissions::from_mode(0o644), |before| before.permissions());
    let mut file = NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Returns the text of the file with a setting.
///
/// # Errors
///
/// A [`Report`](color_eyre::Report) if the text has a mistake, before the change or after it.
pub fn changed(text: &str, setting: &Setting) -> Result<String> {
    parse(text)?;
    let mut document: DocumentMut = text.parse()?;
    let key: Vec<&str> = setting.key.split('.').collect();
    let item = written(&setting.value);
    let changed = if let Some(before) = existing(&mut document, &key) {
        let decor = before.as_value().map(|before| before.decor().clone());
        *before = item;
        if let (Some(decor), Some(value)) = (decor, before.as_value_mut()) {
            *value.decor_mut() = decor;
        }
        document.to_string()
    } else if let Some(line) = example(text, &setting.key) {
        let end = text[line..].find('\n').map_or(text.len(), |length| line + length + 1);
        let gap = if text[..end].ends_with('\n') { "" } else { "\n" };
        format!("{}{gap}{} = {}\n{}", &text[..end], setting.key, item.to_string().trim(), &text[end..])
    } else {
        insert(&mut document, &key, item);
        document.to_string()
    };
    // The line of a value that was typed elsewhere helps nobody.
    parse(&changed).map_err(|error| eyre!(error.what().to_owned()))?;
    Ok(changed)
}

fn written(setting: &Value) -> Item {
    match setting {
        Value::Text(text) => value(text),
        Value::List(texts) => value(texts.iter().collect::<Array>()),
        Value::Switch(on) => value(*on),
        Value::Number(number) => value(i64::try_from(*number).unwrap_or(i64::MAX)),
    }
}

/// Returns the value that the file has for a key.
fn existing<'a>(document: &'a mut DocumentMut, key: &[&str]) -> Option<&'a mut Item> {
    let mut item = document.as_item_mut();
    for part in key {
        item = item.as_table_like_mut()?.get_mut(part)?;
    }
    item.is_value().then_some(item)
}

/// Returns where the line begins that shows the default of a key as a comment, outside of every table.
fn example(text: &str, key: &str) -> Option<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with('[') {
            return None;
        }
        if line.strip_prefix('#').is_some_and(|rest| {
            rest.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
        }) {
            return Some(start);
        }
        start += line.len();
    }
    None
}

fn insert(document: &mut DocumentMut, key: &[&str], item: Item) {
    let [tables @ .., last] = key else { return };
    let mut table: &mut dyn toml_edit::TableLike = document.as_table_mut();
    for part in tables {
        let entry = table.entry(part).or_insert_with(|| {
            let mut table = Table::new();
            // `notify.via = …` stays where the other keys are.
            table.set_dotted(*part != "keys");
            Item::Table(table)
        });
        let Some(next) = entry.as_table_like_mut() else { return };
        table = next;
    }
    table.insert(last, item);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(key: &str, value: &str) -> Setting {
        Setting { key: key.to_owned(), value: Value::Text(value.to_owned()) }
    }

    fn list(key: &str, values: &[&str]) -> Setting {
        let value = Value::List(values.iter().map(|it| (*it).to_owned()).collect());
        Setting { key: key.to_owned(), value }
    }

    #[test]
    fn a_setting_is_changed_where_it_is_and_comments_stay() {
        for (before, setting, after) in [
            ("theme = \"dark\" # mine\n", text("theme", "light"), "theme = \"light\" # mine\n"),
            (
                "# about\nrooms = [\n  \"A\", # a\n]\n",
                list("rooms", &["A", "B"]),
                "# about\nrooms = [\"A\", \"B\"]\n",
            ),
            (
                "[notify]\n# by\nvia = \"bell\"\n",
                text("notify.via", "none"),
                "[notify]\n# by\nvia = \"none\"\n",
            ),
            ("notify.via = \"bell\"\n", text("notify.via", "none"), "notify.via = \"none\"\n"),
            ("", text("theme", "light"), "theme = \"light\"\n"),
            ("mouse = true\n", text("notify.via", "bell"), "mouse = true\nnotify.via = \"bell\"\n"),
            (
                "mouse = true\n[keys]\nbusy = [\"x\"]\n",
                text("theme", "light"),
                "mouse = true\ntheme = \"light\"\n[keys]\nbusy = [\"x\"]\n",
            ),
            ("[keys]\nbusy = [\"x\"]\n", list("keys.busy", &["F2"]), "[keys]\nbusy = [\"F2\"]\n"),
            (
                "[keys]\nbusy = [\"x\"]\n",
                list("keys.quit", &["Q"]),
                "[keys]\nbusy = [\"x\"]\nquit = [\"Q\"]\n",
            ),
            ("", list("keys.quit", &["Q"]), "[keys]\nquit = [\"Q\"]\n"),
        ] {
            assert_eq!(changed(before, &setting).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn the_printed_default_gets_a_setting_below_its_explanation() {
        let changed = changed(&printed(), &list("hide", &["@*bot:*"])).unwrap();
        assert!(changed.contains("\n#hide = []\nhide = [\"@*bot:*\"]\n"), "{changed}");
        assert_eq!(changed.len(), printed().len() + "hide = [\"@*bot:*\"]\n".len());
        let changed = super::changed(&changed, &list("keys.busy", &["F2"])).unwrap();
        assert_eq!(parse(&changed).unwrap().hide, ["@*bot:*"]);
        assert!(changed.contains("[keys]\nbusy = [\"F2\"]\n"), "{changed}");
    }

    #[test]
    fn a_file_with_a_mistake_and_a_value_that_is_none_change_nothing() {
        assert!(changed("theme = 1\n", &text("mouse", "x")).is_err());
        assert!(changed("", &text("theme", "pink")).is_err());
        assert!(changed("", &list("keys.busy", &["o"])).is_err());
    }
}
