//! Chooses who computes what TLS needs, for clients that would else not know.

/// The one that the crates for the database and mail use as well. Safe to call again.
pub fn install() {
    // An error says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
