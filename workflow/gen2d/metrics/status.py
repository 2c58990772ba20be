"""Why a value of a table is missing, in its column `status`; the column `note` says more."""

OK = "ok"
DIVERGED = "diverged"  # training or sampling
SKIPPED = "skipped"  # there is nothing to measure
INFINITE = "infinite"  # infinite, or no number
