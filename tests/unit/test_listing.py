"""The list of rules in workflow/README.md is that of the stage table."""

from gen2d.plan.listing import with_rules


def test_the_list_of_rules_is_in_step_with_the_table(root):
    text = (root / "workflow/README.md").read_text()
    assert text == with_rules(text)
    assert text.count("| `train_model` |") == 1
