"""Write docs/models.md from the cards of the shipped models: python scripts/models_page.py"""

from __future__ import annotations

from pathlib import Path

from photoloupe.models.card import Card
from photoloupe.models.installed import shipped_cards

PAGE = Path(__file__).parent.parent / "docs" / "models.md"
HEAD = """# Models

Made from the cards in `src/photoloupe/models/weights` by `scripts/models_page.py`.

Every figure is measured by the path of the command line, on photos that training did not use:
whole sources are held out (squish, selfie) or whole themes (aesthetics), and near-duplicates of
training photos are dropped. Intervals are 95 %, from 999 bootstrap resamples of photos.
"""


def section(card: Card) -> str:
    lines = [f"## {card.version}", ""]
    lines += [f"- {note}" for note in card.notes]
    lines += ["", f"Licence {card.licence}. Made with `{card.command}`, from:", ""]
    lines += [f"- {source}" for source in card.sources]
    for task in card.tasks:
        threshold = card.tasks[task].get("threshold")
        lines += ["", f"### {task}" + (f" (threshold {threshold:g})" if threshold else ""), ""]
        lines += ["| figure | value | 95 % interval | n |", "|---|---|---|---|"]
        for f in card.metrics[task]:
            name = f["name"].replace("|", "\\|").strip()
            name = f"*{name}*" if f["name"].startswith(" ") else name
            row = f"{f['value']:.3f} | {f['low']:.3f} to {f['high']:.3f} | {f['n']}"
            lines.append(f"| {name} | {row} |")
    return "\n".join(lines) + "\n"


def make_page() -> str:
    return "\n".join([HEAD, *(section(card) for card in shipped_cards(None))])


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
