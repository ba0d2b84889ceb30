//! Decimals on the wire: text, so that no program between us and a client makes a binary fraction of them.

use sea_orm::prelude::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A decimal that JSON carries as text, digit by digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecimalString(pub Decimal);

impl Serialize for DecimalString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for DecimalString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // The other way to read one rounds what is too long.
        Decimal::from_str_exact(&text).map(Self).map_err(|_| D::Error::custom("no decimal"))
    }
}

#[cfg(test)]
mod tests {
    use super::DecimalString;

    #[test]
    fn what_is_read_is_what_was_written_and_nothing_is_rounded() {
        for text in ["\"12.50\"", "\"-7\"", "\"0.123456789012345\""] {
            let exact: DecimalString = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&exact).unwrap(), text);
        }
        for no in ["1.5", "7", "\"\"", "\"x\"", "\"NaN\"", "\"1.00000000000000000000000000000000001\""] {
            assert!(serde_json::from_str::<DecimalString>(no).is_err(), "{no}");
        }
    }
}
