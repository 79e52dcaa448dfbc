use kuberewind_analysis::Live;
use kuberewind_analysis::settings::Settings;
use kuberewind_model::SessionNo;

/// The detectors of a live session.
pub(super) struct LiveDetectors {
    pub(super) session: SessionNo,
    pub(super) run: Live,
}

impl LiveDetectors {
    pub(super) fn new(session: SessionNo) -> LiveDetectors {
        LiveDetectors { session, run: Live::new(&Settings::default()) }
    }
}
