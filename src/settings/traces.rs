//! Where spans go, and what the collector is shown.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::Secret;

/// Spans for a collector of OpenTelemetry.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    /// `http://HOST:4318`; empty for none. Fed by `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub endpoint: String,
    /// `name=value,name=value`, values percent-encoded (OpenTelemetry's specification of OTLP exporters); a
    /// collector's key among them. Fed by `OTEL_EXPORTER_OTLP_HEADERS`.
    pub headers: Secret,
}

impl Traces {
    /// What is sent with every message.
    ///
    /// # Errors
    /// One line that names the variable, and nothing of its value.
    pub fn headers(&self) -> Result<HashMap<String, String>, String> {
        let pairs = self.headers.reveal().split(',').map(str::trim).filter(|pair| !pair.is_empty());
        pairs.map(header).collect::<Option<_>>().ok_or_else(|| {
            "OTEL_EXPORTER_OTLP_HEADERS must be headers with their values, as in api-key=word,other=word".to_owned()
        })
    }
}

fn header(pair: &str) -> Option<(String, String)> {
    let (name, value) = pair.split_once('=')?;
    let value = percent_decode_str(value.trim()).decode_utf8().ok()?.into_owned();
    let name = axum::http::HeaderName::try_from(name.trim()).ok()?;
    axum::http::HeaderValue::try_from(&value).is_ok().then(|| (name.to_string(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(text: &str) -> Result<HashMap<String, String>, String> {
        Traces { headers: Secret::from(text), ..Traces::default() }.headers()
    }

    #[test]
    fn headers_come_in_pairs_with_values_percent_encoded() {
        assert_eq!(headers("").unwrap(), HashMap::new());
        let [key, other] = [("api-key", "a=b, c"), ("other", "")].map(|(name, value)| (name.into(), value.into()));
        assert_eq!(headers("api-key=a%3Db%2C%20c, other=").unwrap(), HashMap::from([key, other]));
    }

    #[test]
    fn what_is_no_header_is_refused_and_not_repeated() {
        for wrong in ["hunter2", "=hunter2", "a b=hunter2", "a=hunter2%0a", "a=%ff"] {
            let said = headers(wrong).unwrap_err();
            assert!(said.starts_with("OTEL_EXPORTER_OTLP_HEADERS ") && !said.contains("hunter2"), "{wrong}: {said}");
        }
    }
}
