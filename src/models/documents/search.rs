//! Finds a user's documents by words of their titles.

use sea_orm::{
    ModelTrait, QueryOrder,
    entity::prelude::*,
    sea_query::{ExprTrait, Func, LikeExpr},
};

use super::{super::users, Column, Entity, Model, Summary};
use crate::models::pagination::{Page, PageRequest};
use crate::{errors::AppResult, models::Database};

/// Words that are looked for at most: each one costs a comparison with every title.
const MAX_WORDS: usize = 8;

impl Model {
    /// A user's documents whose titles hold each of these words, those changed last first.
    pub async fn search_for(
        db: &Database,
        user: &users::Model,
        words: &str,
        request: PageRequest,
    ) -> AppResult<Page<Summary>> {
        let mut found = user.find_related(Entity).order_by_desc(Column::UpdatedAt).order_by_desc(Column::Id);
        // PostgreSQL takes no NUL even in a question; no title has one.
        let words = words.replace('\0', " ");
        for word in words.split_whitespace().take(MAX_WORDS) {
            let title = Expr::expr(Func::lower(Expr::col((Entity, Column::Title))));
            found = found.filter(title.like(LikeExpr::new(pattern(word)).escape('\\')));
        }
        Page::fetch(db, found.into_partial_model::<Summary>(), request).await
    }
}

/// The word anywhere, taken literally.
fn pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    for c in word.to_lowercase().chars() {
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
    fn what_is_looked_for_is_taken_literally() {
        assert_eq!(pattern("100%_Sure\\"), "%100\\%\\_sure\\\\%");
    }
}
