//! The recorder that an operator links.
