//! What has just been done, said once on the page that follows.

/// Every notice; its words are the text `notice-NAME`.
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

/// The notice that a query names, if it is one.
#[must_use]
pub fn named(query: Option<&str>) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let (_, name) = pairs.find(|(field, _)| field == "notice")?;
    ALL.contains(&name.as_ref()).then(|| name.into_owned())
}

/// A path with a notice.
#[must_use]
pub fn at(path: &str, notice: &'static str) -> String {
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}notice={notice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_notice_of_ours_is_shown() {
        assert_eq!(
            named(at("/documents?page=2", "saved").split_once('?').map(|(_, query)| query)).as_deref(),
            Some("saved")
        );
        for query in [None, Some(""), Some("notice=hacked"), Some("notice")] {
            assert_eq!(named(query), None, "{query:?}");
        }
    }
}
