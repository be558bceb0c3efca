#!/usr/bin/env python3
"""Reads generated metric sets with the reference OpenMetrics parser.

    cargo run -p lapwing-exposition --example generate_sets -- 100000 1 | python3 tests/read_openmetrics.py

Standard input holds, for each set, a line with two lengths in bytes, an OpenMetrics document, and what must be found in
it as JSON lines. Exits with 1 at the first document that is refused or lacks something, and prints it. Needs the package
prometheus-client.
"""

import json
import math
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families


def same(found, expected):
    # The parser keeps integers whole, so every digit of theirs is compared.
    expected = int(expected) if isinstance(found, int) else float(expected)
    return found == expected or math.isnan(found) and math.isnan(expected)


def missing(families, expected):
    """The first expectation that no sample meets, or None."""
    samples = [
        sample
        for family in families
        for sample in family.samples
        if family.type not in ("counter", "histogram", "summary") or sample.name != family.name + "_created"
    ]
    by_series = {(s.name, tuple(sorted(s.labels.items()))): s.value for s in samples}
    by_id = {}
    for sample in samples:
        if "id" in sample.labels:
            by_id.setdefault((sample.labels["id"], sample.labels.get("text")), []).append(sample.value)
    for line in expected:
        want = json.loads(line)
        if "id" in want:
            found = by_id.get((want["id"], want["text"]), [])
            if len(found) != 1 or not same(found[0], want["value"]):
                return f"{want} (found {found})"
        else:
            found = by_series.get((want["name"], tuple(sorted(want["labels"].items()))))
            if found is None or not same(found, want["value"]):
                return f"{want} (found {found})"
    return None


def main():
    sets, expectations = 0, 0
    stream = sys.stdin.buffer
    while header := stream.readline():
        document_length, expected_length = map(int, header.split())
        document = stream.read(document_length).decode("utf-8")
        expected = stream.read(expected_length).decode("ascii").splitlines()
        try:
            families = list(text_string_to_metric_families(document))
            problem = missing(families, expected)
        except Exception as error:  # the parser raises whatever its parts raise
            problem = f"{type(error).__name__}: {error}"
        if problem is not None:
            print(f"set {sets} is refused: {problem}\n{document}")
            return 1
        sets += 1
        expectations += len(expected)
    print(f"{sets} sets read")
    print(f"{expectations} expected samples found", file=sys.stderr)
    return 0 if sets else 1


sys.exit(main())
