"""A worker with one job of the tests, to be killed at any moment: `python -m tests.jobs.killed_worker DATABASE`.

Each job writes one row, waits a little before, in the middle and after, and would be done twice by a worker without a
fence.
"""

import os
import random
import sys
import time

HANDLER = "tests.killed"


def main(database: str) -> None:
    """Work until killed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unmet.config.settings")
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    settings.UNMET_JOB_LEASE = 0.5
    import django

    django.setup()
    from unmet.audit.models import AuditRow  # noqa: F401 - the whole house is there, as in the real worker
    from unmet.config import working
    from unmet.jobs import services as jobs
    from unmet.jobs.models import Job
    from unmet.jobs.tasks import Task

    @jobs.handles_long(HANDLER)
    def work(task: Task) -> None:
        time.sleep(random.random() * 0.02)
        task.progress("reading", 1, 2)
        with task.finishing():
            # One row for each effect, with a name of its own: done twice, there are two.
            Job.objects.create(
                handler="tests.effect", key=f"{task.payload['number']} {task.word}", due_at=task.at, done_at=task.at
            )
            time.sleep(random.random() * 0.01)
        time.sleep(random.random() * 0.01)

    print("ready", flush=True)
    working.work(every=0.05)


if __name__ == "__main__":
    main(sys.argv[1])
