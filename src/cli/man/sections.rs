//! What the manual says besides the options: exit status, environment and files.

/// A heading, and under it terms with their explanations.
pub type Section = (&'static str, &'static [(&'static str, &'static str)]);

/// The sections, in the manual's order.
pub const SECTIONS: [Section; 3] =
    [("Exit status", &EXIT_STATUS), ("Environment", &ENVIRONMENT), ("Files", &FILES)];

const EXIT_STATUS: [(&str, &str); 5] = [
    ("0", "Done, or yes."),
    ("1", "It did not work, and the reason is on standard error; or no."),
    ("2", "The command line is wrong."),
    ("3", "Others see something else than was asked for."),
    ("4", "It could not be told or set: there is no answer from the server, or it does not tell you."),
];

const ENVIRONMENT: [(&str, &str); 6] = [
    ("NO_COLOR", "Any value but an empty one switches colours off."),
    ("CLICOLOR_FORCE", "Any value but 0 switches colours on, in pipes too."),
    ("WHOSIN_PROFILE", "The profile, where --profile names none."),
    ("WHOSIN_LOG", "How much --log writes: error, warn, info (default), debug or trace."),
    ("XDG_CONFIG_HOME", "Where the configuration is kept instead of ~/.config."),
    ("XDG_STATE_HOME", "Where the session is kept instead of ~/.local/state."),
];

const FILES: [(&str, &str); 8] = [
    ("~/.config/whosin/config.toml", "The configuration. whosin config explains each key."),
    ("~/.config/whosin/NAME.toml", "The same of the profile NAME."),
    ("~/.local/state/whosin/session.json", "The session with its access token, readable by you alone."),
    ("~/.local/state/whosin/presence.json", "A state that has an end, and what is known of your server."),
    ("~/.local/state/whosin/preferences.json", "What you have chosen in the dashboard."),
    ("~/.local/state/whosin/history.sqlite", "What your contacts did, where you want that kept."),
    (
        "$XDG_RUNTIME_DIR/whosin/socket",
        "Where commands reach a running dashboard; else in ~/.local/state/whosin.",
    ),
    ("~/.local/state/whosin/NAME/", "All of these of the profile NAME."),
];

/// The examples, and then the sections, as `--help` prints them.
pub(crate) fn after(examples: &str) -> String {
    let sections = SECTIONS.map(|(heading, terms)| {
        let width = terms.iter().map(|(term, _)| term.len()).max().unwrap_or_default();
        let line = |(term, explanation): &(&str, &str)| format!("\n  {term:width$}  {explanation}");
        format!("{heading}:{}", terms.iter().map(line).collect::<String>())
    });
    format!("{examples}\n\n{}", sections.join("\n\n"))
}
