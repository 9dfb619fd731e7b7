//! Room 3, record.
