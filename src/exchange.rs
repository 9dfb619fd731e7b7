//! Room 2, meaning.
