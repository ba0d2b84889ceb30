//! Links to the previous and the next page of a list.

use form_urlencoded::Serializer;
use serde::Serialize;

use crate::models::pagination::Page;

/// Paths of the previous and the next page.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pager {
    pub previous: Option<String>,
    pub next: Option<String>,
}

impl Pager {
    /// Creates the links for the list at `path`. The links contain the parameter `page` and all parameters of `query`
    /// that are not empty.
    #[must_use]
    pub fn of<T>(list: &Page<T>, path: &str, query: &[(&str, &str)]) -> Self {
        Self::numbered("page", list, path, query)
    }

    /// Creates the links like [`Pager::of`], but with `name` as the name of the page parameter.
    #[must_use]
    pub fn numbered<T>(name: &str, list: &Page<T>, path: &str, query: &[(&str, &str)]) -> Self {
        let address = |page: u64| {
            let mut pairs = Serializer::new(String::new());
            pairs.extend_pairs(query.iter().filter(|(_, value)| !value.is_empty()));
            format!("{path}?{}", pairs.append_pair(name, &page.to_string()).finish())
        };
        Self {
            // For a page beyond the end of the list, the previous page is the last page.
            previous: (list.page > 1).then(|| address((list.page - 1).min(list.total_pages.max(1)))),
            next: (list.page < list.total_pages).then(|| address(list.page + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pager(page: u64, total_pages: u64) -> (Option<String>, Option<String>) {
        let list = Page::<()> { items: Vec::new(), page, page_size: 20, total_items: 0, total_pages };
        let Pager { previous, next } = Pager::of(&list, "/documents", &[("q", "a&b")]);
        (previous, next)
    }

    #[test]
    fn pager_links_to_existing_pages_only() {
        let at = |page| Some(format!("/documents?q=a%26b&page={page}"));
        assert_eq!(pager(1, 0), (None, None));
        assert_eq!(pager(1, 3), (None, at(2)));
        assert_eq!(pager(3, 3), (at(2), None));
        assert_eq!(pager(9, 3), (at(3), None));
        assert_eq!(pager(9, 0), (at(1), None));
    }
}
