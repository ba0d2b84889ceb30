//! Trust of an account in a client.

/// Whether and why an account trusts a client. Each variant has separate limits and quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientTrust {
    Untrusted,
    /// A login to the account came from the client's network in the last 30 days. A password change ends this trust.
    Network,
    /// The client has a device token that was issued for the account in the last 30 days. The password has not changed
    /// since the token was issued.
    Device,
}

impl ClientTrust {
    /// Returns whether the account trusts the client.
    #[must_use]
    pub const fn is_trusted(self) -> bool {
        !matches!(self, Self::Untrusted)
    }

    /// Returns the name of the variant in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Untrusted => "untrusted",
            Self::Network => "network",
            Self::Device => "device",
        }
    }
}
