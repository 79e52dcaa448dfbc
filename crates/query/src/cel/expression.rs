//! Compiled expressions.

use std::fmt;

use cel::{Context, ExecutionError, Program, Value as CelValue};
use serde_json::Value;

use super::needs::Needs;
use super::variables::{OBJECT, OLD_OBJECT};
use super::{bounds, mistakes, needs, value};
use crate::syntax::SyntaxError;

/// A compiled expression over an object.
pub struct Expression {
    source: String,
    program: Program,
    object: Needs,
    old_object: Needs,
    uses_old: bool,
    loops: bounds::Loops,
}

/// The result of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    True,
    False,
    /// The expression has no result: a field that it reads is missing, or has another type.
    Undecided(String),
}

impl Expression {
    /// Compiles an expression over `object` (also `self`) and `oldObject`.
    ///
    /// # Errors
    /// For a syntax error, an unknown name, or an expression beyond the bounds, with its position.
    pub fn compile(source: &str) -> Result<Expression, SyntaxError> {
        bounds::check_length(source)?;
        let program = Program::compile(source).map_err(|errors| first_error(source, &errors))?;
        let loops = bounds::loops(source, &program)?;
        let found = needs::find(source, &program)?;
        let uses_old = found.old_object.is_used();
        Ok(Expression { source: source.to_owned(), program, object: found.object, old_object: found.old_object, uses_old, loops })
    }

    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns the fields that it reads of the object, and of `oldObject`.
    #[must_use]
    pub fn needs(&self) -> (&Needs, &Needs) {
        (&self.object, &self.old_object)
    }

    /// Returns true if it reads the previous version.
    #[must_use]
    pub fn compares_versions(&self) -> bool {
        self.uses_old
    }

    /// Evaluates it over whole objects, or over the results of [`Needs::prune`].
    #[must_use]
    pub fn evaluate(&self, object: &Value, old_object: Option<&Value>) -> Verdict {
        for value in [Some(object), old_object].into_iter().flatten() {
            if let Err(why) = self.loops.check(value) {
                return Verdict::Undecided(why);
            }
        }
        let mut context = Context::default();
        for name in OBJECT {
            if self.program.references().has_variable(name) {
                context.add_variable_from_value(*name, value::from_json(object));
            }
        }
        if self.uses_old {
            context.add_variable_from_value(OLD_OBJECT, old_object.map_or(CelValue::Null, value::from_json));
        }
        match self.program.execute(&context) {
            Ok(CelValue::Bool(true)) => Verdict::True,
            Ok(CelValue::Bool(false)) => Verdict::False,
            Ok(other) => Verdict::Undecided(format!("the result is {}, neither true nor false", value::type_name(&other))),
            Err(error) => Verdict::Undecided(explain(&error)),
        }
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expression").field(&self.source).finish()
    }
}

/// Explains an error without the values of the object, which can be long.
fn explain(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => format!("there is no `{key}`"),
        ExecutionError::UndeclaredReference(name) => format!("`{name}` is unknown"),
        ExecutionError::NoSuchOverload(overload) => {
            format!("`{}` does not work on {}", overload.function(), overload.argument_types().join(" and "))
        }
        ExecutionError::ValuesNotComparable(one, other) => {
            format!("{} and {} cannot be compared", value::type_name(one), value::type_name(other))
        }
        ExecutionError::IndexOutOfBounds(_) => "an index is beyond the end of a list".to_owned(),
        ExecutionError::FunctionError { function, .. } => format!("`{function}` failed"),
        _ => "it cannot be evaluated over this object".to_owned(),
    }
}

/// Returns the parser's first error, with its position as a byte of the source.
fn first_error(source: &str, errors: &cel::ParseErrors) -> SyntaxError {
    let Some(first) = errors.errors.first() else { return SyntaxError::new("this is not an expression", source, 0) };
    let (line, column) = (usize::try_from(first.pos.0).unwrap_or(1), usize::try_from(first.pos.1).unwrap_or(1));
    let start: usize = source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = source.get(start..).unwrap_or_default();
    let at = start + rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum::<usize>();
    let message = first.msg.lines().next().unwrap_or_default();
    SyntaxError::new(
        if message.is_empty() { "this is not an expression".to_owned() } else { mistakes::plain(message) },
        source,
        at,
    )
}
