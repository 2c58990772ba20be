"""What the README says came out is what the default study's verdicts say."""

import pandas as pd
import yaml

from gen2d.report.sections import summary
from studies import plan_of


def told(root):
    """The sentences, from the default study's own tables, which stand beside its pictures."""
    catalogue = plan_of(yaml.safe_load((root / "config.yaml").read_text())).catalogue
    found = root / "workflow/report/found"
    verdicts, overall = (pd.read_csv(found / f"{name}.csv") for name in ("verdicts", "overall"))
    for table in (verdicts, overall):
        table["model"] = table["model"].map(catalogue.titles)
    assert set(verdicts["model"]) == {catalogue.titles[name] for name in catalogue.models}
    judged = [catalogue.titles[name] for name in catalogue.judged]
    kde = catalogue.titles[catalogue.baselines["kde"]]
    return [
        summary.reached(verdicts, judged, kde, {2000}, "the truth"),
        summary.failing(verdicts, judged)[0],
        summary.order(overall, judged),
    ]


def test_the_readme_says_what_came_out(root):
    page = " ".join((root / "README.md").read_text().split())
    for sentence in told(root):
        assert sentence in page, sentence
