//! Bare URLs and e-mail addresses in text, as in GitHub Flavored Markdown.
//!
//! Implements the rules of the section "Autolinks (extension)" of <https://github.github.com/gfm/>. Does not link the
//! schemes `ftp` and `xmpp`, because links with these schemes are not permitted.

use std::ops::Range;

/// Bare URL or e-mail address in the Markdown text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Autolink {
    /// Position in the Markdown text, in bytes.
    pub(super) range: Range<usize>,
    /// Target of the link.
    pub(super) url: String,
}

/// Returns the bare URLs in a range of the Markdown text, in the order of the text.
pub(super) fn urls(markdown: &str, within: Range<usize>) -> Vec<Autolink> {
    let mut found = Vec::new();
    let mut at = within.start;
    while at < within.end {
        let next = match url_at(markdown, at, within.end) {
            Some(Ok(link)) => {
                let end = link.range.end;
                found.push(link);
                end
            }
            Some(Err(end)) => end,
            None => at + 1,
        };
        at = next;
    }
    found
}

/// Returns the URL that starts at `at`, or `None` if no URL starts at `at`.
///
/// Returns the end of the domain as an error if the domain is invalid. The caller continues its search there, because
/// no other URL starts within an invalid domain.
fn url_at(markdown: &str, at: usize, end: usize) -> Option<Result<Autolink, usize>> {
    let (start, before) = (markdown.get(at..end)?, markdown[..at].chars().next_back());
    let scheme = scheme(start);
    let has_scheme = scheme > 0 && !before.is_some_and(|c| c.is_ascii_alphabetic());
    // Permits `|` before `www.`, because a URL may be at the start of a table cell.
    let has_www = start.starts_with("www.") && before.is_none_or(|c| c.is_whitespace() || "*_~(|".contains(c));
    if !has_scheme && !has_www {
        return None;
    }
    let prefix = if has_www { "www.".len() } else { scheme };
    let domain = domain(&start[prefix..]);
    if !is_valid_domain(domain) {
        return Some(Err(at + prefix + domain.len()));
    }
    let is_end = |c: char| c.is_whitespace() || c.is_control() || c == '<';
    let text = trim(&start[..start.find(is_end).unwrap_or(start.len())]);
    // Removes the backslash, because a table cell contains `|` as `\|`.
    let url = text.replace("\\|", "|");
    let url = if has_www { format!("http://{url}") } else { url };
    Some(Ok(Autolink { range: at..at + text.len(), url }))
}

/// Returns the length of `http://` or `https://` at the start of a text, or 0 if the text does not start with a scheme.
fn scheme(text: &str) -> usize {
    let starts = |scheme: &&str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    ["http://", "https://"].iter().find(|scheme| starts(scheme)).map_or(0, |scheme| scheme.len())
}

/// Returns the domain at the start of a text. The domain may be empty or invalid.
fn domain(text: &str) -> &str {
    let is_inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    &text[..text.find(|c| !is_inside(c)).unwrap_or(text.len())]
}

/// Returns whether the domain is valid. The specification permits no underscore in the last two segments.
fn is_valid_domain(domain: &str) -> bool {
    !domain.is_empty() && !domain.starts_with('.') && domain.rsplit('.').take(2).all(|segment| !segment.contains('_'))
}

/// Removes trailing punctuation, unmatched closing brackets and a trailing entity from a URL.
fn trim(mut url: &str) -> &str {
    let count = |bracket: char| url.matches(bracket).count();
    let mut unmatched = [('(', ')'), ('[', ']')].map(|(open, close)| (close, count(close).saturating_sub(count(open))));
    while let Some(last) = url.chars().next_back() {
        let kept = &url[..url.len() - last.len_utf8()];
        url = match last {
            '?' | '!' | '.' | ',' | ':' | '*' | '_' | '~' | '\'' | '"' => kept,
            ';' => without_entity(kept),
            _ => match unmatched.iter_mut().find(|(close, left)| *close == last && *left > 0) {
                Some((_, left)) => {
                    *left -= 1;
                    kept
                }
                None => break,
            },
        };
    }
    url
}

/// Removes the start of an entity such as `&amp` from the end of a URL.
fn without_entity(url: &str) -> &str {
    let name = url.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
    if name.len() < url.len() { name.strip_suffix('&').unwrap_or(url) } else { url }
}

/// Returns the e-mail addresses in a range of the Markdown text, in the order of the text.
pub(super) fn emails(markdown: &str, within: Range<usize>) -> Vec<Autolink> {
    let mut found = Vec::new();
    let mut start = within.start;
    while let Some(at) = markdown[start..within.end].find('@').map(|at| start + at) {
        let local = markdown[start..at].trim_end_matches(|c: char| is_local(c)).len() + start;
        let domain = email_domain(&markdown[at + 1..within.end]);
        let end = at + 1 + domain.len();
        if local < at && domain.contains('.') && !domain.ends_with(['-', '_']) {
            found.push(email(markdown, start, local..end));
            start = end;
        } else {
            start = at + 1;
        }
    }
    found
}

/// Creates the link of an e-mail address. If the text has `mailto:` directly before the e-mail address, the link text
/// includes `mailto:`.
fn email(markdown: &str, start: usize, address: Range<usize>) -> Autolink {
    let url = format!("mailto:{}", &markdown[address.clone()]);
    let before = markdown[start..address.start].strip_suffix("mailto:");
    let mailto = before.filter(|before| !before.ends_with(|c: char| c.is_ascii_alphanumeric()));
    let first = mailto.map_or(address.start, |before| start + before.len());
    Autolink { range: first..address.end, url }
}

fn is_local(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+')
}

/// Returns the domain of an e-mail address at the start of a text. Excludes a period that ends a sentence.
fn email_domain(text: &str) -> &str {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let domain = &text[..text.find(|c| !is_inside(c)).unwrap_or(text.len())];
    let first_gap = domain
        .char_indices()
        .find(|(at, c)| *c == '.' && !domain[at + 1..].starts_with(|next: char| next.is_ascii_alphanumeric()));
    &domain[..first_gap.map_or(domain.len(), |(at, _)| at)]
}
