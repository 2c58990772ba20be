"""Values of the column `status`: why a value is missing. The column `note` says more."""

OK = "ok"
DIVERGED = "diverged"  # training or sampling
SKIPPED = "skipped"  # there is nothing to measure
INFINITE = "infinite"  # infinite or NaN
