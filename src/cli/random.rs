//! Random bits from the operating system.

use kuberewind_model::{Error, ErrorKind, Result};

/// Draws the 128-bit id of a recording.
pub fn id() -> Result<u128> {
    bytes().map(u128::from_le_bytes)
}

/// Draws the 256-bit key for redaction.
pub fn key() -> Result<[u8; 32]> {
    bytes()
}

fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::new(ErrorKind::Io, "cannot read random bytes from the system").because(error.to_string()))?;
    Ok(bytes)
}
