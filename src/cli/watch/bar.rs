//! The languages of status bars: text of others must not become a part of them.

use clap::ValueEnum;

/// The reader of a template's lines, and what it obeys. Text of others is written so that the reader obeys nothing in
/// it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Bar {
    /// Any of these. What one of them obeys becomes a full-width character.
    #[default]
    Any,
    // Obeys `%{A:command:}`, as lemonbar does. The help names no syntax, because shells read it for completion.
    /// Formatting tags.
    Polybar,
    /// Formatting tags.
    Lemonbar,
    // Obeys `#[style]` and `#{variable}`.
    /// Formats and styles.
    Tmux,
    /// Any bar that reads Pango markup, such as that of Xfce.
    Pango,
    /// JSON with Pango markup; also for i3blocks and waybar.
    #[value(aliases = ["i3blocks", "waybar"])]
    I3bar,
    // Obeys `<action=command>`.
    /// Tags for actions and colors.
    Xmobar,
    // Obeys `^ca(1, command)`.
    /// Commands after a caret.
    #[value(alias = "dzen2")]
    Dzen,
    // Obeys `${exec command}`.
    /// Variables, in the output of execp.
    Conky,
    // Obey `Name | bash=command`.
    /// Parameters after a bar, and Pango markup; also for xbar.
    #[value(aliases = ["xbar", "swiftbar"])]
    Argos,
    // Obeys `$(command)`, backquotes, `\\w` and `%n`.
    /// A prompt: expansions and escapes.
    Shell,
    /// Nothing. Names stay as they are.
    None,
}

/// The characters that begin something in the language of at least one bar.
const OBEYED: &str = "\"#$%&<>\\^`|";

impl Bar {
    /// Returns text of others, in which this reader obeys nothing.
    #[must_use]
    pub fn write(self, text: &str) -> String {
        text.chars().fold(String::with_capacity(text.len()), |mut written, c| {
            match self {
                Self::Any => written.push(wide(c, OBEYED)),
                // polybar has no way to write a literal `%{`.
                Self::Polybar => written.push(wide(c, "%")),
                Self::Lemonbar => double(&mut written, c, '%'),
                Self::Tmux => double(&mut written, c, '#'),
                Self::Pango => pango(&mut written, c),
                Self::I3bar => match c {
                    // An entity, because JSON would obey the character itself.
                    '\\' => written.push_str("&#92;"),
                    c => pango(&mut written, c),
                },
                // xmobar has no way to write a literal `<`, except for whole texts.
                Self::Xmobar => written.push(wide(c, "<")),
                Self::Dzen => double(&mut written, c, '^'),
                Self::Conky => written.push(wide(c, "$#\\")),
                Self::Argos => pango(&mut written, wide(c, "|\\")),
                Self::Shell => written.push(wide(c, "\\$`%!")),
                Self::None => written.push(c),
            }
            written
        })
    }
}

/// Returns the full-width form of one of these characters. It looks alike, and no bar obeys it.
fn wide(c: char, obeyed: &str) -> char {
    let wide = || char::from_u32(u32::from(c) + 0xfee0);
    if obeyed.contains(c) { wide().unwrap_or('\u{fffd}') } else { c }
}

/// Writes a character, and twice the one that a language obeys.
fn double(written: &mut String, c: char, obeyed: char) {
    if c == obeyed {
        written.push(c);
    }
    written.push(c);
}

/// Writes a character as Pango markup.
fn pango(written: &mut String, c: char) {
    match c {
        '&' => written.push_str("&amp;"),
        '<' => written.push_str("&lt;"),
        '>' => written.push_str("&gt;"),
        '"' => written.push_str("&quot;"),
        '\'' => written.push_str("&#39;"),
        c => written.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names that run a command, or change the look, in the bar of their row.
    const HOSTILE: [(Bar, [&str; 3]); 11] = [
        (Bar::Polybar, ["%{A1:touch pwned:}Ann%{A}", "%{F#f00}", "100 %{"]),
        (Bar::Lemonbar, ["%{A:reboot:}", "%{B-}", "%%{A:reboot:}"]),
        (Bar::Tmux, ["#(touch pwned)", "#[fg=red]", "###{host}"]),
        (Bar::Pango, ["<span size='99pt'>", "</txt><txtclick>xterm</txtclick>", "R&D &amp"]),
        (Bar::I3bar, ["\",\"command\":\"xterm\",\"a\":\"", "\\\",\\", "<b>'"]),
        (Bar::Xmobar, ["<action=`xterm`>a</action>", "<fc=red>", "<<raw=9:>"]),
        (Bar::Dzen, ["^ca(1, xterm)a^ca()", "^fg(red)", "^^^i(x.xbm)"]),
        (Bar::Conky, ["${exec xterm}", "$nodename", "\\# $$${exec xterm}"]),
        (Bar::Argos, ["Ann | bash=xterm terminal=false", "<b>", "\\n---\\n"]),
        (Bar::Shell, ["$(xterm)", "`xterm` \\$(xterm)", "%n \\u !1"]),
        (Bar::Any, ["$(xterm) `", "<b> &amp; \"", "%{A} #( ^ca \\ |"]),
    ];

    /// The beginnings of what each bar obeys.
    fn begins(bar: Bar) -> &'static [&'static str] {
        match bar {
            Bar::Any => &["\"", "#", "$", "%", "&", "<", ">", "\\", "^", "`", "|"],
            Bar::Polybar | Bar::Lemonbar => &["%{"],
            Bar::Tmux => &["#"],
            Bar::Pango => &["<", ">"],
            Bar::I3bar => &["<", ">", "\"", "\\"],
            Bar::Xmobar => &["<"],
            Bar::Dzen => &["^"],
            Bar::Conky => &["$", "#", "\\"],
            Bar::Argos => &["|", "<", "\\"],
            Bar::Shell => &["$", "`", "\\", "%"],
            Bar::None => &[],
        }
    }

    #[test]
    fn no_bar_obeys_a_name() {
        for (bar, names) in HOSTILE {
            for name in names {
                for (of, text) in [(bar, bar.write(name)), (bar, Bar::Any.write(name))] {
                    // A doubled character is a literal one.
                    let literal = match of {
                        Bar::Lemonbar => text.replace("%%", ""),
                        Bar::Tmux => text.replace("##", ""),
                        Bar::Dzen => text.replace("^^", ""),
                        _ => text.clone(),
                    };
                    let obeyed = begins(of).iter().find(|it| literal.contains(**it));
                    assert_eq!(obeyed, None, "{bar:?} {name}: {text}");
                }
            }
        }
    }

    #[test]
    fn names_without_such_characters_stay_as_they_are() {
        for name in ["Bob", "Zoë O-Neil (home)", "日本", "a+b: {c} [d], *e*_~ 3/4; f@g.h"] {
            for bar in Bar::value_variants() {
                assert_eq!(bar.write(name), name, "{bar:?}");
            }
        }
        assert_eq!(Bar::None.write("100 % <b>"), "100 % <b>");
    }

    #[test]
    fn a_bar_shows_the_characters_of_the_name() {
        let table = [
            (Bar::Any, "R&D 100 %", "R＆D 100 ％"),
            (Bar::Polybar, "100 %", "100 ％"),
            (Bar::Lemonbar, "100 %", "100 %%"),
            (Bar::Tmux, "C#", "C##"),
            (Bar::Pango, "R&D 'a'", "R&amp;D &#39;a&#39;"),
            (Bar::I3bar, "a\\\"b\"", "a&#92;&quot;b&quot;"),
            (Bar::Argos, "a|b & c", "a｜b &amp; c"),
        ];
        for (bar, name, written) in table {
            assert_eq!(bar.write(name), written, "{bar:?}");
        }
    }
}
