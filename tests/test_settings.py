"""Settings: precedence, spellings, and sentences that say what to write instead."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge import settings
from taleforge.errors import Misconfigured


def written(folder: Path, text: str) -> Path:
    file = folder / "taleforge.toml"
    file.write_text(text)
    return file


def refusal(environ: dict[str, str], flags: dict[str, str], file: Path | None = None) -> str:
    with pytest.raises(Misconfigured) as caught:
        settings.load(environ, flags, file)
    return str(caught.value)


def test_defaults_need_nothing() -> None:
    """With no file, variable or flag, every setting has its documented default."""
    loaded = settings.load({}, {}, None)
    assert loaded.log.level == "auto"
    assert loaded.data.folder == Path("~/.local/share/taleforge").expanduser()


def test_flags_win_over_environment_over_file(tmp_path: Path) -> None:
    """Each source overrides the one below it, setting by setting."""
    file = written(tmp_path, 'locale = "fr"\n[log]\nlevel = "error"\nformat = "json"\n')
    environ = {"TALEFORGE_LOG_LEVEL": "info", "TALEFORGE_LOCALE": "de", "PATH": "/bin"}
    loaded = settings.load(environ, {"locale": "pt-BR"}, file)
    assert (loaded.locale, loaded.log.level, loaded.log.format) == ("pt-BR", "info", "json")


def test_named_file_is_read_before_the_usual_one(tmp_path: Path) -> None:
    """`TALEFORGE_CONFIG` names the file; a file in the home folder is read when nothing is named."""
    named = written(tmp_path, 'locale = "fr"')
    usual = settings.DEFAULT_FILE.expanduser()
    usual.parent.mkdir(parents=True, exist_ok=True)
    usual.write_text('locale = "de"')
    try:
        assert settings.load({"TALEFORGE_CONFIG": str(named)}, {}, None).locale == "fr"
        assert settings.load({}, {}, None).locale == "de"
    finally:
        usual.unlink()


def test_empty_variable_counts_as_absent() -> None:
    """Compose files hand over empty variables for what nobody set."""
    assert settings.load({"TALEFORGE_LOCALE": ""}, {}, None).locale == "en"


def test_variable_may_name_a_file_that_holds_the_value(tmp_path: Path) -> None:
    """Secrets of containers are files; a name that ends in `_FILE` by itself keeps its own meaning."""
    secret = tmp_path / "secret"
    secret.write_text("s3cret and long\n")
    environ = {"TALEFORGE_SERVE_SECRET_FILE": str(secret), "TALEFORGE_LOG_FILE": "/tmp/x.log"}
    loaded = settings.load(environ, {}, None)
    assert (loaded.serve.secret, loaded.log.file) == ("s3cret and long", Path("/tmp/x.log"))
    assert "Both TALEFORGE_SERVE_SECRET and" in refusal({**environ, "TALEFORGE_SERVE_SECRET": "another"}, {})
    assert "cannot be read" in refusal({"TALEFORGE_SERVE_SECRET_FILE": str(tmp_path / "absent")}, {})


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_truth_is_spelled_in_words_or_digits(text: str, value: bool) -> None:
    """Environment variables are text, and still become the setting's type."""
    assert settings.load({"TALEFORGE_STORE_FSYNC": text}, {}, None).store.fsync is value


def test_unknown_names_are_refused_with_the_probable_one(tmp_path: Path) -> None:
    """A misspelt setting is refused from every source, in the spelling of that source."""
    assert "Did you mean TALEFORGE_LOG_LEVEL?" in refusal({"TALEFORGE_LOG_LEVLE": "info"}, {})
    assert "Did you mean log.level?" in refusal({}, {"log.levels": "info"})
    file = written(tmp_path, "[stor]\nfsync = false")
    assert refusal({}, {}, file) == f"There is no setting stor.fsync (from {file}). Did you mean store.fsync?"


def test_impossible_value_names_the_setting_its_origin_and_the_choices() -> None:
    """Whoever set it can find it, and sees what may stand there."""
    sentence = refusal({"TALEFORGE_LOG_LEVEL": "loud"}, {})
    assert sentence.startswith("log.level cannot be 'loud' (from the variable TALEFORGE_LOG_LEVEL)")
    assert sentence.endswith("One of: auto, debug, info, warning, error.")


@pytest.mark.parametrize("text", ["log =", "log = 3", "\N{NULL}", "[data]\nfolder = 3", 'locale = ["en"]'])
def test_broken_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    """Whatever is wrong with the file, the sentence names it."""
    file = written(tmp_path, text)
    assert str(file) in refusal({}, {}, file)


def test_file_that_is_not_text_or_not_there_is_refused(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, and a path that leads nowhere."""
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "is not TOML" in refusal({}, {}, binary)
    assert "cannot be read" in refusal({"TALEFORGE_CONFIG": str(tmp_path / "absent.toml")}, {})


@given(st.dictionaries(st.text(max_size=12).map(lambda tail: f"TALEFORGE_{tail}"), st.text(max_size=12), max_size=3))
def test_any_environment_is_loaded_or_refused_in_words(environ: dict[str, str]) -> None:
    """No environment makes loading fail in any other way."""
    with suppress(Misconfigured):
        settings.load(environ, {}, None)


def test_every_setting_is_documented_and_spelled_uniquely() -> None:
    """A setting without a meaning, or two with one variable, would be a trap."""
    rows = settings.catalogue()
    assert all(row.meaning for row in rows)
    assert len({row.variable for row in rows}) == len(rows)
    assert not {row.variable for row in rows} & set(settings.NOT_SETTINGS)
