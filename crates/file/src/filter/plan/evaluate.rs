//! The filter's postfix order, run over bits. Each test may hold, may fail, or (where it is not known) both.

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The test of this bit.
    Test(usize),
    Not,
    And,
    Or,
}

/// Whether the whole may hold, and whether it may fail. A filter without tests lets everything pass. The stacks are
/// bits: there are never more tests than fit.
pub(super) fn run(program: &[Step], may_hold: u64, may_fail: u64) -> (bool, bool) {
    let (mut hold, mut fail) = (0_u64, 0_u64);
    for step in program {
        match step {
            Step::Test(bit) => {
                hold = hold << 1 | (may_hold >> bit & 1);
                fail = fail << 1 | (may_fail >> bit & 1);
            }
            Step::Not => {
                let top = hold & 1;
                hold = hold & !1 | fail & 1;
                fail = fail & !1 | top;
            }
            Step::And => {
                hold = (hold >> 1) & (hold | !1);
                fail = (fail >> 1) | (fail & 1);
            }
            Step::Or => {
                hold = (hold >> 1) | (hold & 1);
                fail = (fail >> 1) & (fail | !1);
            }
        }
    }
    if program.is_empty() { (true, false) } else { (hold & 1 != 0, fail & 1 != 0) }
}

#[cfg(test)]
mod tests {
    use super::{Step, run};

    #[test]
    fn known_tests_give_one_answer_and_unknown_ones_leave_it_open_where_they_matter() {
        let program = [Step::Test(0), Step::Test(1), Step::Or, Step::Test(2), Step::Not, Step::And];
        for bits in 0..8_u64 {
            let holds = (bits & 1 != 0 || bits & 2 != 0) && bits & 4 == 0;
            assert_eq!(run(&program, bits, !bits), (holds, !holds), "{bits:03b}");
        }
        // The second is not known.
        assert_eq!(run(&program, 0b011, !0b001), (true, false), "the first one holds already");
        assert_eq!(run(&program, 0b010, !0b000), (true, true));
        assert_eq!(run(&program, 0b110, !0b100), (false, true), "the third one forbids it");
        assert_eq!(run(&[], 0, 0), (true, false));
    }
}
