//! Binary data in JSON: base64 (RFC 4648 section 4).

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Bytes that JSON contains as a base64 string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base64(pub Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(|_| D::Error::custom("must be base64"))
    }
}

#[cfg(test)]
mod tests {
    use super::Base64;

    #[test]
    fn base64_is_decoded_only_if_it_is_valid() {
        let bytes: Base64 = serde_json::from_str("\"AAH/\"").unwrap();
        assert_eq!(bytes, Base64(vec![0, 1, 255]));
        assert_eq!(serde_json::to_string(&bytes).unwrap(), "\"AAH/\"");
        for invalid in ["\"AAH\"", "\"AA H/\"", "\"AAH_\"", "7"] {
            assert!(serde_json::from_str::<Base64>(invalid).is_err(), "{invalid}");
        }
    }
}
