//! Pages of a list.

use sea_orm::{ConnectionTrait, PaginatorTrait, SelectorTrait};
use serde::Serialize;

use crate::errors::AppResult;

/// Maximum number of items per page.
pub const MAX_SIZE: u64 = 100;
/// Number of items per page if the client sends no page size.
pub const DEFAULT_SIZE: u64 = 20;

/// Page number, starting at 1, and number of items per page.
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
    /// Fetches one page of a query. A page after the last page is empty.
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

    /// Converts each item of the page.
    pub fn map<U>(mut self, convert: impl FnMut(T) -> U) -> Page<U> {
        let items = std::mem::take(&mut self.items);
        self.with(items.into_iter().map(convert).collect())
    }

    /// Replaces the items of the page.
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
