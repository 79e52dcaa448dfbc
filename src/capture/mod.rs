//! From exchanges and stream frames to operations, versions, showings and spans.
