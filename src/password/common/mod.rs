//! Passwords that many people use.

use sha2::{Digest, Sha256};

/// Bytes that are kept of a digest: another password has the same ones once in a hundred million.
const KEPT: usize = 5;

/// The digests, sorted. What they are of, where that is from and how it was chosen: `README.md`.
const DIGESTS: &[u8] = include_bytes!("digests.bin");

/// Whether many people use this password, given composed and in small letters.
pub fn holds(password: &str) -> bool {
    let (digests, _) = DIGESTS.as_chunks::<KEPT>();
    let digest = Sha256::digest(password);
    digest.first_chunk().is_some_and(|wanted| digests.binary_search(wanted).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some of the lists themselves.
    const LISTED: &str = include_str!("sample.txt");

    #[test]
    fn fifty_that_are_listed_are_known_and_fifty_that_are_not_are_unknown() {
        assert!(LISTED.lines().count() >= 50);
        for password in LISTED.lines() {
            assert!(holds(password), "{password}");
            assert!(!holds(&format!("{password} kx2 mw9")), "{password} and more");
        }
    }

    #[test]
    fn many_thousands_are_known_and_sorted() {
        let (digests, rest) = DIGESTS.as_chunks::<KEPT>();
        assert!(rest.is_empty() && digests.len() > 50_000, "{} digests", digests.len());
        assert!(digests.is_sorted(), "what is not sorted is not found");
    }
}
