"""What is said of the engines that are configured; that clients of OpenAI can read the list, `test_speech` shows."""

from taleforge.api.engines import engines_of
from taleforge.settings import Art, Settings, Voice


def test_an_engine_goes_by_its_model_without_the_way_there() -> None:
    """Each is listed with what it is for; where its files are is told nobody, and what is off is not there."""
    settings = Settings(
        art=Art(engine="diffusion", model="/srv/private/dreams/"),
        voice=Voice(synthesiser="kokoro", synthesiser_model=r"C:\models\kokoro.onnx", recogniser="off"),
    )
    assert [(each.id, each.use, each.owned_by) for each in engines_of(settings)] == [
        ("dreams", "image", "diffusion"), ("kokoro.onnx", "speech", "kokoro"),
    ]  # fmt: skip


def test_without_settings_everything_is_done_here() -> None:
    """The engines that need no model go by their own names."""
    assert [each.id for each in engines_of(Settings())] == ["procedural", "espeak", "pocketsphinx"]
