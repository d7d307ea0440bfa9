//! Terminal notifications: which escape sequence a terminal knows, and how a notice is written as one.

use crate::model::{event::Notice, text};

/// The most columns of a notice. Contacts choose its text, and could choose 70,000 characters.
const LONGEST: usize = 200;

/// The notifications that a terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// The escape sequence that the terminal knows, if any.
    shows: Option<Sequence>,
    /// Whether the terminal may show nothing, so that the bell is needed too.
    doubtful: bool,
    /// Whether the terminal is tmux, which passes on only sequences that are wrapped for it.
    tmux: bool,
}

/// An escape sequence for notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sequence {
    /// The sequence of iTerm2 and most others: one text.
    Osc9,
    /// The sequence of kitty.
    Osc99,
    /// The sequence of urxvt: a title and a text.
    Osc777,
}

impl Terminal {
    /// Recognizes a terminal by its environment variables.
    #[must_use]
    pub fn of(env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
        let word = |name: &str| env(name).unwrap_or_default();
        let (term, program, tmux) = (word("TERM"), word("TERM_PROGRAM"), set("TMUX"));
        let named = |name: &str| term.strip_prefix("xterm-").unwrap_or(&term).starts_with(name);
        let known = if named("kitty") || set("KITTY_WINDOW_ID") {
            Some(Sequence::Osc99)
        } else if ["foot", "rxvt-unicode", "contour"].into_iter().any(named) {
            Some(Sequence::Osc777)
        } else if named("ghostty")
            || ["iTerm.app", "WezTerm", "ghostty", "WarpTerminal"].contains(&&*program)
            || word("LC_TERMINAL") == "iTerm2"
            || set("WEZTERM_PANE")
            || set("GHOSTTY_RESOURCES_DIR")
        {
            Some(Sequence::Osc9)
        } else {
            None
        };
        // These terminals print unknown sequences or ignore them. GNU screen passes none on.
        let deaf =
            program == "Apple_Terminal" || set("STY") || ["linux", "dumb", "vt"].into_iter().any(named);
        let shows = if deaf { None } else { known.or(Some(Sequence::Osc9)) };
        Self { shows, doubtful: deaf || known.is_none() || tmux, tmux }
    }

    /// Returns whether the terminal may show nothing.
    #[must_use]
    pub(crate) fn is_doubtful(self) -> bool {
        self.doubtful
    }

    /// Returns the escape sequence for a notice, or `None` if the terminal knows none.
    #[must_use]
    pub fn escape(self, notice: &Notice) -> Option<String> {
        let escape = self.shows?.write(notice);
        let wrapped = || format!("\x1bPtmux;{}\x1b\\", escape.replace('\x1b', "\x1b\x1b"));
        Some(if self.tmux { wrapped() } else { escape })
    }
}

impl Sequence {
    fn write(self, notice: &Notice) -> String {
        let title = text::cut(&harmless(&notice.title), LONGEST / 2).into_owned();
        let body = notice.body.as_deref().map(harmless).filter(|body| !body.is_empty());
        let line = body.as_ref().map_or_else(|| title.clone(), |body| format!("{title}: {body}"));
        let line = text::cut(&line, LONGEST);
        match self {
            // The text must not start with a number: `9;4` is a progress bar.
            Self::Osc9 => format!("\x1b]9;whosin: {line}\x1b\\"),
            Self::Osc99 => format!("\x1b]99;;{line}\x1b\\"),
            Self::Osc777 => {
                let body = body.unwrap_or_default();
                format!("\x1b]777;notify;{title};{}\x1b\\", text::cut(&body, LONGEST))
            }
        }
    }
}

/// Removes everything that could end an escape sequence or a part of one.
fn harmless(text: &str) -> String {
    text::clean(text).replace(';', ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    type Env<'a> = &'a [(&'a str, &'a str)];

    fn terminal(env: Env) -> Terminal {
        Terminal::of(|name| env.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned()))
    }

    fn notice(title: &str, body: Option<&str>) -> Notice {
        Notice { title: title.to_owned(), body: body.map(ToOwned::to_owned) }
    }

    #[test]
    fn each_terminal_gets_the_sequence_that_it_knows() {
        use Sequence::{Osc9, Osc99, Osc777};

        let table: &[(Env, Option<Sequence>, bool)] = &[
            (&[("TERM", "xterm-kitty")], Some(Osc99), false),
            (&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")], Some(Osc99), false),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")], Some(Osc9), false),
            (&[("TERM", "xterm-256color"), ("LC_TERMINAL", "iTerm2")], Some(Osc9), false),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], Some(Osc9), false),
            (&[("TERM", "xterm-ghostty")], Some(Osc9), false),
            (&[("TERM", "foot-extra")], Some(Osc777), false),
            (&[("TERM", "rxvt-unicode-256color")], Some(Osc777), false),
            // Not known to show any.
            (&[("TERM", "xterm-256color")], Some(Osc9), true),
            (&[], Some(Osc9), true),
            // tmux may be told to pass nothing on.
            (
                &[("TERM", "tmux-256color"), ("TMUX", "/tmp/tmux"), ("KITTY_WINDOW_ID", "1")],
                Some(Osc99),
                true,
            ),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "Apple_Terminal")], None, true),
            (&[("TERM", "screen"), ("STY", "1.tty")], None, true),
            (&[("TERM", "linux")], None, true),
            (&[("TERM", "dumb")], None, true),
        ];
        for (env, shows, doubtful) in table {
            let Terminal { shows: found, doubtful: doubt, .. } = terminal(env);
            assert_eq!((found, doubt), (*shows, *doubtful), "{env:?}");
        }
    }

    #[test]
    fn a_notice_is_one_sequence_in_each_form() {
        let free = notice("Bob is free", Some("in the garden"));
        let table: [(Env, &str); 4] = [
            (&[("TERM_PROGRAM", "WezTerm")], "\x1b]9;whosin: Bob is free: in the garden\x1b\\"),
            (&[("TERM", "xterm-kitty")], "\x1b]99;;Bob is free: in the garden\x1b\\"),
            (&[("TERM", "foot")], "\x1b]777;notify;Bob is free;in the garden\x1b\\"),
            (
                &[("TMUX", "1"), ("WEZTERM_PANE", "0")],
                "\x1bPtmux;\x1b\x1b]9;whosin: Bob is free: in the garden\x1b\x1b\\\x1b\\",
            ),
        ];
        for (env, written) in table {
            assert_eq!(terminal(env).escape(&free).as_deref(), Some(written), "{env:?}");
        }
        assert_eq!(terminal(&[("TERM", "linux")]).escape(&free), None);
        let short = terminal(&[("TERM", "foot")]).escape(&notice("Bob is free", None));
        assert_eq!(short.unwrap(), "\x1b]777;notify;Bob is free;\x1b\\");
    }

    #[test]
    fn nothing_that_others_write_ends_the_sequence() {
        let hostile = [
            "\x1b\\\x1b]0;pwned\x07",
            "\u{9c}\u{9b}31m\u{9d}52;c;cm0gLXJm\u{9c}",
            "a;b\nc\rd\0e\x07f\x18g\x1ah",
            "4;1;50",
        ];
        let everything: String = (0..0x300).filter_map(char::from_u32).chain("𝕎;\u{202e}".chars()).collect();
        for (env, start, end) in [
            (("TERM_PROGRAM", "iTerm.app"), "\x1b]9;whosin: ", "\x1b\\"),
            (("TERM", "xterm-kitty"), "\x1b]99;;", "\x1b\\"),
            (("TERM", "foot"), "\x1b]777;notify;", "\x1b\\"),
        ] {
            for text in hostile.into_iter().chain([everything.as_str()]) {
                let written = terminal(&[env]).escape(&notice(text, Some(text))).unwrap();
                let inner = written.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).unwrap();
                assert!(!inner.chars().any(char::is_control), "{written:?}");
                let parts = usize::from(start.contains("777"));
                assert_eq!(inner.matches(';').count(), parts, "{written:?}");
            }
        }
    }

    #[test]
    fn however_much_others_write_a_notice_is_short() {
        let long = "x".repeat(70_000);
        for term in ["xterm-kitty", "foot", "xterm"] {
            let written = terminal(&[("TERM", term)]).escape(&notice(&long, Some(&long))).unwrap();
            assert!(written.len() < 400, "{}", written.len());
        }
    }
}
