//! The program. Its exit code policy and everything else is in [`kuberewind::cli`].

fn main() {}
