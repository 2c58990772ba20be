"""gen2d job, which rules call: it says what it expects."""

import pytest

from gen2d.cli import job


@pytest.mark.parametrize("words", [[], ["data"], ["data", "results", "more"]])
def test_other_words_than_a_stage_and_a_folder_are_refused_in_one_line(words):
    with pytest.raises(SystemExit) as stopped:
        job.main(words)
    expected = "gen2d job: expected a stage and a folder of results; got "
    assert stopped.value.code == expected + " ".join(words)
