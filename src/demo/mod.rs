//! Scenarios with real controllers.
