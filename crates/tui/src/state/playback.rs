use kuberewind_model::Timestamp;

/// Playing a recording and following a live session.
#[derive(Debug, Clone)]
pub struct Playback {
    /// The current time as of the last tick.
    pub now: Timestamp,
    /// Keeps the cursor at the end of a live session.
    pub follow: bool,
    /// The number of operations recorded after the cursor stopped following.
    pub unseen: u64,
    /// While playing: the time at which the last step was due.
    pub play: Option<Timestamp>,
    /// The speed in percent.
    pub speed: u32,
}

impl Default for Playback {
    fn default() -> Playback {
        Playback { now: Timestamp(0), follow: false, unseen: 0, play: None, speed: 100 }
    }
}
