//! The closed set of what can happen to an account, each with the code that stands for it everywhere.

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An account was opened.
    Registered,
    /// Somebody tried to open an account for an address that has one.
    RegisteredAgain,
    EmailVerified,
    SignedIn,
    /// A wrong password, or an address that nobody has.
    SignInRefused,
    /// So many guesses, or mails that were asked for, that no more are taken for a while; once an hour for
    /// an account.
    LimitHit,
    SignedOut,
    /// A session was ended from another one.
    SessionEnded,
    /// All sessions, or all but the one that asked, were ended.
    SessionsEnded,
    /// A used refresh token came back: its session was ended.
    TokenReused,
    /// A link for a new password was asked for.
    PasswordResetAsked,
    PasswordReset,
    PasswordChanged,
    /// A wrong password, by somebody who is signed in and was asked for it.
    PasswordRefused,
    AccountDeleted,
}

/// Every kind with its code.
pub const TABLE: [(Kind, &str); 15] = [
    (Kind::Registered, "registered"),
    (Kind::RegisteredAgain, "registered_again"),
    (Kind::EmailVerified, "email_verified"),
    (Kind::SignedIn, "signed_in"),
    (Kind::SignInRefused, "sign_in_refused"),
    (Kind::LimitHit, "limit_hit"),
    (Kind::SignedOut, "signed_out"),
    (Kind::SessionEnded, "session_ended"),
    (Kind::SessionsEnded, "sessions_ended"),
    (Kind::TokenReused, "token_reused"),
    (Kind::PasswordResetAsked, "password_reset_asked"),
    (Kind::PasswordReset, "password_reset"),
    (Kind::PasswordChanged, "password_changed"),
    (Kind::PasswordRefused, "password_refused"),
    (Kind::AccountDeleted, "account_deleted"),
];

impl Kind {
    /// The code in the table, the API and the log.
    #[must_use]
    pub const fn code(self) -> &'static str {
        // The table is in the order of the variants; the test below holds it.
        TABLE[self as usize].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_stands_in_its_own_row_under_a_code_of_its_own() {
        for (index, (kind, code)) in TABLE.iter().enumerate() {
            assert_eq!(*kind as usize, index);
            assert_eq!(TABLE.iter().filter(|(_, other)| other == code).count(), 1, "{code} stands twice");
        }
    }
}
