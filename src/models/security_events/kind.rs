//! Kinds of security events and their codes.

/// Kind of a security event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A user registered.
    Registered,
    /// A client tried to register an e-mail address that has an account.
    RegisteredAgain,
    EmailVerified,
    SignedIn,
    /// A login failed: the password was wrong, or no account has the e-mail address.
    SignInRefused,
    /// The rate limit of an account for logins or e-mail requests was reached, or the lockout rejected a login with the
    /// correct password. A reached rate limit is recorded at most once an hour per account.
    LimitHit,
    SignedOut,
    /// A user ended one session from the list of sessions.
    SessionEnded,
    /// A user ended all sessions of the account.
    SessionsEnded,
    /// A refresh token was used again, and the session was ended.
    TokenReused,
    /// A client requested a link to set a new password.
    PasswordResetAsked,
    PasswordReset,
    PasswordChanged,
    /// The current password in a request of a signed-in user was wrong.
    PasswordRefused,
    AccountDeleted,
}

/// Codes of all kinds, in the order of the variants of [`EventKind`].
pub const TABLE: [(EventKind, &str); 15] = [
    (EventKind::Registered, "registered"),
    (EventKind::RegisteredAgain, "registered_again"),
    (EventKind::EmailVerified, "email_verified"),
    (EventKind::SignedIn, "signed_in"),
    (EventKind::SignInRefused, "sign_in_refused"),
    (EventKind::LimitHit, "limit_hit"),
    (EventKind::SignedOut, "signed_out"),
    (EventKind::SessionEnded, "session_ended"),
    (EventKind::SessionsEnded, "sessions_ended"),
    (EventKind::TokenReused, "token_reused"),
    (EventKind::PasswordResetAsked, "password_reset_asked"),
    (EventKind::PasswordReset, "password_reset"),
    (EventKind::PasswordChanged, "password_changed"),
    (EventKind::PasswordRefused, "password_refused"),
    (EventKind::AccountDeleted, "account_deleted"),
];

impl EventKind {
    /// Returns the code of the kind. The database, the API and the log contain this code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        TABLE[self as usize].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_has_one_row_per_kind_with_a_unique_code() {
        for (index, (kind, code)) in TABLE.iter().enumerate() {
            assert_eq!(*kind as usize, index);
            assert_eq!(TABLE.iter().filter(|(_, other)| other == code).count(), 1, "{code} is duplicated");
        }
    }
}
