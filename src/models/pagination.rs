//! One page of a list, and how many there are.

use sea_orm::{ConnectionTrait, PaginatorTrait, SelectorTrait};
use serde::Serialize;

use crate::errors::AppResult;

/// Items of a page at most.
pub const MAX_SIZE: u64 = 100;
/// Items of a page where the client does not say.
pub const DEFAULT_SIZE: u64 = 20;

/// Which page, from 1 on, of how many items each.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    pub page: u64,
    pub size: u64,
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    #[schema(example = 1)]
    pub page: u64,
    #[schema(example = 20)]
    pub page_size: u64,
    pub total_items: u64,
    pub total_pages: u64,
}

impl<T> Page<T> {
    /// Fetches one page of a query; a page past the end is empty.
    pub async fn fetch<'db, C, Q>(db: &'db C, query: Q, request: PageRequest) -> AppResult<Self>
    where
        C: ConnectionTrait,
        Q: PaginatorTrait<'db, C>,
        Q::Selector: SelectorTrait<Item = T> + Send + Sync + 'db,
    {
        let paginator = query.paginate(db, request.size);
        let totals = paginator.num_items_and_pages().await?;
        let items = paginator.fetch_page(request.page.saturating_sub(1)).await?;
        Ok(Self {
            items,
            page: request.page,
            page_size: request.size,
            total_items: totals.number_of_items,
            total_pages: totals.number_of_pages,
        })
    }

    /// The same page with each item shown as something else.
    pub fn map<U>(mut self, show: impl FnMut(T) -> U) -> Page<U> {
        let items = std::mem::take(&mut self.items);
        self.with(items.into_iter().map(show).collect())
    }

    /// The same page of these items.
    #[must_use]
    pub fn with<U>(self, items: Vec<U>) -> Page<U> {
        Page {
            items,
            page: self.page,
            page_size: self.page_size,
            total_items: self.total_items,
            total_pages: self.total_pages,
        }
    }
}
