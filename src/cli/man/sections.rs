//! The sections of the manual besides the options: exit status, environment and files.

/// A heading, and under it terms with their explanations.
pub type Section = (&'static str, &'static [(&'static str, &'static str)]);

/// The sections, in the manual's order.
pub const SECTIONS: [Section; 3] =
    [("Exit status", &EXIT_STATUS), ("Environment", &ENVIRONMENT), ("Files", &FILES)];

const EXIT_STATUS: [(&str, &str); 6] = [
    ("0", "Done, or yes."),
    ("1", "Failed, and standard error says why; or no."),
    ("2", "The command line is wrong."),
    ("3", "Set, but others see a different state."),
    ("4", "Unknown or not set: no answer from the server, or it does not share the presence."),
    ("5", "The keyring is locked, or does not answer."),
];

const ENVIRONMENT: [(&str, &str); 6] = [
    ("NO_COLOR", "Any non-empty value switches colors off."),
    ("CLICOLOR_FORCE", "Any value but 0 switches colors on, also in pipes."),
    ("WHOSIN_PROFILE", "The profile, if --profile is not given."),
    ("WHOSIN_LOG", "The level of --log: error, warn, info (default), debug or trace."),
    ("XDG_CONFIG_HOME", "The directory for the configuration, instead of ~/.config."),
    ("XDG_STATE_HOME", "The directory for the session, instead of ~/.local/state."),
];

const FILES: [(&str, &str); 8] = [
    ("~/.config/whosin/config.toml", "The configuration. whosin config explains each key."),
    ("~/.config/whosin/NAME.toml", "The configuration of the profile NAME."),
    (
        "~/.local/state/whosin/session.json",
        "The session, readable only by you, with its tokens if no keyring has them.",
    ),
    (
        "~/.local/state/whosin/presence.json",
        "A state with an end, and what whosin learned about your server.",
    ),
    ("~/.local/state/whosin/preferences.json", "Your pins and notifications."),
    ("~/.local/state/whosin/history.sqlite", "The history of your contacts, if you keep one."),
    ("$XDG_RUNTIME_DIR/whosin/socket", "The socket of the running dashboard; else in ~/.local/state/whosin."),
    ("~/.local/state/whosin/NAME/", "The files of the profile NAME."),
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
