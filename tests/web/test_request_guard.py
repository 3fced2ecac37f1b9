"""Who may ask, and what browsers are told."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from photoloupe.web.security.request_guard import cookie_name, cookie_value, host_name
from photoloupe.web.settings import Settings
from tests.conftest import EXAMPLES
from tests.web.conftest import Served, serving

TOKEN = "sixteen letters."
FRIEND = "https://friend.example"


@pytest.fixture(scope="module")
def locked() -> Iterator[Served]:
    with serving(token=TOKEN, hosts=("photos.example",), origins=(FRIEND,)) as served:
        yield served


@pytest.fixture
def stranger(locked: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=locked.url) as client:
        yield client


def code(response: httpx.Response) -> str:
    return str(response.json()["error"]["code"])


def test_without_the_token_nothing_but_health_and_the_page(stranger: httpx.Client) -> None:
    for path in ("/v1/about", "/v1/photos", "/metrics", "/v1/openapi.json", "/nope", "/static"):
        response = stranger.get(path)
        assert (response.status_code, code(response)) == (401, "no_token")
    posted = stranger.post("/v1/inspect", files={"files": b"x"})
    assert posted.status_code == 401
    assert stranger.post("/").status_code == 401
    for page in ("/", "/?token=wrong", "/static/index.html"):
        assert "<!doctype html>" in stranger.get(page).text.lower()
    assert stranger.get("/healthz").text == "ok\n"
    assert stranger.get("/readyz").status_code == 200


@pytest.mark.parametrize("said", ["Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer", "Bearer é"])
def test_a_wrong_token(stranger: httpx.Client, said: str) -> None:
    headers = {b"Authorization": said.encode()}
    assert stranger.get("/v1/about", headers=headers).status_code == 401


def test_a_token_in_the_address_becomes_a_cookie(stranger: httpx.Client) -> None:
    opened = stranger.get(f"/?token={TOKEN}&photo=7")
    assert opened.status_code == 303
    assert opened.headers["Location"] == "/?photo=7"
    cookie = opened.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert TOKEN not in cookie
    assert stranger.get("/v1/about").status_code == 200
    other = cookie_value("another token....")
    for wrong in ("", other, "é", TOKEN):
        stranger.cookies = {cookie_name(cookie_value(TOKEN)): wrong.encode().hex()}
        assert stranger.get("/v1/about").status_code == 401
    assert stranger.get("/v1/about?token=wrong").status_code == 401


def test_a_redirect_stays_here(stranger: httpx.Client) -> None:
    opened = stranger.get(f"{stranger.base_url}//evil.example/?token={TOKEN}")
    assert opened.headers["Location"].startswith("/evil.example")


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "LOCALHOST", "photos.example:80",
                                  "[::1]:8420", "localhost."])  # fmt: skip
def test_names_it_answers_to(locked: Served, host: str) -> None:
    assert locked.client.get("/v1/about", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil",
                                  "192.168.1.7", "", "[::1", "[evil]", "photos.evil"])  # fmt: skip
def test_names_it_does_not_answer_to(locked: Served, host: str) -> None:
    response = locked.client.get("/healthz", headers={"Host": host})
    assert (response.status_code, code(response)) == (421, "bad_host")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_pages_of_other_sites_change_nothing(locked: Served, headers: dict[str, str]) -> None:
    response = locked.client.post("/v1/undo", headers=headers)
    assert (response.status_code, code(response)) == (403, "cross_site")


def test_pages_of_other_sites_show_no_picture_but_may_link(locked: Served) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert locked.client.get("/v1/about", headers=headers).status_code == 403
    assert locked.client.get("/", headers=headers).status_code == 200


def test_the_page_itself_may_post(locked: Served) -> None:
    files = {"files": (EXAMPLES / "alps.jpg").read_bytes()}
    headers = {"Origin": locked.url, "Sec-Fetch-Site": "same-origin"}
    assert locked.client.post("/v1/inspect", files=files, headers=headers).status_code == 200


def test_a_named_site_may_ask_and_no_other(locked: Served) -> None:
    asks = {"Origin": FRIEND, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization"}  # fmt: skip
    with httpx.Client(base_url=locked.url) as browser:
        allowed = browser.options("/v1/inspect", headers=asks)
        assert allowed.status_code == 200
        assert allowed.headers["Access-Control-Allow-Origin"] == FRIEND
        other = browser.options("/v1/inspect", headers={**asks, "Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in other.headers
    answered = locked.client.get("/v1/about", headers={"Origin": FRIEND})
    assert answered.headers["Access-Control-Allow-Origin"] == FRIEND
    assert answered.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_no_site_is_named_by_default(served: Served) -> None:
    answered = served.client.get("/v1/about", headers={"Origin": FRIEND})
    assert not [name for name in answered.headers if name.startswith("access-control")]


def test_every_answer_carries_the_headers(locked: Served, stranger: httpx.Client) -> None:
    for response in (locked.client.get("/"), locked.client.get("/nope"), stranger.get("/v1/about")):
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        assert "unsafe" not in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert "server" not in response.headers


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "photos.example"])
def test_another_address_needs_a_token_or_a_word(host: str) -> None:
    with pytest.raises(ValueError, match="--token"):
        Settings(host=host)
    assert Settings(host=host, token=TOKEN)
    assert Settings(host=host, insecure=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_alone_needs_none(host: str) -> None:
    assert Settings(host=host).token is None


def test_a_short_token_is_refused() -> None:
    with pytest.raises(ValueError, match="16 characters"):
        Settings(token="short")
    assert TOKEN not in repr(Settings(token=TOKEN))


def test_host_names() -> None:
    assert [host_name(h) for h in ("A:1", "[::1]:2", "a.", "")] == ["a", "::1", "a", ""]
