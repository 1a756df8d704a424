//! Every limit of the folds, with its reason. Those of the rules are in the domain's file.

/// What a member has sent that her list still shows: a busy front desk's day.
pub const SENT_PER_MEMBER: usize = 100;
/// Breaches that the ledger lists: the first ones tell where to look, the rest is counted.
pub const BREACHES_LISTED: usize = 100;
/// Days that the live waits keep: this month and the one before. A longer report is a fold that
/// keeps all, over the log.
pub const WAITS_DAYS: u64 = 62;
/// The longest span that is cut at each full hour, in quarters of an hour: a year. Of a longer one
/// (a forgotten visit, or a wild `now`) the rest counts in its last hour, so that sums stay exact.
pub const SPAN_QUARTERS: usize = 4 * 24 * 366;
/// Days of which the waits remember how far their zone is ahead of UTC: those that an event may count
/// in, and a few more.
pub const CLOCK_DAYS: u16 = 64;
