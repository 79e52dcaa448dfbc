//! What the server shows, and how.

use kuberewind_model::{Moment, Perspective, Result};
use kuberewind_session::OpenRecording;

/// Finds the perspective at a moment: an actor's incarnations have views of their own.
pub type Viewpoint = Box<dyn Fn(&OpenRecording, Moment) -> Result<Perspective> + Send>;

pub struct ServeOptions {
    /// The recording's name in messages: `run.db`.
    pub name: String,
    /// Whose objects are served: the world's, or those that an actor observed last.
    pub viewpoint: Viewpoint,
    /// True to list names whose objects are not known at the cursor.
    pub list_unknown: bool,
}
