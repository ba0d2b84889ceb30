//! Settings of the trace export.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::Secret;

/// Settings of the OpenTelemetry collector.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    /// URL of the collector: `http://HOST:4318`. Empty if traces are not exported. Set by
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub endpoint: String,
    /// Headers of requests to the collector, for example an API key. The format is `name=value,name=value` with
    /// percent-encoded values (OpenTelemetry Protocol Exporter specification). Set by `OTEL_EXPORTER_OTLP_HEADERS`.
    pub headers: Secret,
}

impl Traces {
    /// Returns the headers of requests to the collector.
    ///
    /// # Errors
    /// Returns one line that names the variable, but does not contain the value.
    pub fn headers(&self) -> Result<HashMap<String, String>, String> {
        let pairs = self.headers.reveal().split(',').map(str::trim).filter(|pair| !pair.is_empty());
        pairs.map(header).collect::<Option<_>>().ok_or_else(|| {
            "OTEL_EXPORTER_OTLP_HEADERS must be a list of headers such as api-key=value,other=value".to_owned()
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
    fn headers_returns_pairs_with_decoded_values() {
        assert_eq!(headers("").unwrap(), HashMap::new());
        let [key, other] = [("api-key", "a=b, c"), ("other", "")].map(|(name, value)| (name.into(), value.into()));
        assert_eq!(headers("api-key=a%3Db%2C%20c, other=").unwrap(), HashMap::from([key, other]));
    }

    #[test]
    fn headers_rejects_an_invalid_header_without_repeating_it() {
        for wrong in ["hunter2", "=hunter2", "a b=hunter2", "a=hunter2%0a", "a=%ff"] {
            let message = headers(wrong).unwrap_err();
            assert!(
                message.starts_with("OTEL_EXPORTER_OTLP_HEADERS ") && !message.contains("hunter2"),
                "{wrong}: {message}"
            );
        }
    }
}
