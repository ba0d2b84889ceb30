//! Blocklist of common passwords.

use sha2::{Digest, Sha256};

/// Length of a truncated digest in the list, in bytes. An unlisted password matches an entry with a probability of
/// about 1 in 12 million.
const ENTRY_BYTES: usize = 5;

/// Sorted truncated digests of common passwords. `README.md` describes the sources and the selection.
const DIGESTS: &[u8] = include_bytes!("digests.bin");

/// Returns whether the blocklist contains a password. The password must be in NFKC and in lower case.
pub fn contains(password: &str) -> bool {
    let (digests, _) = DIGESTS.as_chunks::<ENTRY_BYTES>();
    let digest = Sha256::digest(password);
    digest.first_chunk().is_some_and(|wanted| digests.binary_search(wanted).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Passwords that the blocklist contains.
    const LISTED: &str = include_str!("sample.txt");

    #[test]
    fn contains_returns_true_only_for_listed_passwords() {
        assert!(LISTED.lines().count() >= 50);
        for password in LISTED.lines() {
            assert!(contains(password), "{password}");
            assert!(!contains(&format!("{password} kx2 mw9")), "{password} with a suffix");
        }
    }

    #[test]
    fn digests_are_complete_and_sorted() {
        let (digests, rest) = DIGESTS.as_chunks::<ENTRY_BYTES>();
        assert!(rest.is_empty() && digests.len() > 50_000, "{} digests", digests.len());
        assert!(digests.is_sorted(), "the binary search requires sorted digests");
    }
}
