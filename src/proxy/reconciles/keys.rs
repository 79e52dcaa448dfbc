//! The numbers of reconciles say who tells of them, and how much.
//!
//! A sender numbers its spans as it likes. What was told of a reconcile decides how calls are joined to it, and has to reach this part
//! from the log's reader through the queue and capture: the number carries it there.

use kuberewind_model::SpanKey;

/// What the log tells of a reconcile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// Its beginning, and its end will be told too: this controller tells ends.
    Whole,
    /// Its beginning. Nobody knows yet whether an end will be told.
    Beginning,
    /// That it runs: lines within it name it.
    Mention,
    /// Nothing: it was inferred from the traffic.
    Inferred,
}

/// Numbers of one account are this far from those of the next.
const SHIFT: u32 = 48;

impl Account {
    const ALL: [Account; 4] = [Account::Whole, Account::Beginning, Account::Mention, Account::Inferred];

    /// The `number`th span of this account, counted from 1.
    #[must_use]
    pub fn key(self, number: u64) -> SpanKey {
        let place = Account::ALL.iter().position(|account| *account == self).unwrap_or_default() as u64;
        SpanKey((place << SHIFT) | (number & ((1 << SHIFT) - 1)))
    }

    /// The account that a span's number carries.
    #[must_use]
    pub fn of(key: SpanKey) -> Account {
        usize::try_from(key.0 >> SHIFT).ok().and_then(|place| Account::ALL.get(place).copied()).unwrap_or(Account::Inferred)
    }

    /// Which one of its account a span is.
    #[must_use]
    pub fn number(key: SpanKey) -> u64 {
        key.0 & ((1 << SHIFT) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Account;
    use kuberewind_model::SpanKey;

    #[test]
    fn a_number_tells_its_account() {
        for account in Account::ALL {
            let key = account.key(7);
            assert_eq!((Account::of(key), Account::number(key)), (account, 7));
        }
        assert_eq!(Account::Whole.key(1), SpanKey(1));
        assert_eq!(Account::of(SpanKey(u64::MAX)), Account::Inferred);
    }
}
