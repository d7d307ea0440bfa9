//! The integration tests: one crate, one file per part.

mod demo;
