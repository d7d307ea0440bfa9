//! Templates: text with placeholders for numbers and names.

use super::{bar::Bar, summary::Summary};
use crate::{cli::exit::UsageError, model::contacts::Group};

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// The number of contacts in a state.
    Count(Group),
    /// The names of contacts in a state.
    Names(Group),
    /// The own state as others see it.
    Own,
    /// The number of contacts with a user status.
    Statuses,
    /// The number of contacts in a call.
    InCall,
    /// The own user status.
    OwnStatus,
    /// Since when the connection is lost, in parentheses.
    Lost,
}

/// The known placeholders.
const PLACEHOLDERS: [(&str, Piece); 15] = [
    ("online", Piece::Count(Group::Online)),
    ("free", Piece::Count(Group::Online)),
    ("busy", Piece::Count(Group::Busy)),
    ("unavailable", Piece::Count(Group::Unavailable)),
    ("other", Piece::Count(Group::Other)),
    ("offline", Piece::Count(Group::Offline)),
    ("silent", Piece::Count(Group::Silent)),
    ("names_free", Piece::Names(Group::Online)),
    ("names_busy", Piece::Names(Group::Busy)),
    ("names_unavailable", Piece::Names(Group::Unavailable)),
    ("own", Piece::Own),
    ("statuses", Piece::Statuses),
    ("in_call", Piece::InCall),
    ("own_status", Piece::OwnStatus),
    ("lost", Piece::Lost),
];

impl Piece {
    /// Returns the text for a summary. Contacts and servers choose names and states, so a bar must not obey them.
    pub fn text(&self, summary: &Summary, bar: Bar) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(group) => summary.count(*group).to_string(),
            Self::Names(group) => bar.write(&summary.names(*group)),
            Self::Own => bar.write(summary.own.as_ref().map_or("unknown", |own| own.label())),
            Self::Statuses => summary.statuses.to_string(),
            Self::InCall => summary.in_call.to_string(),
            Self::OwnStatus => bar.write(summary.own_status.as_deref().unwrap_or_default()),
            Self::Lost => summary.lost.as_ref().map(|lost| format!(" ({lost})")).unwrap_or_default(),
        }
    }
}

/// Parses a template. Two braces are a literal one.
///
/// # Errors
///
/// [`UsageError`] if a placeholder is unknown or a brace is unmatched.
pub fn parse(template: &str) -> Result<Vec<Piece>, UsageError> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if let Some(after) = after.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
            continue;
        }
        let (name, after) =
            after.split_once('}').filter(|_| brace == "{").ok_or_else(|| unclosed(template))?;
        pieces.push(Piece::Text(std::mem::take(&mut text)));
        pieces.push(placeholder(name)?);
        rest = after;
    }
    pieces.push(Piece::Text(text + rest));
    pieces.retain(|piece| *piece != Piece::Text(String::new()));
    Ok(pieces)
}

fn placeholder(name: &str) -> Result<Piece, UsageError> {
    let known = PLACEHOLDERS.into_iter().find(|(known, _)| *known == name);
    known.map(|(_, piece)| piece).ok_or_else(|| {
        let all = PLACEHOLDERS.map(|(known, _)| format!("{{{known}}}")).join(" ");
        UsageError(format!("unknown placeholder {{{name}}}; known are {all}"))
    })
}

fn unclosed(template: &str) -> UsageError {
    UsageError(format!("unmatched brace in {template:?}: write `{{{{` or `}}}}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stand_in_braces_and_two_braces_are_one() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let table = [
            ("", vec![]),
            (
                "{free} free, {busy}",
                vec![Piece::Count(Group::Online), text(" free, "), Piece::Count(Group::Busy)],
            ),
            ("{{{online}}}", vec![text("{"), Piece::Count(Group::Online), text("}")]),
            ("100 %", vec![text("100 %")]),
        ];
        for (template, expected) in table {
            assert_eq!(parse(template).unwrap(), expected, "{template}");
        }
    }

    #[test]
    fn a_place_that_there_is_not_is_told_with_those_that_there_are() {
        let error = parse("{fre} free").unwrap_err().to_string();
        assert!(error.starts_with("unknown placeholder {fre}; known are {online} {free} "), "{error}");
        for template in ["{free", "free}", "{", "{a{b}"] {
            assert!(parse(template).is_err(), "{template}");
        }
    }
}
