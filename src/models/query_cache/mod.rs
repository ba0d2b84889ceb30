//! Cache of query results that are valid until the next commit to an SQLite database.
//!
//! A cached result is never older than the newest commit, because each lookup compares the version of the database. The
//! version includes the commits of other processes. On PostgreSQL, nothing is cached.

mod commit_version;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, hash::Hash, sync::Arc};

use parking_lot::Mutex;

use super::Database;
use crate::errors::AppResult;

pub use commit_version::{CommitVersion, CommitVersions};

/// Maximum number of results. A full cache drops all results.
const CAPACITY: usize = 4096;

/// Results of one query by their key. Clones share the results.
pub struct QueryCache<K, V>(Arc<Mutex<Results<K, V>>>);

struct Results<K, V> {
    /// Version of the database for which the results are valid.
    version: Option<CommitVersion>,
    by_key: HashMap<K, V>,
}

impl<K, V> Clone for QueryCache<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Default for QueryCache<K, V> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Results { version: None, by_key: HashMap::new() })))
    }
}

impl<K: Eq + Hash, V: Clone> QueryCache<K, V> {
    /// Returns the cached result for `key`, or runs `query` and caches its result. A query without a result is not
    /// cached.
    pub async fn get_or_query(
        &self,
        db: &Database,
        key: K,
        query: impl Future<Output = AppResult<Option<V>>>,
    ) -> AppResult<Option<V>> {
        // Reads the version before the query, because a commit during the query makes the result invalid.
        let Some(version) = db.commit_version() else { return query.await };
        if let Some(value) = self.get(version, &key) {
            return Ok(Some(value));
        }
        let value = query.await?;
        if let Some(value) = &value {
            self.insert(version, key, value.clone());
        }
        Ok(value)
    }

    fn get(&self, version: CommitVersion, key: &K) -> Option<V> {
        let results = self.0.lock();
        if results.version == Some(version) { results.by_key.get(key).cloned() } else { None }
    }

    fn insert(&self, version: CommitVersion, key: K, value: V) {
        let mut results = self.0.lock();
        if results.version != Some(version) || results.by_key.len() >= CAPACITY {
            results.version = Some(version);
            results.by_key.clear();
        }
        results.by_key.insert(key, value);
    }
}
