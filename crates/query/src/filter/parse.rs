//! From tokens to postfix order, by precedence (Dijkstra's shunting-yard algorithm).

use super::fields::{Field, Property, ValueType};
use super::lex::{Kind, Token, lex};
use super::node::Node;
use super::values::{self, Operator, Value};
use crate::syntax::SyntaxError;

/// The most nodes and nested brackets.
const MAX_NODES: usize = 1_000;

/// An entry of the operator stack.
#[derive(Clone, Copy, PartialEq)]
enum Waiting {
    Open(usize),
    Not,
    And,
    Or,
}

impl Waiting {
    fn precedence(self) -> u8 {
        match self {
            Waiting::Open(_) => 0,
            Waiting::Or => 1,
            Waiting::And => 2,
            Waiting::Not => 3,
        }
    }
}

struct Parser<'a> {
    source: &'a str,
    tokens: Vec<Token>,
    next: usize,
    waiting: Vec<Waiting>,
    nodes: Vec<Node>,
}

pub(super) fn parse(source: &str) -> Result<Vec<Node>, SyntaxError> {
    let tokens = lex(source)?;
    let mut parser = Parser { source, tokens, next: 0, waiting: Vec::new(), nodes: Vec::new() };
    // True where a term must follow: at the beginning, after an operator, after an opening bracket.
    let mut term = true;
    while let Some(token) = parser.take() {
        if parser.nodes.len() + parser.waiting.len() > MAX_NODES {
            return Err(parser.wrong("the filter is too long", token.at));
        }
        match token.kind {
            Kind::And | Kind::Or if term => return Err(parser.wrong("something to test must come before this", token.at)),
            Kind::And => parser.operator(Waiting::And),
            Kind::Or => parser.operator(Waiting::Or),
            Kind::Close => {
                if term {
                    return Err(parser.wrong("something to test must come before this bracket", token.at));
                }
                parser.close(token.at)?;
                continue;
            }
            _ => {
                if !term {
                    parser.operator(Waiting::And);
                }
                term = parser.term(token)?;
                continue;
            }
        }
        term = true;
    }
    if term && !parser.tokens.is_empty() {
        return Err(parser.wrong("something to test is missing here", source.len()));
    }
    while let Some(waiting) = parser.waiting.pop() {
        match waiting {
            Waiting::Open(at) => return Err(parser.wrong("this bracket is not closed", at)),
            operator => parser.apply(operator),
        }
    }
    Ok(parser.nodes)
}

impl Parser<'_> {
    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.next).cloned();
        self.next += usize::from(token.is_some());
        token
    }

    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    /// Returns the position of the next token, or the end.
    fn here(&self) -> usize {
        self.tokens.get(self.next).map_or(self.source.len(), |token| token.at)
    }

    fn wrong(&self, message: impl Into<String>, at: usize) -> SyntaxError {
        SyntaxError::new(message, self.source, at)
    }

    fn apply(&mut self, operator: Waiting) {
        match operator {
            Waiting::Not => self.nodes.push(Node::Not),
            Waiting::And => self.nodes.push(Node::And),
            Waiting::Or => self.nodes.push(Node::Or),
            Waiting::Open(_) => {}
        }
    }

    /// Adds a binary operator. Earlier operators of the same or higher precedence are applied first.
    fn operator(&mut self, operator: Waiting) {
        while let Some(before) = self.waiting.pop_if(|before| before.precedence() >= operator.precedence()) {
            self.apply(before);
        }
        self.waiting.push(operator);
    }

    fn close(&mut self, at: usize) -> Result<(), SyntaxError> {
        loop {
            match self.waiting.pop() {
                Some(Waiting::Open(_)) => return Ok(()),
                Some(operator) => self.apply(operator),
                None => return Err(self.wrong("this bracket was never opened", at)),
            }
        }
    }

    /// Parses the beginning of a term. Returns true if the term continues.
    fn term(&mut self, token: Token) -> Result<bool, SyntaxError> {
        let node = match token.kind {
            Kind::Open => {
                self.waiting.push(Waiting::Open(token.at));
                return Ok(true);
            }
            Kind::Not => {
                self.waiting.push(Waiting::Not);
                return Ok(true);
            }
            Kind::Quoted(text) => Node::Text(text.to_lowercase()),
            Kind::Word(word) => self.word(&word, token.at)?,
            Kind::Operator(_) | Kind::Colon => return Err(self.wrong("a field must come before this", token.at)),
            _ => return Err(self.wrong("this is out of place here", token.at)),
        };
        self.nodes.push(node);
        Ok(false)
    }

    fn word(&mut self, word: &str, at: usize) -> Result<Node, SyntaxError> {
        let operator = match self.peek() {
            Some(Kind::Operator(operator)) => *operator,
            Some(Kind::Colon) if word.eq_ignore_ascii_case("has") => return self.has(),
            Some(Kind::Colon) => Operator::Equal,
            // Without a field before it, `in` is free text.
            Some(Kind::In) if Field::named(word).is_some() => Operator::Equal,
            _ => return Ok(Node::Text(word.to_lowercase())),
        };
        let Some(field) = Field::named(word) else { return Err(self.wrong(unknown(word), at)) };
        let within = self.peek() == Some(&Kind::In);
        let sign = self.here();
        self.next += 1;
        if operator.is_order() && field.value_type() == ValueType::Text && field != Field::ResourceVersion {
            return Err(self.wrong(format!("`{}` is text: compare it with == != ~ or in", field.words()[0]), sign));
        }
        let values = if within { self.list(field)? } else { vec![self.value(field, operator)?] };
        Ok(Node::Test { field, operator, values })
    }

    fn has(&mut self) -> Result<Node, SyntaxError> {
        self.next += 1;
        let at = self.here();
        match self.take().map(|token| token.kind) {
            Some(Kind::Word(word)) => match Property::named(&word) {
                Some(property) => Ok(Node::Has(property)),
                None => {
                    let properties: Vec<_> = Property::ALL.iter().map(|property| property.words()[0]).collect();
                    Err(self.wrong(format!("`has:` knows {}", properties.join(", ")), at))
                }
            },
            _ => Err(self.wrong("what it has is missing", at)),
        }
    }

    fn value(&mut self, field: Field, operator: Operator) -> Result<Value, SyntaxError> {
        let at = self.here();
        match self.take().map(|token| token.kind) {
            Some(Kind::Word(text) | Kind::Quoted(text)) => {
                values::read(field, operator, &text).map_err(|message| self.wrong(message, at))
            }
            _ => Err(self.wrong("a value is missing here", at)),
        }
    }

    /// Parses `(a, b, …)`. Commas are optional.
    fn list(&mut self, field: Field) -> Result<Vec<Value>, SyntaxError> {
        let at = self.here();
        if self.take().map(|token| token.kind) != Some(Kind::Open) {
            return Err(self.wrong("`in` is followed by values in brackets", at));
        }
        let mut found = Vec::new();
        while self.peek() != Some(&Kind::Close) {
            found.push(self.value(field, Operator::Equal)?);
            if self.peek() == Some(&Kind::Comma) {
                self.next += 1;
            }
        }
        self.next += 1;
        if found.is_empty() { Err(self.wrong("a value is missing in these brackets", at)) } else { Ok(found) }
    }
}

/// Returns the message for an unknown field, with a similar name.
fn unknown(word: &str) -> String {
    let word = word.to_ascii_lowercase();
    let start = word.get(..2).unwrap_or(&word);
    let near = Field::ALL.iter().flat_map(|field| field.words()).find(|name| name.starts_with(start));
    match near {
        Some(near) => format!("there is no field `{word}`; `{near}` is one"),
        None => {
            let names: Vec<_> = Field::ALL.iter().map(|field| field.words()[0]).collect();
            format!("there is no field `{word}`; there are {}", names.join(", "))
        }
    }
}
