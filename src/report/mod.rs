//! Findings for people and for CI: text, SARIF, JUnit.

pub mod findings;
pub mod junit;
mod plain;
pub mod sarif;
