//! Which homeserver the demo behaves like, in what concerns presence.

/// A homeserver's software. What each does was measured, but for Dendrite, whose source says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Software {
    /// Synapse 1.163.
    #[default]
    Synapse,
    /// tuwunel 1.4, which stands for conduwuit and old continuwuity too.
    OldTuwunel,
    /// tuwunel from 1.5 on.
    Tuwunel,
    /// continuwuity 26.
    Continuwuity,
    /// palpo 0.4.
    Palpo,
    /// Dendrite.
    Dendrite,
}

impl Software {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Synapse, Self::OldTuwunel, Self::Tuwunel, Self::Continuwuity, Self::Palpo, Self::Dendrite];

    /// What it says that it is: name and version.
    #[must_use]
    pub fn version(self) -> (&'static str, &'static str) {
        match self {
            Self::Synapse => ("Synapse", "1.163.2"),
            Self::OldTuwunel => ("tuwunel", "1.4.6"),
            Self::Tuwunel => ("tuwunel", "1.9.0"),
            Self::Continuwuity => ("continuwuity", "26.7.3"),
            Self::Palpo => ("palpo", "0.4.0"),
            Self::Dendrite => ("Dendrite", "0.15.0"),
        }
    }
}
