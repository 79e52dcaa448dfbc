//! Random bits, from the operating system: the only place outside the recorder that draws any.

use kuberewind_model::{Error, ErrorKind, Result};

/// 128 of them, for a recording's id.
///
/// # Errors
/// Where the system has none to give.
pub fn id() -> Result<u128> {
    bytes().map(u128::from_le_bytes)
}

/// 256 of them, for the key under which secrets are replaced.
///
/// # Errors
/// Where the system has none to give.
pub fn key() -> Result<[u8; 32]> {
    bytes()
}

fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::new(ErrorKind::Io, "the system has no random bytes").because(error.to_string()))?;
    Ok(bytes)
}
