//! The handlers of all actions. `perform` matches every action, so that an action without a handler does not compile.

mod app;
mod dialogs;
mod documents;
mod folds;
mod frames;
mod marks;
mod playback;
mod scroll;
mod steps;
mod timeline;
mod zoom;

use crate::action::{Action, Command};
use crate::effect::Effect;
use crate::state::{Fold, Move, PickerKind, Purpose, State};
use crate::view::{DocKind, Pane};
use kuberewind_model::Direction::{Backward, Forward};
use kuberewind_model::StepTarget;

use super::{copy, filter, lanes, menu, notes, picker, server};

/// The result of a handler: effects, or none.
trait IntoEffects {
    fn into_effects(self) -> Vec<Effect>;
}

impl IntoEffects for Vec<Effect> {
    fn into_effects(self) -> Vec<Effect> {
        self
    }
}

impl IntoEffects for () {
    fn into_effects(self) -> Vec<Effect> {
        Vec::new()
    }
}

macro_rules! handlers {
    (|$state:ident, $command:ident| { $($action:ident => $handler:expr,)* }) => {
        /// Performs an action in the panes.
        pub(super) fn perform($state: &mut State, $command: Command) -> Vec<Effect> {
            match $command.action {
                $(Action::$action => IntoEffects::into_effects($handler),)*
            }
        }
    };
}

handlers! { |state, command| {
    Down => scroll::step(state, command.rows()),
    Up => scroll::step(state, -command.rows()),
    ScrollDown => scroll::nearest_document(state, command.rows()),
    ScrollUp => scroll::nearest_document(state, -command.rows()),
    ScrollLeft => scroll::left(state),
    ScrollRight => scroll::right(state),
    LineStart => scroll::line_start(state),
    LineEnd => scroll::line_end(state),
    HalfPageDown => scroll::half_pages(state, command.rows()),
    HalfPageUp => scroll::half_pages(state, -command.rows()),
    PageDown => scroll::pages(state, command.rows()),
    PageUp => scroll::pages(state, -command.rows()),
    First => scroll::first(state, command),
    Last => scroll::last(state, command),
    NextOperation => state.go(Move::By(command.rows())),
    PreviousOperation => state.go(Move::By(-command.rows())),
    NextOfObject => steps::same_object(state, Forward, command),
    PreviousOfObject => steps::same_object(state, Backward, command),
    NextWrite => steps::step(state, Forward, StepTarget::Write, command),
    PreviousWrite => steps::step(state, Backward, StepTarget::Write, command),
    NextReconcile => steps::step(state, Forward, StepTarget::Reconcile, command),
    PreviousReconcile => steps::step(state, Backward, StepTarget::Reconcile, command),
    NextBookmark => notes::step(state, true),
    PreviousBookmark => notes::step(state, false),
    NextError => steps::step(state, Forward, StepTarget::Error, command),
    PreviousError => steps::step(state, Backward, StepTarget::Error, command),
    NextGap => steps::step(state, Forward, StepTarget::Gap, command),
    PreviousGap => steps::step(state, Backward, StepTarget::Gap, command),
    NextIdle => steps::step(state, Forward, StepTarget::Idle(steps::IDLE), command),
    PreviousIdle => steps::step(state, Backward, StepTarget::Idle(steps::IDLE), command),
    NextLoop => steps::to_loop(state, true, command),
    PreviousLoop => steps::to_loop(state, false, command),
    NextFieldChange => steps::field_change(state, Forward),
    PreviousFieldChange => steps::field_change(state, Backward),
    NextTouching => steps::touching(state, Forward, command),
    PreviousTouching => steps::touching(state, Backward, command),
    NextChange => documents::change(state, true),
    PreviousChange => documents::change(state, false),
    GoTo => dialogs::prompt(state, Purpose::GoTo),
    RunForward => dialogs::prompt(state, Purpose::RunForward),
    RunBack => dialogs::prompt(state, Purpose::RunBack),
    ZoomIn => zoom::by(state, true, command),
    ZoomOut => zoom::by(state, false, command),
    ZoomFit => zoom::fit(state),
    ZoomSelection => zoom::selection(state),
    Play => playback::play(state),
    Faster => playback::speed(state, 2, 1),
    Slower => playback::speed(state, 1, 2),
    Follow => playback::follow(state),
    TimeStyle => timeline::time_style(state),
    SinceMark => timeline::since_mark(state),
    Cause => state.go(Move::Link(Backward)),
    Effect => state.go(Move::Link(Forward)),
    Echo => steps::echo(state),
    Refusal => steps::around_refusal(state),
    Search => dialogs::search(state),
    SearchNext => dialogs::next_match(state, Forward),
    SearchPrevious => dialogs::next_match(state, Backward),
    EditFilter => dialogs::edit_filter(state),
    FilterSwitch => filter::switch(state),
    Order => menu::open_orders(state),
    OnlyThis => menu::open_filters(state, false),
    NotThis => menu::open_filters(state, true),
    PickObject => picker::open(state, PickerKind::Objects),
    Palette => picker::open(state, PickerKind::Commands),
    CommandLine => dialogs::prompt(state, Purpose::Command),
    // Tab completes in prompts and menus only.
    Complete => (),
    SetMark => marks::set(state, command),
    JumpToMark => marks::jump(state, command),
    LastPosition => marks::last_position(state),
    Bookmark => notes::toggle(state),
    BookmarkNamed => dialogs::prompt(state, Purpose::Bookmark),
    Note => notes::edit(state),
    Bookmarks => dialogs::bookmarks(state),
    JumpBack => marks::back(state),
    JumpForward => marks::forward(state),
    JumpList => picker::open(state, PickerKind::Jumps),
    Undo => filter::undo_or_redo(state, false),
    Redo => filter::undo_or_redo(state, true),
    NextPane => frames::next_view(state),
    PreviousPane => frames::previous_view(state),
    Frame0 => frames::number(state, 0),
    Frame1 => frames::number(state, 1),
    Frame2 => frames::number(state, 2),
    Frame3 => frames::number(state, 3),
    Frame4 => frames::number(state, 4),
    Frame5 => frames::number(state, 5),
    FrameLeft => frames::left(state),
    FrameBelow => frames::below(state),
    FrameAbove => frames::above(state),
    FrameRight => frames::right(state),
    FrameNext => frames::next(state),
    ViewTimeline => state.look_at(Pane::Timeline),
    ViewDiff => state.look_at(Pane::Detail(DocKind::Diff)),
    ViewState => state.look_at(Pane::Detail(DocKind::State)),
    ViewWhy => state.look_at(Pane::Detail(DocKind::Why)),
    ViewFindings => state.look_at(Pane::Detail(DocKind::Findings)),
    ViewRaw => frames::raw(state),
    ViewLogs => state.look_at(Pane::Detail(DocKind::Logs)),
    ViewSessions => state.look_at(Pane::Detail(DocKind::Sessions)),
    ViewSql => state.look_at(Pane::Detail(DocKind::Sql)),
    ViewObjects => state.look_at(Pane::Objects),
    ViewLanes => lanes::show(state),
    Sql => dialogs::prompt(state, Purpose::Sql),
    DiffPrevious => documents::diff_previous(state),
    DiffMark => documents::diff_mark(state, command),
    DiffView => documents::diff_view(state),
    SideBySide => documents::side_by_side(state),
    WordDiff => documents::word_diff(state),
    IgnoreOrder => documents::ignore_order(state),
    Wrap => documents::wrap(state),
    Blame => documents::authors(state),
    Writer => state.jump_to_author(),
    Maximise => frames::maximise(state),
    LogLines => timeline::log_lines(state),
    Pin => timeline::pin(state),
    SelectRange => timeline::select_range(state),
    ToggleFold => folds::fold(state, Fold::Toggle),
    OpenFold => folds::fold(state, Fold::Open),
    CloseFold => folds::fold(state, Fold::Close),
    OpenAllFolds => folds::open_all(state),
    CloseAllFolds => folds::close_all(state),
    Noise => documents::noise(state),
    CopyCommand => copy::copy_link(state),
    CopyLine => copy::copy_line(state),
    CopyPath => copy::copy_path(state),
    CopyValue => copy::copy_value(state),
    CopyDiff => copy::copy_diff(state),
    CopyKubectl => copy::copy_kubectl(state),
    Export => dialogs::prompt(state, Purpose::Export),
    Pipe => dialogs::prompt(state, Purpose::Pipe),
    Serve => server::toggle(state),
    Enter => app::enter(state),
    Cancel => app::cancel(state),
    Close => app::close(state),
    Quit => app::quit(),
    Interrupt => app::interrupt(state),
    Suspend => app::suspend(),
    Redraw => app::redraw(),
    Reload => app::reload(),
    Help => dialogs::help(state),
} }
