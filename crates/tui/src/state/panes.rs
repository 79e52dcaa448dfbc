use crate::order::Orders;
use crate::view::{Pane, Recent};

/// Focus and arrangement of the panes.
#[derive(Debug, Clone)]
pub struct Panes {
    pub focus: Pane,
    /// The panes in the order of their last focus.
    pub recent: Recent,
    /// The focused pane takes the whole screen.
    pub maximised: bool,
    /// The orders that the user chose.
    pub orders: Orders,
}

impl Default for Panes {
    fn default() -> Panes {
        Panes { focus: Pane::Timeline, recent: Recent::default(), maximised: false, orders: Orders::default() }
    }
}
