//! Evaluation of a filter in postfix order, over bits. For each test, one bit means that it may hold and one that it may
//! fail. An unknown test has both.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Pushes the test with this bit.
    Test(usize),
    Not,
    And,
    Or,
}

/// Returns true if the filter may hold, and true if it may fail. A filter without tests always holds. The stacks are 64-bit
/// integers, which hold the largest allowed number of tests.
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
        // The second test is unknown.
        assert_eq!(run(&program, 0b011, !0b001), (true, false), "the first one holds already");
        assert_eq!(run(&program, 0b010, !0b000), (true, true));
        assert_eq!(run(&program, 0b110, !0b100), (false, true), "the third one forbids it");
        assert_eq!(run(&[], 0, 0), (true, false));
    }
}
