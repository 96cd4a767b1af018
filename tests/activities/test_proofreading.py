"""A programme's own words: checked before they are used, with what is wrong, where, and what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from activities.proofreading import Fault, WordingError, proofread
from activities.templating import SHIPPED
from activities.wording import write
from process.settings import Settings, SettingsError
from schemas.programme import Language
from schemas.words import Matter
from tests.activities.test_wording import AT, letter

GOOD = """{% block heading %}Did {{ team }} meet {{ session }}?{% endblock %}
{% block happened %}Your huddle was planned.{% endblock %}
{% block ask %}Tell us {{ by_when }}.{% endblock %}
{% block why %}Because {{ as_role }}.{% endblock %}
"""


def own(folder: Path, text: str, name: str = "matters/session.txt") -> Path:
    """A folder with one file of a programme's own."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return folder


def faults(folder: Path) -> list[Fault]:
    """What is found."""
    with pytest.raises(WordingError) as found:
        proofread(folder)
    return found.value.faults


def test_own_words_stand_in_place_of_the_shipped_ones_and_others_stay(tmp_path: Path) -> None:
    """One matter is reworded; the frame of the mail, and all other matters, are as shipped."""
    made = proofread(own(tmp_path, GOOD))
    mail = write([letter()], AT, None, made)
    assert "Did Ward 12 meet" in mail.subject
    assert "Your huddle was planned." in mail.text
    assert "Your huddle was planned." in mail.html
    assert write([letter(Matter.AGREEMENT)], AT, None, made) == write([letter(Matter.AGREEMENT)], AT)


@pytest.mark.parametrize("matter", Matter)
def test_the_shipped_words_have_no_fault(tmp_path: Path, matter: Matter) -> None:
    """What the check asks of others it asks of ours."""
    source, _, _ = SHIPPED.loader.get_source(SHIPPED, f"matters/{matter}.txt")  # type: ignore[union-attr]
    proofread(own(tmp_path, source, f"matters/{matter}.txt"))


def test_words_in_another_language_are_checked_and_used_likewise(tmp_path: Path) -> None:
    """In a folder of its own: English stays as shipped."""
    source, _, _ = SHIPPED.loader.get_source(SHIPPED, "cy/matters/session.txt")  # type: ignore[union-attr]
    made = proofread(own(tmp_path, source.replace("Mae un llinell yn ddigon", "Diolch"), "cy/matters/session.txt"))
    assert "Diolch." in write([replace(letter(), language=Language.WELSH)], AT, None, made).text
    assert write([letter()], AT, None, made) == write([letter()], AT)
    (fault,) = faults(own(tmp_path, source.replace("{{ session }}", "{{ sesiwn }}", 1), "cy/matters/session.txt"))
    assert (fault.file, fault.problem) == ("cy/matters/session.txt", "there is no placeholder sesiwn")


@pytest.mark.parametrize(
    ("change", "line", "problem", "remedy"),
    [
        (("{{ team }}", "{{ tema }}"), 1, "there is no placeholder tema", "did you mean team?"),
        (("{% endblock %}\n{% block why %}", "\n{% block why %}"), 4, "", "shipped"),
        (
            ("{% block why %}Because {{ as_role }}.{% endblock %}", ""),
            None,
            "the part why is missing",
            "{% block why %}",
        ),
        (("Because {{ as_role }}.", "Missed: {{ number }}"), None, "it says None", "{% if number %}"),
        (
            ("Your huddle was planned.", "{% if own %}Yes.{% endif %}"),
            None,
            "the part happened is empty for",
            "everybody",
        ),
        (("Did {{ team }}", "Did" + " very" * 40 + " {{ team }}"), None, "too long to be read on a phone", "150"),
        (("{{ team }}", "{{ team.__class__.__mro__ }}"), 1, "has nothing inside it", "alone"),
        (("{{ team }}", "{% if step > 1 %}{{ team.foo }}{% endif %}"), 1, "has nothing inside it", "alone"),
        (("Tell us", "{% if number == 4 %}{% include 'footer.txt' %}{% endif %}"), 3, "another file", "words here"),
        (("Tell us {{ by_when }}.", ""), None, "the part ask is empty", "say what is asked"),
        (("Tell us {{ by_when }}.", "Tell us {by_when}."), 3, "{by_when} would be sent as it stands", "{{ by_when }}"),
        (("{% block ask %}", "Kind regards\n{% block ask %}"), 3, "outside the parts", "in a part"),
        (("{% block ask %}", "{% block foot %}Bye{% endblock %}\n{% block ask %}"), 3, "no part foot", "heading"),
        (
            ("{{ team }}", "{% for a in 'xxxxxxxxx' %}" * 12 + "x" + "{% endfor %}" * 12),
            1,
            "could go on for ever",
            "if",
        ),
        (
            ("{{ team }}", "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}"),
            1,
            "more than words",
            "write the words out",
        ),
        (("{{ team }}", "{{ 9 ** 9 ** 9 ** 9 }}"), 1, "more than words", "write the words out"),
        (("{{ team }}", "{{ 'very ' * 999999999 }}"), 1, "more than words", "write the words out"),
        (("{{ team }}", "{{ '%999999999d' % 1 }}"), 1, "more than words", "write the words out"),
        (("{{ team }}", "{{ team|center(999999999) }}"), 1, "no filter center", "replace"),
        (("{{ team }}", "{% if number == 4 %}{% for a in team %}{% endfor %}{% endif %}"), 1, "for ever", "if"),
        (("{{ team }}", "{{ 1 // 0 }}"), None, "cannot be written", "mend"),
    ],
)
def test_a_fault_is_told_with_its_line_and_its_remedy(
    tmp_path: Path, change: tuple[str, str], line: int | None, problem: str, remedy: str
) -> None:
    """And nothing of the folder is used."""
    found = faults(own(tmp_path, GOOD.replace(*change)))
    assert found[0].file == "matters/session.txt"
    assert found[0].line == line
    assert problem in found[0].problem
    assert remedy in found[0].remedy


def test_a_file_no_mail_is_made_from_is_told(tmp_path: Path) -> None:
    """A slip in the name would else leave the shipped words in use, unseen."""
    (fault,) = faults(own(tmp_path, GOOD, "matters/sesion.txt"))
    assert "did you mean matters/session.txt?" in fault.remedy


def test_a_worker_does_not_start_with_words_that_have_faults(tmp_path: Path) -> None:
    """The setting says what is wrong, and where."""
    said = {"MCA_DATABASE_URL": "postgresql://x/y", "MCA_SMTP_URL": "smtp://x", "MCA_WORDING": str(tmp_path)}
    own(tmp_path, GOOD)
    assert Settings.from_environment(said).wording == tmp_path
    own(tmp_path, GOOD.replace("{{ team }}", "{{ tema }}"))
    with pytest.raises(SettingsError, match=r"matters/session\.txt, line 1: there is no placeholder tema"):
        Settings.from_environment(said)
