//! Decimal numbers in JSON: strings, because JSON parsers may round numbers to binary fractions.

use sea_orm::prelude::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Decimal number that is a string in JSON.
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
        // Does not use `parse`, because `parse` rounds a number with too many digits.
        Decimal::from_str_exact(&text).map(Self).map_err(|_| D::Error::custom("must be a decimal number"))
    }
}

#[cfg(test)]
mod tests {
    use super::DecimalString;

    #[test]
    fn decimal_string_keeps_every_digit_or_is_rejected() {
        for text in ["\"12.50\"", "\"-7\"", "\"0.123456789012345\""] {
            let decimal: DecimalString = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&decimal).unwrap(), text);
        }
        for invalid in ["1.5", "7", "\"\"", "\"x\"", "\"NaN\"", "\"1.00000000000000000000000000000000001\""] {
            assert!(serde_json::from_str::<DecimalString>(invalid).is_err(), "{invalid}");
        }
    }
}
