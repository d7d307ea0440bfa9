//! The color depth of a terminal.

/// How many colors a terminal has, by its environment variables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// No colors, or the person wants none.
    None,
    /// Sixteen colors, which the person may have chosen.
    #[default]
    Sixteen,
    /// 240 fixed colors in addition.
    Indexed,
    /// Any color.
    True,
}

impl Depth {
    /// Reads `NO_COLOR` and `CLICOLOR_FORCE` (any value but an empty one counts), `COLORTERM` and `TERM`.
    pub(super) fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name| variable(name).unwrap_or_default();
        let term = value("TERM");
        if !value("NO_COLOR").is_empty() {
            return Self::None;
        }
        if is_colorless(&term) {
            let is_forced = !value("CLICOLOR_FORCE").is_empty();
            return if is_forced { Self::Sixteen } else { Self::None };
        }
        match value("COLORTERM").as_str() {
            "truecolor" | "24bit" => Self::True,
            _ if term.ends_with("-direct") => Self::True,
            _ if term.contains("256color") => Self::Indexed,
            _ => Self::Sixteen,
        }
    }
}

/// Returns whether a terminal is older than colors, or is named as one without them.
fn is_colorless(term: &str) -> bool {
    let vt = term.strip_prefix("vt").is_some_and(|model| model.starts_with(|c: char| c.is_ascii_digit()));
    term.is_empty() || term == "dumb" || vt || term.ends_with("-mono") || term.ends_with("-m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_how_many_colors_there_are() {
        for (term, colorterm, no_color, depth) in [
            ("xterm", "", "", Depth::Sixteen),
            ("linux", "", "", Depth::Sixteen),
            ("xterm-256color", "", "", Depth::Indexed),
            ("tmux-256color", "", "", Depth::Indexed),
            ("xterm-256color", "truecolor", "", Depth::True),
            ("screen", "24bit", "", Depth::True),
            ("xterm-direct", "", "", Depth::True),
            ("xterm-256color", "yes", "", Depth::Indexed),
            ("xterm-256color", "truecolor", "1", Depth::None),
            ("dumb", "truecolor", "", Depth::None),
            ("vt100", "", "", Depth::None),
            ("vt220-w", "", "", Depth::None),
            ("vte", "", "", Depth::Sixteen),
            ("xterm-mono", "", "", Depth::None),
            ("", "", "", Depth::None),
        ] {
            let variable = |name: &str| match name {
                "TERM" => Some(term.to_owned()),
                "COLORTERM" => Some(colorterm.to_owned()),
                "NO_COLOR" => Some(no_color.to_owned()).filter(|value| !value.is_empty()),
                _ => None,
            };
            assert_eq!(Depth::of(variable), depth, "{term} {colorterm} {no_color}");
            let forced =
                |name: &str| if name == "CLICOLOR_FORCE" { Some("1".to_owned()) } else { variable(name) };
            let expected = if depth == Depth::None && no_color.is_empty() { Depth::Sixteen } else { depth };
            assert_eq!(Depth::of(forced), expected, "{term} {colorterm} {no_color}");
        }
    }
}
