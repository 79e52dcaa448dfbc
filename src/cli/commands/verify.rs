use crate::cli::Exit; use crate::model::Result;
pub fn run(_: &crate::cli::args::VerifyArgs) -> Result<Exit> { Ok(Exit::Done) }
