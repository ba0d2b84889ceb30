//! Searches the titles of a user's documents.

use migration::folding::fold;
use sea_orm::{ModelTrait, QueryOrder, entity::prelude::*, sea_query::LikeExpr};

use super::{super::users, Column, Entity, Model, Summary};
use crate::{
    errors::AppResult,
    models::{
        Database,
        pagination::{Page, PageRequest},
        without_nul,
    },
};

/// Maximum number of words in a search. The search compares each word with every title.
const MAX_WORDS: usize = 8;

impl Model {
    /// Lists a user's documents whose titles contain every word of the search, most recently changed first. Ignores the
    /// case, and ignores words after the eighth word.
    pub async fn search_for(
        db: &Database,
        user: &users::Model,
        words: &str,
        request: PageRequest,
    ) -> AppResult<Page<Summary>> {
        let mut found = user.find_related(Entity).order_by_desc(Column::UpdatedAt).order_by_desc(Column::Id);
        for word in fold(&without_nul(words)).split_whitespace().take(MAX_WORDS) {
            found = found.filter(Column::FoldedTitle.like(LikeExpr::new(pattern(word)).escape('\\')));
        }
        Page::fetch(db, found.into_partial_model::<Summary>(), request).await
    }
}

/// Returns a `LIKE` pattern that matches a folded word anywhere in a title. Wildcards in the word are escaped.
fn pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    for c in word.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "%"
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn pattern_escapes_wildcards_in_words() {
        assert_eq!(pattern("100%_sure\\"), "%100\\%\\_sure\\\\%");
    }
}
