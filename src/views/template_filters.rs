//! Template filters that format sizes and times in the language of the page.

use chrono::{DateTime, Utc};
use tera::{Kwargs, State, Tera, TeraResult};

use super::{locale::Language, translations::language};

const UNITS: [&str; 4] = ["bytes", "kB", "MB", "GB"];

/// Registers the filters `size` and `moment`.
pub(super) fn register(tera: &mut Tera) {
    tera.register_filter("size", |bytes: u64, _: Kwargs, state: &State<'_>| -> TeraResult<String> {
        Ok(size(bytes, language(state)?))
    });
    tera.register_filter("moment", |time: &str, _: Kwargs, state: &State<'_>| -> TeraResult<String> {
        let time = DateTime::parse_from_rfc3339(time).map_err(tera::Error::message)?;
        Ok(moment(time.to_utc(), language(state)?))
    });
}

/// Formats a size in the largest decimal unit that is not greater than the size. In kB, MB and GB, a number below 10
/// has one decimal place.
fn size(bytes: u64, language: Language) -> String {
    let exponent = (bytes.max(1).ilog10() / 3).min(3) as usize;
    if exponent == 0 {
        return format!("{bytes} {}", if language == Language::German { "Byte" } else { UNITS[0] });
    }
    let unit = 1000_u64.pow(u32::try_from(exponent).unwrap_or(0));
    let tenths = (bytes * 10 + unit / 2) / unit;
    let number = if tenths >= 100 {
        ((bytes + unit / 2) / unit).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    let number = if language == Language::German { number.replace('.', ",") } else { number };
    format!("{number} {}", UNITS[exponent])
}

fn moment(time: DateTime<Utc>, language: Language) -> String {
    let pattern = match language {
        Language::English => "%-d %b %Y, %H:%M UTC",
        Language::German => "%d.%m.%Y, %H:%M UTC",
    };
    time.format(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_has_two_significant_digits() {
        let table = [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (1549, "1.5 kB"),
            (48_213, "48 kB"),
            (10_485_760, "10 MB"),
            (9_960_000, "10 MB"),
            (2_500_000_000_000, "2500 GB"),
        ];
        for (bytes, expected) in table {
            assert_eq!(size(bytes, Language::English), expected);
        }
        assert_eq!(size(1549, Language::German), "1,5 kB");
    }

    #[test]
    fn moment_is_formatted_in_the_language_of_the_page() {
        let time = "2026-03-05T07:08:09Z".parse().unwrap();
        assert_eq!(moment(time, Language::English), "5 Mar 2026, 07:08 UTC");
        assert_eq!(moment(time, Language::German), "05.03.2026, 07:08 UTC");
    }
}
