//! Trust of an account in a client.

/// Reason why an account trusts a client. Clients with different reasons have separate limits and quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientTrust {
    Untrusted,
    /// The account has logged in from the network of the client in the last 30 days.
    Network,
    /// The client has a device token of the account, and the password has not changed since.
    Device,
}

impl ClientTrust {
    /// Returns whether the account trusts the client.
    #[must_use]
    pub const fn is_trusted(self) -> bool {
        !matches!(self, Self::Untrusted)
    }

    /// Returns the name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Untrusted => "untrusted",
            Self::Network => "network",
            Self::Device => "device",
        }
    }
}
