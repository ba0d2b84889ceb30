//! Installs the cryptography provider for TLS clients that do not choose a provider.

/// Installs `ring`, which the database and mail crates use as well. Calls after the first call have no effect.
pub fn install() {
    // `Err` means that a provider is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
