"""A worker that sends letters, to be killed at any moment: `python -m tests.notices.killed_worker DATABASE PORT`."""

import os
import sys


def main(database: str, port: int) -> None:
    """Work until killed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unmet.config.settings")
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    settings.UNMET_JOB_LEASE = 0.5
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    import django

    django.setup()
    from unmet.config import working

    print("ready", flush=True)
    working.work(every=0.05)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
