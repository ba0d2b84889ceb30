//! Flash messages: the result of a request, displayed on the next page. The URL of that page contains the name of the
//! message.

/// Names of all flash messages. The text of a flash message is the translation `notice-NAME`.
pub const ALL: [&str; 15] = [
    "registered",
    "signed-out",
    "saved",
    "document-removed",
    "uploaded",
    "upload-removed",
    "session-ended",
    "sessions-ended",
    "verified",
    "verification-sent",
    "reset-sent",
    "password-reset",
    "profile-saved",
    "password-changed",
    "account-removed",
];

/// Returns the name of the flash message in a query, or `None` if the name is missing or unknown.
#[must_use]
pub fn flash_from_query(query: Option<&str>) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let (_, name) = pairs.find(|(field, _)| field == "notice")?;
    ALL.contains(&name.as_ref()).then(|| name.into_owned())
}

/// Returns a path whose query contains the name of a flash message.
#[must_use]
pub fn with_flash(path: &str, name: &'static str) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}notice={name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flash_message_is_shown_only_if_its_name_is_known() {
        assert_eq!(
            flash_from_query(with_flash("/documents?page=2", "saved").split_once('?').map(|(_, query)| query))
                .as_deref(),
            Some("saved")
        );
        for query in [None, Some(""), Some("notice=hacked"), Some("notice")] {
            assert_eq!(flash_from_query(query), None, "{query:?}");
        }
    }
}
