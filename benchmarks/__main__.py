"""Every benchmark, one after another: `make bench`."""

import subprocess
import sys

_ALL = (
    ("Updates over the webhook", "benchmarks.updates"),
    ("Web chat", "benchmarks.web"),
    ("Start and memory", "benchmarks.start"),
    ("Ledger", "benchmarks.ledger"),
    ("Similar reports", "benchmarks.similar"),
    ("Projects", "benchmarks.projects"),
    ("Mutants of the rules", "benchmarks.mutants"),
    ("Reading receipts", "benchmarks.qr", "--count", "150"),
    ("Receipts at a steady rate", "benchmarks.pipeline"),
    ("A campaign with kills", "benchmarks.campaign", "--receipts", "2000", "--calls", "1600"),
    ("Cards while photos are read", "benchmarks.reading"),
)


def main() -> int:
    """Run them all; the exit status is the worst of theirs."""
    worst = 0
    for title, *module in _ALL:
        print(f"\n## {title}\n", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", *module], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
