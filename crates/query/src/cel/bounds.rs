//! Bounds on the work of an expression.
//!
//! A loop in a loop over lists of n items takes n² steps, and each loop may double a text. Both are bounded before the
//! evaluation, by the form of the expression and by the size of the object.

use cel::Program;
use cel::common::ast::{EntryExpr, Expr, IdedExpr, operators};
use serde_json::Value;

use crate::syntax::SyntaxError;

/// The most bytes of an expression.
const MAX_LENGTH: usize = 4_096;
/// The most nested loops.
const MAX_NESTING: u32 = 4;
/// The most expressions within loops at which a value can grow; each can double it.
const MAX_GROWTH: usize = 8;
/// The most steps of the innermost loop.
const MAX_STEPS: u64 = 10_000_000;

/// The nesting depth of an expression's loops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Loops {
    nesting: u32,
}

pub(super) fn check_length(source: &str) -> Result<(), SyntaxError> {
    if source.trim().is_empty() {
        return Err(SyntaxError::new("an expression is missing", source, 0));
    }
    if source.len() > MAX_LENGTH {
        return Err(SyntaxError::new(format!("an expression has at most {MAX_LENGTH} bytes"), source, MAX_LENGTH));
    }
    Ok(())
}

/// Counts the loops, and the expressions in them that grow values.
pub(super) fn loops(source: &str, program: &Program) -> Result<Loops, SyntaxError> {
    let (mut deepest, mut growth) = (0, 0);
    let mut left: Vec<(&IdedExpr, u32)> = vec![(program.expression(), 0)];
    while let Some((node, depth)) = left.pop() {
        let inner = match &node.expr {
            Expr::Comprehension(_) => depth + 1,
            _ => depth,
        };
        deepest = deepest.max(inner);
        // `map` and `filter` append to a list with `+`, which does not grow the items.
        let grows = match &node.expr {
            Expr::Call(call) => call.func_name == operators::ADD && !appends(&call.args),
            Expr::List(list) => list.elements.len() > 1,
            Expr::Map(map) => map.entries.len() > 1,
            _ => false,
        };
        growth += usize::from(grows && depth > 0);
        if inner > MAX_NESTING || growth > MAX_GROWTH {
            let at = program.source_info().offset_for(node.id).map_or(0, |(start, _)| start as usize);
            let what = if inner > MAX_NESTING { "too many nested loops" } else { "too many values grow in loops" };
            return Err(SyntaxError::new(what, source, byte_of(source, at)));
        }
        // The range, the initial value and the result of a loop are evaluated once.
        let once = |child: &IdedExpr| match &node.expr {
            Expr::Comprehension(all) => child.id != all.loop_cond.id && child.id != all.loop_step.id,
            _ => true,
        };
        children(node, |child| left.push((child, if once(child) { depth } else { inner })));
    }
    Ok(Loops { nesting: deepest })
}

/// Returns true for a macro's expression that appends one item.
fn appends(args: &[IdedExpr]) -> bool {
    args.len() == 2 && matches!(&args[1].expr, Expr::List(list) if list.elements.len() == 1)
}

impl Loops {
    /// Checks that loops over this object end soon enough.
    pub(super) fn check(self, value: &Value) -> Result<(), String> {
        if self.nesting == 0 {
            return Ok(());
        }
        let mut longest = 0_u64;
        let mut left = vec![value];
        while let Some(value) = left.pop() {
            match value {
                Value::Array(items) => {
                    longest = longest.max(items.len() as u64);
                    left.extend(items);
                }
                Value::Object(fields) => {
                    longest = longest.max(fields.len() as u64);
                    left.extend(fields.values());
                }
                _ => {}
            }
        }
        if longest.saturating_pow(self.nesting) > MAX_STEPS {
            return Err(format!("{} nested loops over {longest} items would take too long", self.nesting));
        }
        Ok(())
    }
}

/// Converts the parser's count of characters into a byte offset.
pub(super) fn byte_of(source: &str, character: usize) -> usize {
    source.char_indices().nth(character).map_or(source.len(), |(at, _)| at)
}

/// Visits the direct children of a node.
pub(super) fn children<'a>(node: &'a IdedExpr, mut visit: impl FnMut(&'a IdedExpr)) {
    match &node.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => {}
        Expr::Call(call) => {
            call.target.as_deref().into_iter().chain(&call.args).for_each(visit);
        }
        Expr::Comprehension(all) => {
            [&all.iter_range, &all.accu_init, &all.loop_cond, &all.loop_step, &all.result].into_iter().for_each(visit);
        }
        Expr::List(list) => list.elements.iter().for_each(visit),
        Expr::Select(select) => visit(&select.operand),
        Expr::Map(map) => entries(&map.entries, visit),
        Expr::Struct(fields) => entries(&fields.entries, visit),
    }
}

fn entries<'a>(entries: &'a [cel::common::ast::IdedEntryExpr], mut visit: impl FnMut(&'a IdedExpr)) {
    for entry in entries {
        match &entry.expr {
            EntryExpr::StructField(field) => visit(&field.value),
            EntryExpr::MapEntry(entry) => {
                visit(&entry.key);
                visit(&entry.value);
            }
        }
    }
}
