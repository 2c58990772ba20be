"""The list of rules in workflow/README.md is that of the stage table."""

from gen2d.plan.listing import markdown


def test_the_list_of_rules_is_in_step_with_the_table(root):
    assert (root / "workflow/README.md").read_text() == markdown()
