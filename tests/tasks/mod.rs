//! Tasks, each by its own name.
