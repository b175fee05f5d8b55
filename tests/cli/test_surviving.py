from rich.console import Console

from mispriced.cli.surviving import survival_table
from mispriced.domain.survival import Life, survival
from mispriced.pipeline.views.survival import SurvivalRow


def test_a_pair_has_its_count_and_the_times_after_which_so_many_are_left():
    lives = [Life(4, True), Life(30, True), Life(90, False)]
    row = SurvivalRow(bookmakers=("BookieAlpha", "BookieBeta"), source="live", survival=survival(lives))
    console = Console(width=120)
    with console.capture() as captured:
        console.print(survival_table([row]))
    line = next(one for one in captured.get().splitlines() if "BookieAlpha" in one)
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    assert cells == ["BookieAlpha - BookieBeta", "live", "3", "1", "4 s", "30 s", "never"]
