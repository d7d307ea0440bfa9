//! The homeservers that the demo can behave like.

/// A homeserver's software. Each was measured, except where its version's comment says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Software {
    /// Synapse 1.163.
    #[default]
    Synapse,
    /// tuwunel 1.4.6. Stands for conduwuit and continuwuity 0.5 too.
    OldTuwunel,
    /// tuwunel 1.5.0, which cannot clear a message.
    Tuwunel1_5,
    /// tuwunel 1.9.0, by its source.
    Tuwunel,
    /// continuwuity 26.7.3.
    Continuwuity,
    /// palpo 0.4.
    Palpo,
    /// Dendrite, by its source.
    Dendrite,
}

impl Software {
    /// Every software, in the order of declaration.
    pub const ALL: [Self; 7] = [
        Self::Synapse,
        Self::OldTuwunel,
        Self::Tuwunel1_5,
        Self::Tuwunel,
        Self::Continuwuity,
        Self::Palpo,
        Self::Dendrite,
    ];

    /// Returns the name and the version that the server gives.
    #[must_use]
    pub fn version(self) -> (&'static str, &'static str) {
        match self {
            Self::Synapse => ("Synapse", "1.163.2"),
            Self::OldTuwunel => ("tuwunel", "1.4.6"),
            Self::Tuwunel1_5 => ("tuwunel", "1.5.0"),
            Self::Tuwunel => ("tuwunel", "1.9.0"),
            Self::Continuwuity => ("continuwuity", "26.7.3"),
            Self::Palpo => ("palpo", "0.4.0"),
            Self::Dendrite => ("Dendrite", "0.15.0"),
        }
    }

    /// Returns whether it is tuwunel, of any version.
    pub(super) fn is_tuwunel(self) -> bool {
        self == Self::OldTuwunel || self.ranks_sessions()
    }

    /// Returns whether it ranks the states of a user's sessions as tuwunel does since 1.5.
    pub(super) fn ranks_sessions(self) -> bool {
        matches!(self, Self::Tuwunel1_5 | Self::Tuwunel)
    }

    /// Returns whether it descends from conduwuit.
    pub(super) fn is_of_conduwuit(self) -> bool {
        self.is_tuwunel() || self == Self::Continuwuity
    }
}
