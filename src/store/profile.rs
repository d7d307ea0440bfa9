//! Profiles: separate accounts on one machine, each with its own session, configuration and dashboard.

use std::{io, path::PathBuf, str::FromStr, sync::OnceLock};

use etcetera::BaseStrategy;
use thiserror::Error;

/// A profile. The default one has no name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile(Option<String>);

/// The profile of this process. It is global, as the home directory is.
static CURRENT: OnceLock<Profile> = OnceLock::new();

/// Sets the profile of this process. Call it once, before any file is read or written.
pub fn choose(profile: Profile) {
    let _ = CURRENT.set(profile);
}

/// Returns the profile of this process.
pub fn current() -> &'static Profile {
    CURRENT.get_or_init(Profile::default)
}

impl Profile {
    /// Returns the state directory: `$XDG_STATE_HOME/whosin` or the platform's equivalent. A named profile has a
    /// subdirectory.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if there is no home directory.
    pub(crate) fn state_directory(&self) -> io::Result<PathBuf> {
        let base = base()?;
        Ok(self.within(base.state_dir().unwrap_or_else(|| base.data_dir())))
    }

    /// Returns the directory of the socket: `$XDG_RUNTIME_DIR/whosin`, or the state directory if that variable names no
    /// directory. The system creates that one, never a program. A named profile has a subdirectory.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if there is no home directory.
    pub(crate) fn runtime_directory(&self) -> io::Result<PathBuf> {
        let runtime = base()?.runtime_dir().filter(|directory| directory.is_dir());
        let Some(runtime) = runtime else { return self.state_directory() };
        Ok(self.within(runtime))
    }

    /// Returns the configuration files in `$XDG_CONFIG_HOME/whosin`: `NAME.toml`, and `config.toml`, which all profiles
    /// share.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if there is no home directory.
    pub(crate) fn config_files(&self) -> io::Result<[PathBuf; 2]> {
        let directory = base()?.config_dir().join("whosin");
        let own = self.0.as_deref().unwrap_or("config");
        Ok([directory.join(format!("{own}.toml")), directory.join("config.toml")])
    }

    /// Returns the `--profile` option with a leading space. Empty for the default profile.
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

/// The error of a text that cannot be a profile's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a profile's name has letters, digits, - and _ only, and 64 of them at most")]
pub struct ProfileNameError;

/// Parses a name, which becomes part of paths. An empty text is the default profile.
impl FromStr for Profile {
    type Err = ProfileNameError;

    fn from_str(name: &str) -> Result<Self, ProfileNameError> {
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.len() > 64 || !name.chars().all(fine) {
            return Err(ProfileNameError);
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
            assert_eq!(name.parse::<Profile>(), Err(ProfileNameError), "{name}");
        }
    }

    #[test]
    fn a_command_names_a_profile_that_has_a_name() {
        assert_eq!("work".parse::<Profile>().unwrap().option(), " --profile work");
        assert_eq!(Profile::default().option(), "");
    }
}
