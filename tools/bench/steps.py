"""One step in a process of its own: `python -m tools.bench.steps NAME JSON`. Prints one line of JSON at the end."""

import importlib
import json
import resource
import sys
from typing import Any

# Step → module with a function of that name. Imported late: some steps must not load Django.
STEPS = {
    "migrate": "world", "make_world": "world", "make_cube": "cube_steps",
    "import_ours": "import_steps", "import_rows": "import_steps", "import_raw": "import_steps",
    "import_peer": "import_peer",
    "cube_ours": "cube_steps", "cube_raw": "cube_steps",
    "workbook_make": "workbook_steps", "workbook_ours": "workbook_steps", "workbook_raw": "workbook_steps",
    "clients_make": "clients_steps", "clients_ours": "clients_steps", "clients_raw": "clients_steps",
    "partner_make": "partner_steps", "partner_ours": "partner_steps", "partner_raw": "partner_steps",
    "load_make": "load_steps", "load_write": "load_steps", "load_read": "load_steps", "load_gate": "load_steps",
}  # fmt: skip
NEEDS_NO_DATABASE = {"workbook_raw", "load_read", "cube_raw", "partner_raw"}


def main(name: str, given: dict[str, Any]) -> int:
    """Run the step; 3 when its correctness gate refuses."""
    if name not in NEEDS_NO_DATABASE:
        import django

        django.setup()
    from tools.bench.measure import NotTheSame

    run = getattr(importlib.import_module(f"tools.bench.{STEPS[name]}"), name)
    try:
        told = run(**given) or {}
    except NotTheSame as wrong:
        print(json.dumps({"not_the_same": str(wrong)}))
        return 3
    own = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"cpu": own.ru_utime + own.ru_stime, "peak_mb": own.ru_maxrss / 1024} | told))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.loads(sys.argv[2])))
