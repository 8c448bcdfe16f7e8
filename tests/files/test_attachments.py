"""An attachment is received once checked, kept once by its content, and served under a safe name."""

import sys
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from tests import make
from tests.files import samples

from unmet.files import attachments
from unmet.files.models import Attachment, StoredFile
from unmet.files.scanner import Infected, NotChecked
from unmet.files.services import TooLarge
from unmet.files.types import TypeRefused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """A folder of this test."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return tmp_path / "uploads"


def receive(content: bytes = samples.PDF, name: str = "letter.pdf") -> attachments.Checked:
    """Receive these bytes."""
    return attachments.receive([content], name=name, owner="ZMB", person="0", at=make.AT)


def attach(checked: attachments.Checked, subject: uuid.UUID, kind: str = "letter") -> Attachment:
    """Attach it to something."""
    return attachments.attach(checked, subject_kind="return", subject=subject, kind=kind, person="0", at=make.AT)


def scanner(folder: Path, settings: Any, ending: str) -> Path:
    """A scanner that notes what it was given and ends so."""
    script, seen = folder.parent / "scan.py", folder.parent / "seen"
    script.write_text(f"import sys, time\nopen({str(seen)!r}, 'w').write('\\n'.join(sys.argv[1:]))\n{ending}\n")
    settings.UNMET_VIRUS_SCANNER = f"{sys.executable} {script} --quiet"
    return seen


def kept(folder: Path) -> list[Path]:
    """All that lies in the folder."""
    return sorted(folder.iterdir())


def test_the_same_file_twice_is_one_blob_and_one_attachment(folder):
    subject = uuid.uuid4()
    first, again = attach(receive(), subject), attach(receive(name="again.pdf"), subject)
    other = attach(receive(), uuid.uuid4())
    assert first == again != other and len(kept(folder)) == 1
    assert list(attachments.of("return", subject)) == [first] and first.type == "pdf"


def test_what_is_taken_back_stands_no_more_and_can_be_attached_again():
    subject = uuid.uuid4()
    first = attach(receive(), subject)
    attachments.take_back(first, person="1", at=make.AT)
    with pytest.raises(attachments.TakenBack):
        attachments.take_back(first, person="1", at=make.AT)
    assert not attachments.of("return", subject).exists()
    assert attach(receive(), subject) != first and Attachment.objects.count() == 2


@pytest.mark.parametrize(
    ("refused", "content"), [(TypeRefused, b"MZ\x00"), (TooLarge, samples.PDF + b" " * 1000 + samples.PDF)]
)
def test_what_is_refused_is_not_kept(folder, settings, refused, content):
    settings.UNMET_ATTACHMENT_LIMIT = 1000
    with pytest.raises(refused):
        receive(content)
    assert kept(folder) == [] and not StoredFile.objects.exists()


def test_the_scanner_gets_the_path_and_a_clean_file_is_kept(folder, settings):
    seen = scanner(folder, settings, "sys.exit(0)")
    receive()
    given = seen.read_text().split("\n")
    assert given[0] == "--quiet" and Path(given[1]).parent == folder and len(kept(folder)) == 1


@pytest.mark.parametrize(
    ("ending", "refused"),
    [
        ("sys.exit(1)", Infected),
        ("sys.exit(2)", NotChecked),
        ("import os; os.kill(os.getpid(), 9)", NotChecked),
        ("time.sleep(60)", NotChecked),
    ],
)
def test_what_is_infected_or_not_checked_is_not_kept(folder, settings, ending, refused):
    settings.UNMET_VIRUS_SCANNER_SECONDS = 1
    scanner(folder, settings, ending)
    begun = time.monotonic()
    with pytest.raises(refused):
        receive()
    assert time.monotonic() - begun < 20 and kept(folder) == [] and not StoredFile.objects.exists()


@pytest.mark.parametrize("command", ["/nowhere/scanner", "an 'open quote"])
def test_a_scanner_that_cannot_be_run_checks_nothing(folder, settings, command):
    settings.UNMET_VIRUS_SCANNER = command
    with pytest.raises(NotChecked):
        receive()
    assert kept(folder) == []


def test_no_shell_reads_the_command(folder, settings):
    settings.UNMET_VIRUS_SCANNER = f"{sys.executable} -c pass ; touch {folder.parent}/touched ;"
    receive()
    assert not (folder.parent / "touched").exists()


@pytest.mark.parametrize(
    ("sent", "served"),
    [
        ("note.pdf", "note.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\me\\letter.pdf", "letter.pdf"),
        ("page.html", "page.html.pdf"),
        ("LETTER.PDF", "LETTER.PDF"),
        ("ev\u202efdp.exe", "evfdp.exe.pdf"),
        ("line\r\nSet-Cookie: x", "lineSet-Cookie_ x.pdf"),
        ('"quoted";x.pdf', "_quoted_;x.pdf"),
        ("مذكرة شفوية.pdf", "مذكرة شفوية.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
    ],
)
def test_a_file_is_served_under_a_safe_name(sent, served):
    assert attachments.served_name(attach(receive(name=sent), uuid.uuid4())) == served
