"""Signatures, held against the SDK's own."""

import string
from datetime import UTC, datetime

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as TheirCredentials
from hypothesis import given, settings
from hypothesis import strategies as st

from tipbandit.adapters.signing import Credentials, Signer

texts = st.text(string.ascii_letters + string.digits + "+/=-_.", min_size=1, max_size=40)
hosts = st.sampled_from(["dynamodb.eu-central-1.amazonaws.com", "127.0.0.1:8000", "[::1]:3001", "localhost"])
credentials = st.builds(Credentials, texts, texts, st.just("") | texts)
scopes = st.tuples(st.sampled_from(["dynamodb", "secretsmanager"]), texts)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  given after


def theirs(signer: Signer, headers: dict[str, str], body: bytes, moment: datetime) -> str:
    """The authorization that the SDK would send."""
    url = f"https://{headers['host']}/"
    request = AWSRequest("POST", url, data=body, headers=headers)
    mine = signer.credentials
    their = auth.SigV4Auth(
        TheirCredentials(mine.access_key, mine.secret_key, mine.token or None), signer.service, signer.region
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "get_current_datetime", lambda: moment)
        their.add_auth(request)
    authorization: str = request.headers["Authorization"]
    return authorization


@settings(max_examples=1000)
@given(credentials=credentials, scope=scopes, host=hosts, target=texts, body=st.binary(max_size=300), moment=moments)
def test_a_signature_is_the_sdks(  # noqa: PLR0913  all that goes into one
    *, credentials: Credentials, scope: tuple[str, str], host: str, target: str, body: bytes, moment: datetime
) -> None:
    signer = Signer(credentials, *scope)
    headers = {"content-type": "application/x-amz-json-1.0", "host": host, "x-amz-target": target}
    signed = signer.signed(headers, body, moment.strftime("%Y%m%dT%H%M%SZ"))
    assert signed["authorization"] == theirs(signer, headers, body, moment)


def test_the_key_of_yesterday_signs_nothing_today() -> None:
    signer = Signer(Credentials("a", "s", ""), "dynamodb", "eu-central-1")
    for day in (30, 31, 30):
        moment = datetime(2026, 12, day, 23, 59, 59, tzinfo=UTC)
        headers = {"host": "here"}
        signed = signer.signed(headers, b"{}", moment.strftime("%Y%m%dT%H%M%SZ"))
        assert signed["authorization"] == theirs(signer, headers, b"{}", moment)


def test_no_secret_shows_in_what_is_printed() -> None:
    signer = Signer(Credentials("access", "the-secret", "the-token"), "dynamodb", "eu-central-1")
    signer.signed({"host": "here"}, b"{}", "20261231T235959Z")
    assert "the-secret" not in repr(signer)
    assert "the-token" not in repr(signer)
    assert repr(signer._key)[2:-1] not in repr(signer)  # noqa: SLF001  it must not be there either
