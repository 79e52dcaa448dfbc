//! Keeping secrets out: what may be written to a recording, and as what.
