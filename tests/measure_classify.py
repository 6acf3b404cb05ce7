"""How well `parley classify` does on a labelled file: accuracy, macro-F1, and what is taken for what.

    python -m tests.measure_classify FILE.tsv [--model FILE]

The file has a head line and the columns `utterance` (or `text`) and `category`; other columns are
ignored. Labels that are finer than ours are mapped by FINER; anything else is not counted and told.
"""

import argparse
import csv
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from routing.classify import CATEGORIES, Model, decoded, own_model

# Labels of other collections, and what they are here.
FINER = {
    "return": "after_sales",
    "exchange": "after_sales",
    "repair": "after_sales",
    "refund": "after_sales",
    "after-sales": "after_sales",
    "aftersales": "after_sales",
    "logistics": "order",
    "payment": "order",
    "invoice": "order",
    "presale": "product",
    "praise": "other",
    "chat": "other",
}


def pairs(file: Path) -> list[tuple[str, str]]:
    """Text and category of each line whose label is known."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = [(row.get("utterance") or row["text"], row["category"]) for row in rows]
    return [(text, label) for text, raw in found if (label := FINER.get(raw, raw)) in CATEGORIES]


def measured(model: Model, labelled: Iterable[tuple[str, str]]) -> dict[str, object]:
    """accuracy, macro_f1 over the categories that occur, f1 of each, and the confusion table."""
    table = Counter((label, model.classify(text).category) for text, label in labelled)
    total = sum(table.values())
    f1 = {}
    for name in sorted({label for label, _ in table}):
        right = table[name, name]
        said = sum(n for (_, answer), n in table.items() if answer == name)
        true = sum(n for (label, _), n in table.items() if label == name)
        f1[name] = round(2 * right / (said + true), 4)
    return {
        "texts": total,
        "accuracy": round(sum(table[name, name] for name in CATEGORIES) / max(total, 1), 4),
        "macro_f1": round(sum(f1.values()) / max(len(f1), 1), 4),
        "f1": f1,
        "confusion": {label: {a: n for a in CATEGORIES if (n := table[label, a])} for label in f1},
    }


def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("file", type=Path)
    options.add_argument("--model", type=Path)
    given = options.parse_args()
    model = decoded(given.model.read_bytes()) if given.model else own_model()
    print(json.dumps(measured(model, pairs(given.file)), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    _main()
