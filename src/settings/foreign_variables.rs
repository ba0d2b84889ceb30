//! Recognizes environment variables of other programs. Their names may begin like the names of settings.

use std::sync::LazyLock;

use regex::Regex;

/// Regular expressions. Each expression must match the whole name of a variable.
const PATTERNS: [&str; 15] = [
    // Variables of Kubernetes service links and of Docker links.
    r".+_SERVICE_HOST|.+_SERVICE_PORT(_[A-Z0-9_]+)?",
    r".+_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?",
    // Variables of the Compose files, of a password manager and of the X Window System.
    "REDIS_(IMAGE|PASSWORD)|PASSWORD_STORE_[A-Z_]+|SESSION_MANAGER",
    // Variables in the AWS SDKs and Tools Reference Guide (settings reference), and of AWS Lambda, ECS and aws-vault.
    "AWS_(PROFILE|CONFIG_FILE|SHARED_CREDENTIALS_FILE|CA_BUNDLE|PAGER|EXECUTION_ENV|SECURITY_TOKEN|DATA_PATH)",
    "AWS_(WEB_IDENTITY_TOKEN_FILE|MAX_ATTEMPTS|CREDENTIAL_EXPIRATION|AUTH_SCHEME_PREFERENCE|VAULT|ACCOUNT_ID)",
    "AWS_(ENDPOINT_DISCOVERY_ENABLED|ENABLE_ENDPOINT_DISCOVERY|IGNORE_CONFIGURED_ENDPOINT_URLS)",
    "AWS_(ACCOUNT_ID|BEARER_TOKEN|CLI|CONTAINER|DEFAULT|DISABLE|EC2|ENDPOINT_URL|LAMBDA|METADATA)_[A-Z0-9_]+",
    "AWS_(REQUEST|RESPONSE|RETRY|ROLE|S3|SDK|SIGV4A|SSO|STS|USE|XRAY)_[A-Z0-9_]+",
    // Variables in the OpenTelemetry Environment Variable Specification, and of OpenTelemetry's SDKs and operator.
    "OTEL_(SDK_DISABLED|SERVICE_NAME|LOG_LEVEL|PROPAGATORS|ENTITIES|(EXPERIMENTAL_)?CONFIG_FILE)",
    "OTEL_(RESOURCE_ATTRIBUTES(_[A-Z_]+)?|TRACES_SAMPLER(_ARG)?|(TRACES|METRICS|LOGS|PROFILES)_EXPORTER)",
    "OTEL_(ATTRIBUTE|BLRP|BSP|EVENT|LINK|LOGRECORD|METRIC_EXPORT|METRICS_EXEMPLAR|SEMCONV|SPAN)_[A-Z_]+",
    "OTEL_EXPORTER_(JAEGER|PROMETHEUS|ZIPKIN|OTLP_METRICS)_[A-Z_]+",
    "OTEL_(DOTNET|GO|INJECTOR|INSTRUMENTATION|JAVA|JAVAAGENT|NODE|PHP|POD|PYTHON|RUBY|RUST)_[A-Z0-9_]+",
    "OTEL_EXPORTER_OTLP_((TRACES|METRICS|LOGS|PROFILES)_)?(ENDPOINT|HEADERS|PROTOCOL|TIMEOUT|COMPRESSION|INSECURE)",
    "OTEL_EXPORTER_OTLP_((TRACES|METRICS|LOGS|PROFILES)_)?(CERTIFICATE|CLIENT_KEY|CLIENT_CERTIFICATE)",
];
static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&format!("^({})$", PATTERNS.join("|"))).ok());

/// Returns whether an orchestrator, an SDK or a shell defines a variable with this name.
pub(super) fn is_foreign(name: &str) -> bool {
    NAME.as_ref().is_some_and(|pattern| pattern.is_match(name))
}
