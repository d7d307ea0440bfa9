//! Profiles: separate accounts on one machine, each with a session, a configuration and a dashboard of its own.

use std::{fmt, io, path::PathBuf, str::FromStr, sync::OnceLock};

use etcetera::BaseStrategy;

/// The name of a profile; the default one has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile(Option<String>);

/// The one of this process: it goes for the whole of it, as the home directory does.
static CURRENT: OnceLock<Profile> = OnceLock::new();

/// Chooses the profile of this process, once and before anything is read or written.
pub fn choose(profile: Profile) {
    let _ = CURRENT.set(profile);
}

/// The profile of this process.
pub fn current() -> &'static Profile {
    CURRENT.get_or_init(Profile::default)
}

impl Profile {
    /// Where its state is kept: `$XDG_STATE_HOME/whosin`, or where the platform keeps such things; with a name, in a
    /// directory of that name there.
    ///
    /// # Errors
    ///
    /// When there is no home directory.
    pub fn state_directory(&self) -> io::Result<PathBuf> {
        let base = base()?;
        Ok(self.within(base.state_dir().unwrap_or_else(|| base.data_dir())))
    }

    /// Where the socket of its dashboard is: in `$XDG_RUNTIME_DIR/whosin` as its state is in that directory, or beside that.
    ///
    /// # Errors
    ///
    /// When there is no home directory.
    pub fn runtime_directory(&self) -> io::Result<PathBuf> {
        let Some(runtime) = base()?.runtime_dir() else { return self.state_directory() };
        Ok(self.within(runtime))
    }

    /// Where its configuration is kept: `NAME.toml` in `$XDG_CONFIG_HOME/whosin`; and the `config.toml` that all share.
    ///
    /// # Errors
    ///
    /// When there is no home directory.
    pub fn config_files(&self) -> io::Result<[PathBuf; 2]> {
        let directory = base()?.config_dir().join("whosin");
        let own = self.0.as_deref().unwrap_or("config");
        Ok([directory.join(format!("{own}.toml")), directory.join("config.toml")])
    }

    /// How an option names it in a command, with a space before it; nothing for the default one.
    #[must_use]
    pub fn option(&self) -> String {
        self.0.as_ref().map(|name| format!(" --profile {name}")).unwrap_or_default()
    }

    fn within(&self, mut directory: PathBuf) -> PathBuf {
        directory.push("whosin");
        directory.extend(&self.0);
        directory
    }
}

fn base() -> io::Result<impl BaseStrategy> {
    etcetera::choose_base_strategy().map_err(io::Error::other)
}

/// Why a text is no name of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidProfileName;

impl fmt::Display for InvalidProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a profile's name has letters, digits, - and _ only, and 64 of them at most")
    }
}

impl std::error::Error for InvalidProfileName {}

/// Reads a name, which becomes one of a directory and of a file. The empty one is the default profile's.
impl FromStr for Profile {
    type Err = InvalidProfileName;

    fn from_str(name: &str) -> Result<Self, InvalidProfileName> {
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.len() > 64 || !name.chars().all(fine) {
            return Err(InvalidProfileName);
        }
        Ok(Self((!name.is_empty()).then(|| name.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_lead_nowhere_else() {
        for name in ["work", "Work-2_b", ""] {
            assert!(name.parse::<Profile>().is_ok(), "{name}");
        }
        for name in ["..", "a/b", "a.b", "a b", "grüße", "\n", &"x".repeat(65)] {
            assert_eq!(name.parse::<Profile>(), Err(InvalidProfileName), "{name}");
        }
    }

    #[test]
    fn a_command_names_a_profile_that_has_a_name() {
        assert_eq!("work".parse::<Profile>().unwrap().option(), " --profile work");
        assert_eq!(Profile::default().option(), "");
    }
}
