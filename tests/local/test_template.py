"""The template is the only list of functions, routes and storage."""

from pathlib import Path

import pytest

from local.gateway import INTEGRATION_TIMEOUT_S
from local.options import ROOT
from local.storage import storage_stack
from local.template import Route, TemplateError, read
from tests.local.conftest import TOY


def test_functions_take_globals_unless_they_say_otherwise() -> None:
    echo, add = read(TOY / "template.yaml").functions
    assert (echo.handler, add.handler) == ("app.echo", "app.add")
    assert echo.settings["MemorySize"] == 256
    assert echo.environment["SHARED"] == "from-globals"
    assert echo.environment["OWN"] == "from-function"
    assert echo.code == TOY / "code"
    assert echo.layers == (TOY / "layer",)


def test_routes_are_the_http_events_and_no_others() -> None:
    assert read(TOY / "template.yaml").routes == (
        Route("POST", "/echo", "Echo"),
        Route("GET", "/echo/{name}", "Echo"),
        Route("POST", "/add", "Add"),
    )


def test_short_tags_read_as_the_long_form() -> None:
    environment = read(TOY / "template.yaml").functions[0].environment
    assert environment["TABLE_ARN"] == {"Fn::GetAtt": ["Table", "Arn"]}
    assert environment["VOLUME"] == {"Fn::If": ["Loud", "loud", "quiet"]}
    assert environment["NEVER"] == {"Ref": "AWS::NoValue"}


def test_storage_is_named_after_its_logical_id_as_sam_local_does() -> None:
    body = storage_stack(read(TOY / "template.yaml"), {}).body
    assert set(body["Resources"]) == {"Table", "Secret", "Bucket"}
    assert body["Resources"]["Table"]["Properties"]["TableName"] == "Table"
    assert body["Resources"]["Bucket"]["Properties"]["BucketName"] == "bucket"


def test_a_parameter_without_default_is_asked_for_only_where_it_is_used() -> None:
    assert "OnlyWhenDeployed" not in storage_stack(read(TOY / "template.yaml"), {}).body["Parameters"]


def test_the_service_itself_is_readable() -> None:
    template = read(ROOT / "template.yaml")
    assert {route.function for route in template.routes} == {function.name for function in template.functions}
    assert storage_stack(template, {}).body["Resources"]
    for function in template.functions:
        assert float(str(function.settings["Timeout"])) < INTEGRATION_TIMEOUT_S


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Resources:", "Resource: [", "not YAML"),
        ("Resources:", "Something:", "no Resources"),
        ("CodeUri: code/", "CodeUri: nowhere/", "'nowhere/' is not a directory"),
        ("Handler: app.echo", "Handler: application.echo", "names no module"),
        ("ContentUri: layer/", "ContentUri: gone/", "'gone/' is not a directory"),
        ("Type: HttpApi", "Type: Schedule", "nothing to serve"),
        ("Path: /add", "Path: /echo", "belongs to both Echo and Add"),
        ("Path: /add", "Path: !Ref Greeting", "needs a literal Method and Path"),
        ("SECRET: !Ref Secret", "SECRET: !Ref Role", "SECRET refers to Role"),
        ("NUMBER: 12", 'NUMBER: !Sub "${Role.Arn}"', "NUMBER refers to Role"),
        ("FLAG: true", "FLAG: !Ref OnlyWhenDeployed", "parameter OnlyWhenDeployed has no default"),
    ],
)
def test_a_broken_template_is_one_clear_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    for name in ("code", "layer"):
        (tmp_path / name).symlink_to(TOY / name)
    path = tmp_path / "template.yaml"
    path.write_text((TOY / "template.yaml").read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(TemplateError) as caught:
        storage_stack(read(path), {})
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_template_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="No such file"):
        read(tmp_path / "template.yaml")


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(TemplateError, match="no parameter 'Grating'"):
        storage_stack(read(TOY / "template.yaml"), {"Grating": "hi"})
